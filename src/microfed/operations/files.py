"""Files in the storage: whose each is, and those that are nobody's any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select, text, update

from microfed.store.database import Tx
from microfed.store.insert import insert_all
from microfed.store.media import NOBODYS, StoredFile


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is in the storage already, whole."""

    key: str
    slot: str
    bytes: int
    sha256: str


def keep_files(
    tx: Tx,
    files: Sequence[Kept],
    *,
    attachment_id: int | None = None,
    actor_id: int | None = None,
    emoji_id: int | None = None,
    remote_file_id: int | None = None,
) -> None:
    """Write down whose the files are that were put into the storage."""
    owner = {
        "attachment_id": attachment_id,
        "actor_id": actor_id,
        "emoji_id": emoji_id,
        "remote_file_id": remote_file_id,
    }
    rows = [
        {"key": f.key, "slot": f.slot, "bytes": f.bytes, "sha256": f.sha256, **owner} for f in files
    ]
    insert_all(tx, StoredFile, rows)


def nobodys_files(tx: Tx, *, most: int = 200) -> list[str]:
    """Return the keys of files that nothing shows any more."""
    return list(
        tx.connection.scalars(select(StoredFile.key).where(text(NOBODYS)).limit(most)).all()
    )


def forget_files(tx: Tx, keys: Sequence[str]) -> None:
    """Files are out of the storage; nothing is left to remember."""
    tx.connection.execute(delete(StoredFile).where(StoredFile.key.in_(keys), text(NOBODYS)))


def let_go(tx: Tx, which: ColumnElement[bool]) -> None:
    """These files are nobody's from now on; the worker for media takes them away."""
    nobody = {"attachment_id": None, "actor_id": None, "emoji_id": None, "remote_file_id": None}
    tx.connection.execute(update(StoredFile).where(which).values(nobody))
    tx.tell("media")
