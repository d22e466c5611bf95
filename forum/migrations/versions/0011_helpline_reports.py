"""How often a helpline was said not to work

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

import forum.core.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "helpline_report",
        sa.Column("line_id", sa.String(length=90), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_helpline_report")),
    )


def downgrade():
    op.drop_table("helpline_report")
