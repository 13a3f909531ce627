"""Lists that members bring along: how far each is followed, and the lines still to be done."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "brought_lists",
        sa.Column("id", _id(), nullable=False),
        sa.Column("member_id", _id(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_brought_lists_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brought_lists")),
    )
    op.create_index("ix_brought_lists_member_id_id", "brought_lists", ["member_id", "id"])
    op.create_index(
        "uq_brought_lists_member_id",
        "brought_lists",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("state = 'reading'"),
        postgresql_where=sa.text("state = 'reading'"),
    )
    op.create_table(
        "brought_lines",
        sa.Column("list_id", _id(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["brought_lists.id"],
            name=op.f("fk_brought_lines_list_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("list_id", "number", name=op.f("pk_brought_lines")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("brought_lines")
    op.drop_table("brought_lists")
