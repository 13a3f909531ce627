"""Runs migrations on the connection that `microfed.store.migrate` opened."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from microfed.store.rows import Moment
from microfed.store.schema import metadata


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our own types as what they are in the database: a migration imports no row."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.BigInteger()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_item,
    transaction_per_migration=False,
)
context.run_migrations()
