"""A member's own place: how content notes read, hints put away.

Revision: 0003, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("member", sa.Column("notes", sa.String(length=8), server_default="fold", nullable=False))
    op.add_column("member", sa.Column("hides_hints", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade():
    with op.batch_alter_table("member") as batch_op:
        batch_op.drop_column("hides_hints")
        batch_op.drop_column("notes")
