"""Two people sign that a helpline was checked again

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

import forum.core.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WAITING = sa.text("second_id IS NULL")


def upgrade():
    op.create_table(
        "helpline_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.String(length=90), nullable=False),
        sa.Column("stamp", sa.String(length=24), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("first_at", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=True),
        sa.Column("second_at", forum.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("second_id IS NULL OR second_id <> first_id", name=op.f("ck_helpline_check_two_people")),
        sa.CheckConstraint(
            "(second_id IS NULL) = (second_at IS NULL)", name=op.f("ck_helpline_check_second_at")
        ),
        sa.ForeignKeyConstraint(["first_id"], ["staff.id"], name=op.f("fk_helpline_check_first_id_staff")),
        sa.ForeignKeyConstraint(["second_id"], ["staff.id"], name=op.f("fk_helpline_check_second_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_helpline_check")),
    )
    op.create_index(
        "uq_helpline_check_waiting",
        "helpline_check",
        ["line_id"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade():
    op.drop_table("helpline_check")
