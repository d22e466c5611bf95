"""meetings

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

import forum.core.db


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('meeting_norms',
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('read_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_meeting_norms_member_id_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_meeting_norms'))
    )
    op.create_table('meeting_series',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('summary', sa.String(length=300), nullable=False),
    sa.Column('format_key', sa.String(length=20), nullable=False),
    sa.Column('rule', sa.String(length=200), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('local_time', sa.String(length=5), nullable=False),
    sa.Column('zone', sa.String(length=40), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('host_id', sa.Integer(), nullable=True),
    sa.Column('host_name', sa.String(length=60), nullable=False),
    sa.Column('host_kind', sa.String(length=12), nullable=False),
    sa.Column('pathway', sa.String(length=20), nullable=False),
    sa.Column('topic', sa.String(length=20), nullable=False),
    sa.Column('audience', sa.String(length=20), nullable=False),
    sa.Column('card', sa.JSON(), nullable=False),
    sa.Column('steps', sa.JSON(), nullable=False),
    sa.Column('cross_talk', sa.String(length=8), nullable=False),
    sa.Column('calling', sa.String(length=8), nullable=False),
    sa.Column('share_minutes', sa.Integer(), nullable=False),
    sa.Column('history', sa.Boolean(), nullable=False),
    sa.Column('is_running', sa.Boolean(), nullable=False),
    sa.Column('next_host_note', sa.Text(), nullable=False),
    sa.Column('created_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("calling IN ('host', 'auto')", name=op.f('ck_meeting_series_calling')),
    sa.CheckConstraint("cross_talk IN ('off', 'on', 'after')", name=op.f('ck_meeting_series_cross_talk')),
    sa.CheckConstraint('capacity BETWEEN 2 AND 1000', name=op.f('ck_meeting_series_capacity')),
    sa.CheckConstraint('minutes BETWEEN 10 AND 240', name=op.f('ck_meeting_series_minutes')),
    sa.CheckConstraint('share_minutes BETWEEN 1 AND 10', name=op.f('ck_meeting_series_share_minutes')),
    sa.ForeignKeyConstraint(['host_id'], ['staff.id'], name=op.f('fk_meeting_series_host_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_series')),
    sa.UniqueConstraint('public_id', name=op.f('uq_meeting_series_public_id'))
    )
    with op.batch_alter_table('meeting_series', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_series_host_id'), ['host_id'], unique=False)

    op.create_table('meeting_reminder',
    sa.Column('series_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_meeting_reminder_member_id_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['series_id'], ['meeting_series.id'], name=op.f('fk_meeting_reminder_series_id_meeting_series'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('series_id', 'member_id', name=op.f('pk_meeting_reminder'))
    )
    op.create_table('meeting_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('series_id', sa.Integer(), nullable=False),
    sa.Column('slot_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('starts_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ends_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('rev', sa.Integer(), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('step_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('steps', sa.JSON(), nullable=False),
    sa.Column('cross_talk', sa.String(length=8), nullable=False),
    sa.Column('calling', sa.String(length=8), nullable=False),
    sa.Column('share_seconds', sa.Integer(), nullable=False),
    sa.Column('slow_seconds', sa.Integer(), nullable=False),
    sa.Column('is_slowed', sa.Boolean(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('is_locked', sa.Boolean(), nullable=False),
    sa.Column('paused_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('pause_kind', sa.String(length=12), nullable=False),
    sa.Column('host_id', sa.Integer(), nullable=True),
    sa.Column('host_name', sa.String(length=60), nullable=False),
    sa.Column('thread_id', sa.Integer(), nullable=True),
    sa.Column('here', sa.Integer(), nullable=False),
    sa.Column('came', sa.Integer(), nullable=False),
    sa.Column('reminded_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('closed_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('purged_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('scheduled', 'lobby', 'open', 'paused', 'closing', 'closed', 'cancelled')", name=op.f('ck_meeting_session_status')),
    sa.ForeignKeyConstraint(['host_id'], ['staff.id'], name=op.f('fk_meeting_session_host_id_staff')),
    sa.ForeignKeyConstraint(['series_id'], ['meeting_series.id'], name=op.f('fk_meeting_session_series_id_meeting_series'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_meeting_session_thread_id_thread')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_session')),
    sa.UniqueConstraint('public_id', name=op.f('uq_meeting_session_public_id')),
    sa.UniqueConstraint('series_id', 'slot_at', name=op.f('uq_meeting_session_series_id_slot_at'))
    )
    with op.batch_alter_table('meeting_session', schema=None) as batch_op:
        batch_op.create_index('ix_meeting_session_due', ['status', 'starts_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_meeting_session_thread_id'), ['thread_id'], unique=False)

    op.create_table('meeting_keeper',
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=10), nullable=False),
    sa.Column('heartbeat_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['session_id'], ['meeting_session.id'], name=op.f('fk_meeting_keeper_session_id_meeting_session'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_meeting_keeper_staff_id_staff'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('session_id', 'staff_id', name=op.f('pk_meeting_keeper'))
    )
    op.create_table('meeting_mood',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=True),
    sa.Column('noted_on', sa.Date(), nullable=False),
    sa.Column('before', sa.String(length=10), nullable=False),
    sa.Column('after', sa.String(length=10), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_meeting_mood_member_id_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['meeting_session.id'], name=op.f('fk_meeting_mood_session_id_meeting_session'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_mood')),
    sa.UniqueConstraint('member_id', 'session_id', name=op.f('uq_meeting_mood_member_id_session_id'))
    )
    with op.batch_alter_table('meeting_mood', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_mood_member_id'), ['member_id'], unique=False)

    op.create_table('meeting_seat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('joined_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('left_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('is_first', sa.Boolean(), nullable=False),
    sa.Column('is_listening', sa.Boolean(), nullable=False),
    sa.Column('quiet_until', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('out_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_meeting_seat_member_id_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['meeting_session.id'], name=op.f('fk_meeting_seat_session_id_meeting_session'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_seat')),
    sa.UniqueConstraint('public_id', name=op.f('uq_meeting_seat_public_id')),
    sa.UniqueConstraint('session_id', 'member_id', name=op.f('uq_meeting_seat_session_id_member_id'))
    )
    with op.batch_alter_table('meeting_seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_seat_member_id'), ['member_id'], unique=False)
        batch_op.create_index('ix_meeting_seat_seen', ['session_id', 'seen_at'], unique=False)

    op.create_table('meeting_side_room',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('thread_id', sa.Integer(), nullable=True),
    sa.Column('opened_by_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('closed_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint('opened_by_id <> second_id', name=op.f('ck_meeting_side_room_two_of_the_team')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_meeting_side_room_member_id_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['opened_by_id'], ['staff.id'], name=op.f('fk_meeting_side_room_opened_by_id_staff')),
    sa.ForeignKeyConstraint(['second_id'], ['staff.id'], name=op.f('fk_meeting_side_room_second_id_staff')),
    sa.ForeignKeyConstraint(['session_id'], ['meeting_session.id'], name=op.f('fk_meeting_side_room_session_id_meeting_session'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_meeting_side_room_thread_id_thread')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_side_room')),
    sa.UniqueConstraint('session_id', 'member_id', name=op.f('uq_meeting_side_room_session_id_member_id')),
    sa.UniqueConstraint('thread_id', name=op.f('uq_meeting_side_room_thread_id'))
    )
    with op.batch_alter_table('meeting_side_room', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_side_room_session_id'), ['session_id'], unique=False)

    op.create_table('meeting_act',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=True),
    sa.Column('seat_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('detail', sa.String(length=300), nullable=False),
    sa.Column('at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['seat_id'], ['meeting_seat.id'], name=op.f('fk_meeting_act_seat_id_meeting_seat'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['session_id'], ['meeting_session.id'], name=op.f('fk_meeting_act_session_id_meeting_session'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_meeting_act_staff_id_staff')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_act'))
    )
    with op.batch_alter_table('meeting_act', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_meeting_act_session_id'), ['session_id'], unique=False)

    op.create_table('meeting_turn',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('seat_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('spoken_before', sa.Integer(), nullable=False),
    sa.Column('raised_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('called_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('ends_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('length_seconds', sa.Integer(), nullable=False),
    sa.Column('ended_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'speaking', 'done', 'passed', 'lowered', 'left', 'removed')", name=op.f('ck_meeting_turn_state')),
    sa.ForeignKeyConstraint(['seat_id'], ['meeting_seat.id'], name=op.f('fk_meeting_turn_seat_id_meeting_seat'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['meeting_session.id'], name=op.f('fk_meeting_turn_session_id_meeting_session'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_turn'))
    )
    with op.batch_alter_table('meeting_turn', schema=None) as batch_op:
        batch_op.create_index('ix_meeting_turn_line', ['session_id', 'state', 'spoken_before', 'id'], unique=False)
        batch_op.create_index('uq_meeting_turn_in_line', ['seat_id'], unique=True, sqlite_where=sa.text("state IN ('waiting', 'speaking')"), postgresql_where=sa.text("state IN ('waiting', 'speaking')"))
        batch_op.create_index('uq_meeting_turn_speaker', ['session_id'], unique=True, sqlite_where=sa.text("state = 'speaking'"), postgresql_where=sa.text("state = 'speaking'"))

    op.create_table('meeting_nod',
    sa.Column('turn_id', sa.Integer(), nullable=False),
    sa.Column('seat_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['seat_id'], ['meeting_seat.id'], name=op.f('fk_meeting_nod_seat_id_meeting_seat'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['turn_id'], ['meeting_turn.id'], name=op.f('fk_meeting_nod_turn_id_meeting_turn'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('turn_id', 'seat_id', 'kind', name=op.f('pk_meeting_nod'))
    )


def downgrade():
    op.drop_table('meeting_nod')
    with op.batch_alter_table('meeting_turn', schema=None) as batch_op:
        batch_op.drop_index('uq_meeting_turn_speaker', sqlite_where=sa.text("state = 'speaking'"), postgresql_where=sa.text("state = 'speaking'"))
        batch_op.drop_index('uq_meeting_turn_in_line', sqlite_where=sa.text("state IN ('waiting', 'speaking')"), postgresql_where=sa.text("state IN ('waiting', 'speaking')"))
        batch_op.drop_index('ix_meeting_turn_line')

    op.drop_table('meeting_turn')
    with op.batch_alter_table('meeting_act', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_act_session_id'))

    op.drop_table('meeting_act')
    with op.batch_alter_table('meeting_side_room', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_side_room_session_id'))

    op.drop_table('meeting_side_room')
    with op.batch_alter_table('meeting_seat', schema=None) as batch_op:
        batch_op.drop_index('ix_meeting_seat_seen')
        batch_op.drop_index(batch_op.f('ix_meeting_seat_member_id'))

    op.drop_table('meeting_seat')
    with op.batch_alter_table('meeting_mood', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_mood_member_id'))

    op.drop_table('meeting_mood')
    op.drop_table('meeting_keeper')
    with op.batch_alter_table('meeting_session', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_session_thread_id'))
        batch_op.drop_index('ix_meeting_session_due')

    op.drop_table('meeting_session')
    op.drop_table('meeting_reminder')
    with op.batch_alter_table('meeting_series', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_meeting_series_host_id'))

    op.drop_table('meeting_series')
    op.drop_table('meeting_norms')
