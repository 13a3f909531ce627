"""Tables for what members and admins do all day, and for keeping the house safe.

What exists stays as it is: tables and columns are added, with defaults.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archives",
        sa.Column(
            "member_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_archives_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_archives")),
    )
    with op.batch_alter_table("archives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archives_finished_at"), ["finished_at"], unique=False)

    now = int(time.time() * 1000)
    op.get_bind().execute(
        sa.text(
            "INSERT INTO jobs (id, kind, key, arguments, due_at, attempts) SELECT"
            " :id, 'gather_talks', 'gather_talks:0', '{}', :now, 0"
            " WHERE EXISTS (SELECT 1 FROM posts WHERE audience = 'people')"
        ),
        {"id": now << 16, "now": now},
    )


def downgrade() -> None:
    with op.batch_alter_table("archives", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_archives_finished_at"))

    op.drop_table("archives")
