"""Waking carries no words, so nothing is kept to seal them with

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.drop_column("push_subscription", "p256dh")
    op.drop_column("push_subscription", "auth")


def downgrade():
    op.add_column("push_subscription", sa.Column("p256dh", sa.String(length=120), server_default="", nullable=False))
    op.add_column("push_subscription", sa.Column("auth", sa.String(length=40), server_default="", nullable=False))
