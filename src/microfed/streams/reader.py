"""A reader: one open stream, what it wants to hear of, and what it has not read yet."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass

from microfed.queries.visibility import Viewer
from microfed.store.database import Tx

# What a reader may leave unread before it is cut.
MOST_UNREAD = 256


@dataclass(frozen=True, slots=True)
class Topic:
    """What a reader wants to hear of.

    About posts: `home` and `talks` (conversations) of the viewer; `public`, `local`, `remote`;
    `tag` and `tag_local` with the tag's key (`text.tag_key`); `person` with an actor's id;
    `thread` with the id of its first post. About the viewer alone: what is told as
    `tx.tell("stream", (name, owner_id, id))`, such as `notification`. About the whole place:
    `place` hears all that is told as `tx.tell("stream", (kind, id))`.
    """

    name: str
    key: str | int = ""
    only_media: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened: `post`, `edit`, `delete`, `notification` … with the id of what it is
    about, the reader's topics it came by, and how `present` wrote it (empty without one)."""

    kind: str
    id: int
    topics: tuple[Topic, ...]
    payload: bytes = b""


# Writes one event for several viewers: (tx, kind, id, viewers) → what each gets, by the viewer.
# Whoever is left out of the answer hears nothing of it.
Present = Callable[[Tx, str, int, Collection[Viewer | None]], Mapping[Viewer | None, bytes]]


@dataclass(frozen=True, slots=True)
class Credential:
    """What lets a reader listen: the hash of a token or of a session, and whether it still does."""

    hash: str
    is_good: Callable[[Tx], bool]


class Reader:
    """One open stream. Made by `Streams.open`; used from the event loop alone."""

    def __init__(
        self, viewer: Viewer | None, present: Present | None, credential: Credential | None
    ) -> None:
        self.viewer = viewer
        self.present = present
        self.credential = credential
        self.topics: set[Topic] = set()
        self.is_cut = False
        self._unread: deque[Event] = deque()
        self._bell = asyncio.Event()
        self._end = asyncio.Event()

    def add(self, *topics: Topic) -> None:
        """Hear of `topics` from now on."""
        self.topics.update(topics)

    def drop(self, *topics: Topic) -> None:
        """Hear no more of `topics`."""
        self.topics.difference_update(topics)

    def give(self, event: Event) -> None:
        """Put an event where `next` finds it; whoever has left too many there is cut."""
        if len(self._unread) >= MOST_UNREAD:
            self.cut()
        elif not self.is_cut:
            self._unread.append(event)
            self._bell.set()

    def cut(self) -> None:
        """End this stream; what was not read is forgotten."""
        self.is_cut = True
        self._unread.clear()
        self._bell.set()
        self._end.set()

    async def end(self) -> None:
        """Wait until this stream is cut."""
        await self._end.wait()

    async def next(self, *, seconds: float | None = None) -> Event | None:
        """Return the next event; None when `seconds` passed without one, or when it is cut."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._unread and not self.is_cut:
                    self._bell.clear()
                    await self._bell.wait()
        return self._unread.popleft() if self._unread else None

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Go through the events until the stream is cut."""
        while not self.is_cut:
            event = await self.next()
            if event is not None:
                yield event
