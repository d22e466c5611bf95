"""What each house rule may do, own rules, and trials on older texts.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

import forum.core.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "rule_state",
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("mode", sa.String(length=6), nullable=False),
        sa.Column("since", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("by_machine", sa.Boolean(), nullable=False),
        sa.Column("reviewed", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("mode IN ('off', 'shadow', 'flag', 'hold')", name=op.f("ck_rule_state_mode")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["staff.id"], name=op.f("fk_rule_state_changed_by_id_staff")),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_rule_state")),
    )
    op.create_table(
        "own_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("says", sa.String(length=160), nullable=False),
        sa.Column("phrases", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by_id"], ["staff.id"], name=op.f("fk_own_rule_created_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_rule")),
        sa.UniqueConstraint("public_id", name=op.f("uq_own_rule_public_id")),
    )
    op.create_table(
        "rule_trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("since", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("started_at", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", forum.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("hits_taken_down", sa.Integer(), nullable=False),
        sa.Column("hits_in_crisis", sa.Integer(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'done', 'stopped')", name=op.f("ck_rule_trial_state")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["staff.id"], name=op.f("fk_rule_trial_asked_by_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_trial")),
        sa.UniqueConstraint("public_id", name=op.f("uq_rule_trial_public_id")),
    )
    op.create_index("ix_rule_trial_rule", "rule_trial", ["rule", "started_at"], unique=False)


def downgrade():
    op.drop_index("ix_rule_trial_rule", table_name="rule_trial")
    op.drop_table("rule_trial")
    op.drop_table("own_rule")
    op.drop_table("rule_state")
