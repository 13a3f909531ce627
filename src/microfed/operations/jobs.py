"""Jobs: what is to be done later, outside the request that asked for it, and survives a restart."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from microfed.ids import id_at
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.queues import Job

LEASE = timedelta(minutes=10)
GIVE_UP_AFTER = 6
LONGEST_WAIT = 6 * 3600


@dataclass(frozen=True, slots=True)
class Task:
    """A job somebody took up."""

    id: int
    kind: str
    arguments: dict[str, Any]


def add_job(
    tx: Tx,
    kind: str,
    *,
    key: str | None = None,
    arguments: dict[str, Any] | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Have something done, at once or at `due_at`. A `key` that already waits is not added again;
    returns whether it was added."""
    values = {
        "id": id_at(tx.now),
        "kind": kind,
        "key": None if key is None else f"{kind}:{key}",
        "arguments": arguments or {},
        "due_at": due_at or tx.now,
        "attempts": 0,
    }
    if not insert_once(tx, Job, values):
        return False
    tx.tell("jobs")
    return True


def claim_jobs(tx: Tx, *, kinds: Collection[str], most: int) -> list[Task]:
    """Take what is due, oldest first, and hold it for a while."""
    is_free = or_(Job.claimed_until.is_(None), Job.claimed_until <= tx.now)
    rows = tx.connection.execute(
        select(Job.id, Job.kind, Job.arguments)
        .where(Job.due_at <= tx.now, is_free, Job.kind.in_(kinds))
        .order_by(Job.due_at, Job.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    tasks = [Task(*row) for row in rows]
    if tasks:
        tx.connection.execute(
            update(Job)
            .where(Job.id.in_([task.id for task in tasks]))
            .values(claimed_until=tx.now + LEASE)
        )
    return tasks


def finish_job(tx: Tx, id_: int) -> None:
    """It is done."""
    tx.connection.execute(delete(Job).where(Job.id == id_))


def retry_job(tx: Tx, id_: int, why: str, *, factor: float) -> None:
    """It could not be done now: 1, 4, 16 … minutes later again; then it stays as a record."""
    row = tx.session.get(Job, id_)
    if row is None:
        return
    row.attempts += 1
    row.error, row.claimed_until = why[:500], None
    later = timedelta(seconds=min(60 * 4 ** (row.attempts - 1), LONGEST_WAIT) * factor)
    if row.attempts >= GIVE_UP_AFTER:
        row.due_at, row.key = None, None  # the key is free again for a new attempt
    else:
        row.due_at = tx.now + later


def next_job_at(tx: Tx, *, kinds: Collection[str]) -> datetime | None:
    """Return when the next job is due."""
    return tx.connection.scalar(
        select(Job.due_at)
        .where(Job.due_at.is_not(None), Job.claimed_until.is_(None), Job.kind.in_(kinds))
        .order_by(Job.due_at)
        .limit(1)
    )


def release_jobs(tx: Tx) -> None:
    """Give back what a process that is no more was holding; only where no other works."""
    tx.connection.execute(
        update(Job).where(Job.claimed_until.is_not(None)).values(claimed_until=None)
    )
