"""JSON that is the same for everyone, kept as bytes by version: written once, joined many times.

One keep per database. What a transaction that may yet be undone has written is never kept: its
version number could come again with other words.
"""

from typing import Any
from weakref import WeakKeyDictionary

from microfed.store.database import Tx

MOST_POSTS = 4_000
MOST_FACES = 4_000


class Kept:
    """What was written already."""

    __slots__ = ("__weakref__", "faces", "posts")

    def __init__(self) -> None:
        self.posts: dict[int, tuple[int, Any]] = {}  # id: version, what was written
        self.faces: dict[int, tuple[Any, bytes]] = {}  # id: the face's row, its JSON

    def keep_post(self, id_: int, version: int, what: Any) -> None:
        """Remember a post; the oldest memories go when there are too many."""
        _make_room(self.posts, MOST_POSTS)
        self.posts[id_] = (version, what)

    def keep_face(self, id_: int, face: Any, what: bytes) -> None:
        """Remember an account."""
        _make_room(self.faces, MOST_FACES)
        self.faces[id_] = (face, what)


_KEPT: WeakKeyDictionary[Any, Kept] = WeakKeyDictionary()


def kept_for(tx: Tx) -> Kept:
    """Return what is kept for the database of `tx`."""
    # The dialect lives exactly as long as the database's engine, and all its connections share it.
    dialect = tx.connection.dialect
    found = _KEPT.get(dialect)
    if found is None:
        found = _KEPT.setdefault(dialect, Kept())
    return found


def may_keep(tx: Tx) -> bool:
    """Say whether what `tx` sees is committed for good."""
    options = tx.connection.get_execution_options()
    return options.get("sqlite_begin") == "DEFERRED" or bool(options.get("postgresql_readonly"))


def _make_room(memory: dict[int, Any], most: int) -> None:
    if len(memory) >= most:
        # Several threads may do this at once on PostgreSQL: what is gone already is gone.
        for old in list(memory)[: most // 8]:
            memory.pop(old, None)
