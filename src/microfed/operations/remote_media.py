"""What neighbours looked at elsewhere: kept for a while within a budget, or why it could not be."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, update

from microfed.ids import id_at
from microfed.operations.files import Kept, keep_files
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.media import RemoteFile, StoredFile

AWAY_FOR = timedelta(minutes=10)
GONE_FOR = timedelta(days=1)
FAILURES_KEPT = timedelta(days=7)


def keep_remote(tx: Tx, *, digest: str, slot: str, files: Sequence[Kept], budget: int) -> list[str]:
    """Write down what was fetched; return the keys that are too many now.

    If somebody else was faster, those are the files just made.
    """
    row_id = _row(tx, digest, slot)
    known = tx.connection.scalar(
        select(StoredFile.key).where(StoredFile.remote_file_id == row_id).limit(1)
    )
    if known is not None:
        keep_files(tx, files)  # nobody's: the worker takes them away
        tx.tell("media")
        return [file.key for file in files]
    keep_files(tx, files, remote_file_id=row_id)
    tx.connection.execute(
        update(RemoteFile)
        .where(RemoteFile.id == row_id)
        .values(used_at=tx.now, retry_at=None, error=None)
    )
    return keep_within(tx, budget=budget, but=row_id)


def fail_remote(tx: Tx, *, digest: str, slot: str, why: str, is_gone: bool) -> None:
    """Something elsewhere cannot be had; it is not asked for again for a while."""
    row_id = _row(tx, digest, slot)
    wait = GONE_FOR if is_gone else AWAY_FOR
    tx.connection.execute(
        update(RemoteFile)
        .where(RemoteFile.id == row_id)
        .values(retry_at=tx.now + wait, error=why[:200])
    )


def note_use(tx: Tx, remote_file_id: int) -> None:
    """Somebody looked at it again: it stays longer."""
    tx.connection.execute(
        update(RemoteFile).where(RemoteFile.id == remote_file_id).values(used_at=tx.now)
    )


def keep_within(tx: Tx, *, budget: int, but: int | None = None) -> list[str]:
    """Let go of what was not looked at for longest until the rest is within `budget` bytes.

    Returns the keys that were let go. What neighbours brought is never counted nor touched.
    """
    held = tx.connection.scalar(
        select(func.coalesce(func.sum(StoredFile.bytes), 0)).where(
            StoredFile.remote_file_id.is_not(None)
        )
    )
    over = int(held or 0) - budget
    if over <= 0:
        return []
    over += budget // 20  # some room at once, so that not every picture makes us count again
    oldest = tx.connection.execute(
        select(RemoteFile.id, func.sum(StoredFile.bytes).label("bytes"))
        .join(StoredFile, StoredFile.remote_file_id == RemoteFile.id)
        .where(RemoteFile.id != (but or 0))
        .group_by(RemoteFile.id)
        .order_by(RemoteFile.used_at)
        .limit(1_000)
    )
    gone: list[int] = []
    for row in oldest:
        if over <= 0:
            break
        gone.append(row.id)
        over -= int(row.bytes)
    keys = tx.connection.scalars(
        select(StoredFile.key).where(StoredFile.remote_file_id.in_(gone))
    ).all()
    tx.connection.execute(delete(RemoteFile).where(RemoteFile.id.in_(gone)))
    tx.tell("media")
    return list(keys)


def drop_failures(tx: Tx) -> int:
    """Forget that something could not be had long ago."""
    kept = select(StoredFile.remote_file_id).where(StoredFile.remote_file_id.is_not(None))
    old = tx.now - FAILURES_KEPT
    return tx.connection.execute(
        delete(RemoteFile).where(RemoteFile.used_at < old, RemoteFile.id.not_in(kept))
    ).rowcount


def _row(tx: Tx, digest: str, slot: str) -> int:
    insert_once(
        tx,
        RemoteFile,
        {"id": id_at(tx.now), "digest": digest, "slot": slot, "used_at": tx.now},
    )
    found = tx.connection.scalar(
        select(RemoteFile.id)
        .where(RemoteFile.digest == digest, RemoteFile.slot == slot)
        .with_for_update()
    )
    return int(found or 0)
