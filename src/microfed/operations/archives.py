"""Taking one's things along: a member asks for all they said and brought, and it is gathered."""

from datetime import timedelta

from sqlalchemy import select, update

from microfed.operations.files import Kept, keep_files, let_go
from microfed.operations.jobs import add_job
from microfed.store.database import Tx
from microfed.store.media import StoredFile
from microfed.store.own import Archive

SLOT = "archive"
KEPT_FOR = timedelta(days=7)
# One that came to nothing may be asked for again after a while.
GIVEN_UP_AFTER = timedelta(hours=6)


def ask_for_archive(tx: Tx, *, member_id: int) -> None:
    """A member wants their things. While they are gathered, asking again changes nothing."""
    kept = tx.session.get(Archive, member_id)
    if kept is not None and kept.finished_at is None and tx.now - kept.asked_at < GIVEN_UP_AFTER:
        return
    if kept is not None:
        drop_archive(tx, member_id=member_id)
    tx.session.add(Archive(member_id=member_id, asked_at=tx.now))
    tx.flush()
    add_job(tx, "archive", key=str(member_id), arguments={"member_id": member_id})


def archive_goes_on(tx: Tx, *, member_id: int, done: int, total: int) -> None:
    """So much of it is gathered."""
    tx.connection.execute(
        update(Archive).where(Archive.member_id == member_id).values(done=done, total=total)
    )


def archive_is_there(tx: Tx, *, member_id: int, file: Kept) -> None:
    """It is gathered, and in the storage for KEPT_FOR."""
    kept = tx.session.get(Archive, member_id)
    keep_files(tx, [file], actor_id=None if kept is None else member_id)
    if kept is not None:
        kept.key, kept.bytes, kept.finished_at, kept.done = (
            file.key,
            file.bytes,
            tx.now,
            kept.total,
        )
        tx.flush()


def drop_archive(tx: Tx, *, member_id: int) -> None:
    """An archive is kept no longer."""
    let_go(tx, (StoredFile.actor_id == member_id) & (StoredFile.slot == SLOT))
    kept = tx.session.get(Archive, member_id)
    if kept is not None:
        tx.session.delete(kept)
        tx.flush()


def drop_old_archives(tx: Tx) -> int:
    """Let go of what was gathered more than KEPT_FOR ago; return how many."""
    old = list(
        tx.connection.scalars(
            select(Archive.member_id).where(Archive.finished_at < tx.now - KEPT_FOR).limit(100)
        )
    )
    for member_id in old:
        drop_archive(tx, member_id=member_id)
    return len(old)
