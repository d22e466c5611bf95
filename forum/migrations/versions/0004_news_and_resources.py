"""news and resources

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

import forum.core.db


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('resource_flag',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('first_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('last_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_resource_flag'))
    )
    op.create_table('notification_choice',
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('way', sa.String(length=6), nullable=False),
    sa.CheckConstraint("way IN ('now', 'digest', 'off')", name=op.f('ck_notification_choice_way')),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_notification_choice_member_id_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', 'kind', name=op.f('pk_notification_choice'))
    )
    op.create_table('notification_hours',
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('quiet_from', sa.Integer(), nullable=True),
    sa.Column('quiet_to', sa.Integer(), nullable=False),
    sa.Column('digest_hour', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_notification_hours_member_id_member'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('member_id', name=op.f('pk_notification_hours'))
    )
    op.create_table('notification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('public_id', sa.String(length=26), nullable=False),
    sa.Column('member_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('subject', sa.String(length=40), nullable=False),
    sa.Column('code', sa.String(length=30), nullable=False),
    sa.Column('thread_id', sa.Integer(), nullable=True),
    sa.Column('post_id', sa.Integer(), nullable=True),
    sa.Column('link', sa.String(length=120), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('updated_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('due_at', forum.core.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('read_at', forum.core.db.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['member.id'], name=op.f('fk_notification_member_id_member'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['post_id'], ['post.id'], name=op.f('fk_notification_post_id_post'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['thread_id'], ['thread.id'], name=op.f('fk_notification_thread_id_thread'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification')),
    sa.UniqueConstraint('public_id', name=op.f('uq_notification_public_id'))
    )
    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.create_index('ix_notification_due', ['due_at'], unique=False, sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))
        batch_op.create_index('ix_notification_newest', ['member_id', 'updated_at'], unique=False)
        batch_op.create_index('ix_notification_post_id', ['post_id'], unique=False)
        batch_op.create_index('ix_notification_thread_id', ['thread_id'], unique=False)
        batch_op.create_index('uq_notification_unread', ['member_id', 'kind', 'subject'], unique=True, sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))



def downgrade():
    with op.batch_alter_table('notification', schema=None) as batch_op:
        batch_op.drop_index('uq_notification_unread', sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))
        batch_op.drop_index('ix_notification_thread_id')
        batch_op.drop_index('ix_notification_post_id')
        batch_op.drop_index('ix_notification_newest')
        batch_op.drop_index('ix_notification_due', sqlite_where=sa.text('read_at IS NULL'), postgresql_where=sa.text('read_at IS NULL'))

    op.drop_table('notification')
    op.drop_table('notification_hours')
    op.drop_table('notification_choice')
    op.drop_table('resource_flag')
