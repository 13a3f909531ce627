"""The table of the directory: trade, skills, associations and area, each shown to whom one likes.

What exists stays as it is: nobody stands in it until they say so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory_entries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("associations", sa.JSON(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("shown_to", sa.JSON(), nullable=False),
        sa.Column("words_here", sa.Text(), nullable=False),
        sa.Column("words_ring", sa.Text(), nullable=False),
        sa.Column("words_public", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"],
            ["members.id"],
            name=op.f("fk_directory_entries_id_members"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_entries")),
    )


def downgrade() -> None:
    op.drop_table("directory_entries")
