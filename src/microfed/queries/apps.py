"""The apps members post with."""

from sqlalchemy import select

from microfed.store.access import App
from microfed.store.database import Tx


def app_name(tx: Tx, id_: int) -> str | None:
    """Return what an app calls itself."""
    return tx.connection.scalar(select(App.name).where(App.id == id_))
