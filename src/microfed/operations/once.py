"""A form that is sent twice, by an impatient finger or on a slow line, does its work once."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, select, update

from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import SaidOnce
from microfed.store.people import Actor
from microfed.store.posts import Post

ONCE_FOR = timedelta(hours=1)


def only_once(
    tx: Tx,
    *,
    author: Actor,
    what: str,
    words: tuple[object, ...],
    do: Callable[[], int],
    kind: type[object] = Post,
) -> int:
    """Return the id of what `do` makes, or of what it made of the same `words` before.

    `kind` is the table that id is of. Two that arrive together count as one. What was taken back
    since may be said again.
    """
    key = f"{what}:{sha256(repr(words).encode()).hexdigest()[:40]}"
    mine = SaidOnce.actor_id == author.id
    tx.connection.execute(delete(SaidOnce).where(mine, SaidOnce.said_at < tx.now - ONCE_FOR))
    # The row comes first: whoever comes second waits for the first here, and reads what it did.
    row = {"actor_id": author.id, "key": key, "post_id": 0, "is_planned": False, "said_at": tx.now}
    this = (mine, SaidOnce.key == key)
    if not insert_once(tx, SaidOnce, row):
        known = tx.connection.scalar(select(SaidOnce.post_id).where(*this))
        if known and tx.session.get(kind, known) is not None:
            return known
    id_ = do()
    tx.connection.execute(update(SaidOnce).where(*this).values(post_id=id_, said_at=tx.now))
    return id_
