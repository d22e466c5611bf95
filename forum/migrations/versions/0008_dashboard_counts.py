"""Let the dashboard count a quarter without reading signals' and decisions' rows

Revision: 0008, after 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COUNTS = ["decided_at", "automated_decision", "automated_detection", "language", "action"]


def upgrade():
    op.create_index("ix_case_signal_rule", "case_signal", ["case_id", "source", "mode", "detector", "label"])
    op.create_index("ix_decision_counts", "decision", COUNTS)


def downgrade():
    op.drop_index("ix_decision_counts", "decision")
    op.drop_index("ix_case_signal_rule", "case_signal")
