"""One date of what repeats may be other than those that follow: they keep what was planned.

So far all that follow say what the date before them says.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("later_plan", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("events") as table:
        table.drop_column("later_plan")
