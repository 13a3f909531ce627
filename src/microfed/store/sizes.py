"""How few rows some tables have, for SQLite: it then begins a search at the smaller end.

Without it a page of the agenda walks past every post of the place to find the few that are events.
PostgreSQL finds this out by itself.
"""

from microfed.store.database import Tx

# What is always little beside posts and people. Those are left out: once SQLite knows that there
# are fewer people than posts, it looks at all people before it shows twenty posts.
FEW = ("aid", "consultations", "directory_entries", "events", "groups", "newcomer_cards")
# Rows looked at per index: enough to tell many from few, and done in a millisecond.
_ROWS = 400


def learn_sizes(tx: Tx) -> None:
    """Look at how much there is by now."""
    if tx.connection.dialect.name == "sqlite":
        tx.connection.exec_driver_sql(f"PRAGMA analysis_limit={_ROWS}")
        for table in FEW:
            tx.connection.exec_driver_sql(f"ANALYZE {table}")
