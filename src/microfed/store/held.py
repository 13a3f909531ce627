"""What is read often and changes seldom: held in memory, read anew when it is said to have changed.

While the database is away, what was known last goes on being true: a page or a rule that needs
nothing else must not fail for it.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from microfed.errors import TryLater
from microfed.store.database import Database, Tx

T = TypeVar("T")


class Held(Generic[T]):
    """One value, `read` from the database; `first` is taken for it while nothing is known yet."""

    def __init__(
        self, db: Database, read: Callable[[Tx], T], *, first: T, topics: tuple[str, ...]
    ) -> None:
        self._db = db
        self._read = read
        self._known = first
        self._changes = 1
        self._seen = 0
        for topic in (*topics, "elsewhere"):
            db.news.listen(topic, self._forget)

    async def get(self) -> T:
        """Return the value as it is, or as it was when the database was last there."""
        changes = self._changes
        if self._seen != changes:
            try:
                known = await self._db.read(self._read)
            except TryLater:
                return self._known
            # What changed while it was being read is read again by whoever comes next.
            self._known, self._seen = known, changes
        return self._known

    def _forget(self, _: Any) -> None:
        self._changes += 1
