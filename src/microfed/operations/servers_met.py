"""Servers we met: what they say they run, and whether an admin has looked at them."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select

from microfed.errors import NotFound
from microfed.operations.jobs import add_job
from microfed.operations.journal import need_keeper
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.queues import Host

ASKED_EVERY = timedelta(days=30)
MOST_AT_ONCE = 50
LONGEST_NAME = 100


def review_server(tx: Tx, *, by: Actor | None, host: str) -> None:
    """An admin has seen that a server is there, and lets it be one among others."""
    need_keeper(tx, by)
    row = _need(tx, host)
    row.reviewed_at = row.reviewed_at or tx.now
    tx.flush()


def order_software(tx: Tx) -> int:
    """Have servers asked what they run, those never asked first; returns how many."""
    old = tx.now - ASKED_EVERY
    due: Sequence[str] = tx.connection.scalars(
        select(Host.host)
        .where(
            Host.failures == 0,
            Host.last_heard_at.is_not(None),
            or_(Host.software_asked_at.is_(None), Host.software_asked_at < old),
        )
        .order_by(Host.software_asked_at.nulls_first(), Host.id)
        .limit(MOST_AT_ONCE)
    ).all()
    return sum(add_job(tx, "ask_software", key=host, arguments={"host": host}) for host in due)


def note_software(tx: Tx, *, host: str, software: str | None) -> None:
    """A server said what it runs, or did not say it."""
    row = _need(tx, host)
    row.software = " ".join((software or "").split())[:LONGEST_NAME] or row.software
    row.software_asked_at = tx.now
    tx.flush()


def _need(tx: Tx, host: str) -> Host:
    row = tx.session.scalar(select(Host).where(Host.host == host))
    if row is None:
        raise NotFound("we do not know this server")
    return row
