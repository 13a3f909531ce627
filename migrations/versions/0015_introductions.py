"""Tables for introductions: who proposes that two people meet, and what each of them says.

What exists stays as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "introductions",
        sa.Column("id", ID, nullable=False),
        sa.Column("proposer_id", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("post_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["posts.id"],
            name=op.f("fk_introductions_post_id_posts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["proposer_id"],
            ["actors.id"],
            name=op.f("fk_introductions_proposer_id_actors"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introductions")),
    )
    with op.batch_alter_table("introductions", schema=None) as batch_op:
        batch_op.create_index("ix_introductions_proposer_id_id", ["proposer_id", "id"])
        batch_op.create_index(batch_op.f("ix_introductions_post_id"), ["post_id"], unique=False)
    op.create_table(
        "introduction_sides",
        sa.Column("introduction_id", ID, nullable=False),
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("offer_uri", sa.Text(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("asked_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["actors.id"],
            name=op.f("fk_introduction_sides_actor_id_actors"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["introduction_id"],
            ["introductions.id"],
            name=op.f("fk_introduction_sides_introduction_id_introductions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("introduction_id", "actor_id", name=op.f("pk_introduction_sides")),
        sa.UniqueConstraint("offer_uri", name=op.f("uq_introduction_sides_offer_uri")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_introduction_sides_token_hash")),
    )
    with op.batch_alter_table("introduction_sides", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_introduction_sides_actor_id"), ["actor_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("introduction_sides")
    op.drop_table("introductions")
