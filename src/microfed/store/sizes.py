"""How large the tables are, for SQLite: it then begins a search at the smaller end.

Without it a page of the agenda walks past every post of the place to find the few that are events.
PostgreSQL finds this out by itself.
"""

from microfed.store.database import Tx

# Rows looked at per index: enough to tell many from few, and done in some milliseconds.
_ROWS = 400


def learn_sizes(tx: Tx) -> None:
    """Look at how much there is by now."""
    if tx.connection.dialect.name == "sqlite":
        tx.connection.exec_driver_sql(f"PRAGMA analysis_limit={_ROWS}")
        tx.connection.exec_driver_sql("ANALYZE")
