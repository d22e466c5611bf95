"""Find the few held, cut-off and deleted posts without reading all the others

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FEW = sa.text("visibility NOT IN ('live', 'limited')")


def upgrade():
    op.create_index(
        "ix_post_not_public", "post", ["visibility", "id"], unique=False, sqlite_where=FEW, postgresql_where=FEW
    )


def downgrade():
    op.drop_index("ix_post_not_public", "post")
