"""A name for one thread, stories, daily threads, rooms as homes, roles to grow into, waking a browser

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

import forum.core.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HELD = sa.text("state <> 'ended'")
# Written out, because both databases take a column with its own check in this form and neither copies the table for it:
# on SQLite a copy of `thread` or `post` would lose the triggers that keep the index of words.
COLUMNS = (
    ("room", "declares", "VARCHAR(200) DEFAULT '' NOT NULL"),
    ("room", "daily", "VARCHAR(8) DEFAULT '' NOT NULL"),
    (
        "thread",
        "purpose",
        "VARCHAR(8) DEFAULT '' NOT NULL "
        "CONSTRAINT ck_thread_purpose CHECK (purpose IN ('', 'story', 'daily', 'question'))",
    ),
    (
        "thread",
        "story_from",
        "VARCHAR(8) DEFAULT '' NOT NULL "
        "CONSTRAINT ck_thread_story_from CHECK (story_from IN ('', 'months', 'year', 'five'))",
    ),
    ("thread", "day", "DATE"),
    ("post", "attached", "VARCHAR(80) DEFAULT '' NOT NULL"),
)


def upgrade():
    for table, column, kind in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    op.create_index("uq_thread_daily", "thread", ["room_id", "purpose", "day"], unique=True)
    op.create_index("ix_thread_purpose", "thread", ["purpose", "visibility", "bumped_at"], unique=False)
    _figures("purpose")
    _masks()
    _places()
    _roles()
    _waking()


def _figures(*more):
    op.drop_index("ix_thread_figures", "thread")
    columns = ["kind", "room_id", "visibility", "reply_count", "bumped_at", *more]
    op.create_index("ix_thread_figures", "thread", columns, unique=False)


def _masks():
    op.create_table(
        "thread_mask",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("handle", sa.String(length=40), nullable=False),
        _to("thread_mask", "thread"),
        _to("thread_mask", "member"),
        sa.PrimaryKeyConstraint("id", name="pk_thread_mask"),
        sa.UniqueConstraint("public_id", name="uq_thread_mask_public_id"),
        sa.UniqueConstraint("handle", name="uq_thread_mask_handle"),
        sa.UniqueConstraint("thread_id", "member_id", name="uq_thread_mask_thread_id_member_id"),
    )
    op.create_index("ix_thread_mask_member_id", "thread_mask", ["member_id"], unique=False)
    op.create_table(
        "mask_boundary",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("mask_id", sa.Integer(), nullable=False),
        sa.Column("effect", sa.String(length=5), nullable=False),
        sa.Column("created_at", forum.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("effect IN ('block', 'mute')", name="ck_mask_boundary_effect"),
        _to("mask_boundary", "thread_mask", "mask_id"),
        _to("mask_boundary", "member"),
        sa.PrimaryKeyConstraint("member_id", "mask_id", name="pk_mask_boundary"),
    )
    op.create_index("ix_mask_boundary_mask_id", "mask_boundary", ["mask_id"], unique=False)


def _places():
    op.create_table(
        "room_place",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("is_home", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("declared_at", forum.core.db.UTCDateTime(timezone=True), nullable=True),
        _to("room_place", "member"),
        _to("room_place", "room"),
        sa.PrimaryKeyConstraint("member_id", "room_id", name="pk_room_place"),
    )
    op.create_index("ix_room_place_room_id", "room_place", ["room_id"], unique=False)
    op.create_table(
        "room_host_week",
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        _to("room_host_week", "member"),
        _to("room_host_week", "room"),
        sa.PrimaryKeyConstraint("room_id", "week", name="pk_room_host_week"),
    )
    op.create_index("ix_room_host_week_member_id", "room_host_week", ["member_id"], unique=False)


def _roles():
    op.create_table(
        "member_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=26), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("modules", sa.JSON(), nullable=False),
        sa.Column("asked_at", forum.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("signed_by_id", sa.Integer(), nullable=True),
        sa.Column("signed_at", forum.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", forum.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('greeter', 'host', 'peer')", name="ck_member_role_kind"),
        sa.CheckConstraint("state IN ('learning', 'asked', 'active', 'ended')", name="ck_member_role_state"),
        _to("member_role", "member"),
        _to("member_role", "room"),
        sa.ForeignKeyConstraint(["signed_by_id"], ["staff.id"], name="fk_member_role_signed_by_id_staff"),
        sa.PrimaryKeyConstraint("id", name="pk_member_role"),
        sa.UniqueConstraint("public_id", name="uq_member_role_public_id"),
    )
    op.create_index("ix_member_role_room_id", "member_role", ["room_id"], unique=False)
    op.create_index("ix_member_role_state", "member_role", ["state", "kind"], unique=False)
    op.create_index(
        "uq_member_role_held",
        "member_role",
        ["member_id", "kind"],
        unique=True,
        sqlite_where=HELD,
        postgresql_where=HELD,
    )


def _waking():
    op.create_table(
        "push_subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("session_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.String(length=120), nullable=False),
        sa.Column("auth", sa.String(length=40), nullable=False),
        sa.Column("told_at", forum.core.db.UTCDateTime(timezone=True), nullable=True),
        _to("push_subscription", "member"),
        sa.ForeignKeyConstraint(
            ["session_digest"],
            ["login_session.digest"],
            name="fk_push_subscription_session_digest_login_session",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscription"),
        sa.UniqueConstraint("session_digest", name="uq_push_subscription_session_digest"),
    )
    op.create_index("ix_push_subscription_member_id", "push_subscription", ["member_id"], unique=False)


def _to(table, target, column=""):
    column = column or f"{target}_id"
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete="CASCADE"
    )


def downgrade():
    for table in ("push_subscription", "member_role", "room_host_week", "room_place", "mask_boundary", "thread_mask"):
        op.drop_table(table)
    _figures()
    op.drop_index("ix_thread_purpose", "thread")
    op.drop_index("uq_thread_daily", "thread")
    for table, column, _kind in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
