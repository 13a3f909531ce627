"""Consultations: what is talked over and voted on, who may vote, sealed ballots, what came of it.

New tables, empty; what exists stays as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("author_id", BigId, nullable=True),
        sa.Column("post_id", BigId, nullable=True),
        sa.Column("vote_post_id", BigId, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("opened_by_id", BigId, nullable=True),
        sa.Column("closes_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("electors_count", sa.BigInteger(), nullable=False),
        sa.Column("ballots_count", sa.BigInteger(), nullable=False),
        sa.Column("blanks_count", sa.BigInteger(), nullable=False),
        sa.Column("outside_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["actors.id"],
            name=op.f("fk_consultations_author_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"],
            ["actors.id"],
            name=op.f("fk_consultations_opened_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_consultations_post_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["vote_post_id"],
            ["posts.id"],
            name=op.f("fk_consultations_vote_post_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
        sa.UniqueConstraint("post_id", name=op.f("uq_consultations_post_id")),
        sa.UniqueConstraint("vote_post_id", name=op.f("uq_consultations_vote_post_id")),
    )
    with op.batch_alter_table("consultations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consultations_opened_at"), ["opened_at"], unique=False)

    op.create_table(
        "electors",
        sa.Column("consultation_id", BigId, nullable=False),
        sa.Column("member_id", BigId, nullable=False),
        sa.Column("has_voted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_electors_consultation_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_electors_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("consultation_id", "member_id", name=op.f("pk_electors")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("electors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_electors_member_id"), ["member_id"], unique=False)

    op.create_table(
        "objections",
        sa.Column("consultation_id", BigId, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["actors.id"], name=op.f("fk_objections_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_objections_consultation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("consultation_id", "position", name=op.f("pk_objections")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "proposals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("consultation_id", BigId, nullable=False),
        sa.Column("author_id", BigId, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["actors.id"], name=op.f("fk_proposals_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_proposals_consultation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_consultation_id"), ["consultation_id"], unique=False
        )

    op.create_table(
        "vote_options",
        sa.Column("consultation_id", BigId, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("votes_count", sa.BigInteger(), nullable=False),
        sa.Column("outside_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_vote_options_consultation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("consultation_id", "position", name=op.f("pk_vote_options")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballots",
        sa.Column("consultation_id", BigId, nullable=False),
        sa.Column("member_id", BigId, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id", "member_id"],
            ["electors.consultation_id", "electors.member_id"],
            name=op.f("fk_ballots_consultation_id_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("consultation_id", "member_id", name=op.f("pk_ballots")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("ballots", "vote_options", "proposals", "objections", "electors", "consultations"):
        op.drop_table(name)
