"""A member's own place: the search index with its triggers; news and resources follow.

Revision: 0003, after 0002
"""

from alembic import op

from forum.search.index import install, uninstall

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    install(op.get_bind())


def downgrade():
    uninstall(op.get_bind())
