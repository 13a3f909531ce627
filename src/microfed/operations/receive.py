"""Receiving: an activity whose sender is proven is taken in once; what cannot be handled yet waits.

Nothing that was answered 2xx is lost, and nothing is applied twice (design.md §5).
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.queues import Received, Seen

# A worker that dies gives back what it holds after this long.
LEASE = timedelta(minutes=2)
GIVE_UP_AFTER = 12
MOST_KEPT_OF_A_REFUSAL = 10_000


def note_seen(tx: Tx, uri: str) -> bool:
    """Write down that an activity came; return False if it came before."""
    return insert_once(tx, Seen, {"uri": uri, "seen_at": tx.now})


def park(tx: Tx, *, uri: str, sender_id: int, body: bytes, carried_by: str | None = None) -> None:
    """Keep an activity for a worker, unless it came before."""
    if note_seen(tx, uri):
        _keep(tx, uri, sender_id, body, due_at=tx.now, error=None, carried_by=carried_by)
        tx.tell("received")


def record_refusal(tx: Tx, *, uri: str, sender_id: int, body: bytes, why: str) -> None:
    """Leave a record of what we did not do, and why, for whoever looks after the place."""
    kept = body if len(body) <= MOST_KEPT_OF_A_REFUSAL else b""
    _keep(tx, uri, sender_id, kept, due_at=None, error=why)


def claim_received(tx: Tx, *, most: int) -> list[int]:
    """Take what is due, oldest first, and hold it for a while."""
    due = (
        select(Received.id)
        .where(Received.due_at <= tx.now)
        .order_by(Received.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    ids = list(tx.connection.scalars(due))
    if ids:
        tx.connection.execute(
            update(Received).where(Received.id.in_(ids)).values(due_at=tx.now + LEASE)
        )
    return ids


def next_received_at(tx: Tx) -> datetime | None:
    """Return when the next waiting activity is due."""
    first = select(Received.due_at).where(Received.due_at.is_not(None))
    return tx.connection.scalar(first.order_by(Received.due_at).limit(1))


def find_received(tx: Tx, id_: int) -> Received | None:
    """Return a waiting activity, unless somebody finished it."""
    return tx.session.get(Received, id_)


def finish_received(tx: Tx, id_: int) -> None:
    """It is done: only the note that it came stays."""
    tx.connection.execute(delete(Received).where(Received.id == id_))


def refuse_received(tx: Tx, id_: int, why: str) -> None:
    """It will never be done; the row stays as its record."""
    tx.connection.execute(
        update(Received).where(Received.id == id_).values(due_at=None, error=why[:500])
    )


def retry_received(tx: Tx, id_: int, why: str, *, factor: float) -> None:
    """It could not be done now: 30 s, 1, 2, 4 … minutes later, then never."""
    row = tx.session.get(Received, id_)
    if row is None:
        return
    row.attempts += 1
    row.error = why[:500]
    later = timedelta(seconds=min(30 * 2**row.attempts, 6 * 3600) * factor)
    row.due_at = None if row.attempts >= GIVE_UP_AFTER else tx.now + later


def release_received(tx: Tx) -> None:
    """Give back what a process that is no more was holding; only where no other works."""
    tx.connection.execute(
        update(Received)
        .where(Received.due_at > tx.now, Received.due_at <= tx.now + LEASE)
        .values(due_at=tx.now)
    )


def _keep(
    tx: Tx,
    uri: str,
    sender_id: int,
    body: bytes,
    *,
    due_at: datetime | None,
    error: str | None,
    carried_by: str | None = None,
) -> None:
    values = {
        "id": id_at(tx.now),
        "uri": uri,
        "sender_id": sender_id,
        "carried_by": carried_by,
        "document": body,
        "due_at": due_at,
        "attempts": 0,
        "error": error,
    }
    insert_once(tx, Received, values)
