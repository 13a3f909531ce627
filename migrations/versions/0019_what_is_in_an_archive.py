"""What is in an archive that a member brings is said before it is read; they choose what of it.

Those that are being read at the moment hold posts alone, as they always did.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("imports", sa.Column("found", sa.JSON(), nullable=True))
    op.add_column("imports", sa.Column("parts", sa.JSON(), nullable=True))
    op.add_column(
        "brought_lists",
        sa.Column("replaces", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute('UPDATE imports SET parts = \'{"todo": [], "done": {}}\'')


def downgrade() -> None:
    op.drop_column("brought_lists", "replaces")
    op.drop_column("imports", "parts")
    op.drop_column("imports", "found")
