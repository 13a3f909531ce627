"""What a server says it runs, and whether an admin has looked at it.

What exists stays as it is: columns are added, empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("software", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("software_asked_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("reviewed_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("hosts", schema=None) as batch_op:
        batch_op.drop_column("reviewed_at")
        batch_op.drop_column("software_asked_at")
        batch_op.drop_column("software")
