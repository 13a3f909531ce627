"""Who takes up an offer or a need, and what came of it.

What exists stays as it is: nobody has agreed on anything yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aid_agreements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("aid_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offer_uri", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.Column("author_done_at", sa.BigInteger(), nullable=True),
        sa.Column("person_done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["aid_id"], ["aid.id"], name=op.f("fk_aid_agreements_aid_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["actors.id"],
            name=op.f("fk_aid_agreements_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aid_agreements")),
        sa.UniqueConstraint("aid_id", "person_id", name=op.f("uq_aid_agreements_aid_id_person_id")),
        sa.UniqueConstraint("offer_uri", name=op.f("uq_aid_agreements_offer_uri")),
    )
    with op.batch_alter_table("aid_agreements", schema=None) as batch_op:
        batch_op.create_index("ix_aid_agreements_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_aid_agreements_uri", ["uri"], unique=False)


def downgrade() -> None:
    op.drop_table("aid_agreements")
