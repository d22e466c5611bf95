"""Let the dashboard count waits and outcomes of a quarter from indexes alone

Revision: 0010, after 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.create_index(
        "ix_mod_case_answered", "mod_case", ["first_human_at", "lane", "queued_at", "staffed_first_minutes"]
    )
    op.drop_index("ix_mod_case_resolved", "mod_case")
    op.create_index("ix_mod_case_resolved", "mod_case", ["resolved_at", "resolved_by_id", "outcome"])


def downgrade():
    op.drop_index("ix_mod_case_resolved", "mod_case")
    op.create_index("ix_mod_case_resolved", "mod_case", ["resolved_at"])
    op.drop_index("ix_mod_case_answered", "mod_case")
