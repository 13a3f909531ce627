"""Whoever comes is reminded once of each hour an event is put at; so far nobody was reminded."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seconds = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("event_answers", sa.Column("reminded_of", seconds, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("event_answers") as table:
        table.drop_column("reminded_of")
