"""Groups of ours: an actor that passes on what its members say, and who looks after it.

What exists stays as it is: nobody is in a group yet, and no actor is hidden.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "groups",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("founder_id", ID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["actors.id"], name=op.f("fk_groups_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["founder_id"],
            ["actors.id"],
            name=op.f("fk_groups_founder_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )
    for table in ("group_moderators", "group_invitations"):
        op.create_table(
            table,
            sa.Column("group_id", ID, nullable=False),
            sa.Column("actor_id", ID, nullable=False),
            sa.Column("since", sa.BigInteger(), nullable=False),
            sa.ForeignKeyConstraint(
                ["group_id"],
                ["actors.id"],
                name=op.f(f"fk_{table}_group_id"),
                ondelete="CASCADE",
            ),
            sa.ForeignKeyConstraint(
                ["actor_id"],
                ["actors.id"],
                name=op.f(f"fk_{table}_actor_id"),
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("group_id", "actor_id", name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
        op.create_index(op.f(f"ix_{table}_actor_id"), table, ["actor_id"])
    op.add_column(
        "actors", sa.Column("is_private", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("posts", sa.Column("group_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_posts_group_id_id",
        "posts",
        ["group_id", "id"],
        sqlite_where=sa.text("group_id IS NOT NULL"),
        postgresql_where=sa.text("group_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_posts_group_id_id", table_name="posts")
    with op.batch_alter_table("posts", schema=None) as batch_op:
        batch_op.drop_column("group_id")
    with op.batch_alter_table("actors", schema=None) as batch_op:
        batch_op.drop_column("is_private")
    for table in ("group_invitations", "group_moderators", "groups"):
        op.drop_table(table)
