"""The neighbourhood's letter: its issues, who gets them, to whom each went; mails may have more.

What exists stays as it is: nobody gets a letter who has not asked for one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "weekly_letters",
        sa.Column("id", _id(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("contents", sa.JSON(), nullable=False),
        sa.Column("is_empty", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_letters")),
        sa.UniqueConstraint("week", name=op.f("uq_weekly_letters_week")),
    )
    op.create_table(
        "letter_readers",
        sa.Column("id", _id(), nullable=False),
        sa.Column("member_id", _id(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_letter_readers_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_readers")),
        sa.UniqueConstraint("member_id", name=op.f("uq_letter_readers_member_id")),
        sa.UniqueConstraint("address", name=op.f("uq_letter_readers_address")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_letter_readers_token_hash")),
    )
    op.create_table(
        "letter_sends",
        sa.Column("id", _id(), nullable=False),
        sa.Column("letter_id", _id(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["weekly_letters.id"],
            name=op.f("fk_letter_sends_letter_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_sends")),
        sa.UniqueConstraint("letter_id", "digest", name=op.f("uq_letter_sends_letter_id_digest")),
    )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("more", sa.Text(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_column("more")
    op.drop_table("letter_sends")
    op.drop_table("letter_readers")
    op.drop_table("weekly_letters")
