"""The hub: hears the news, whatever thread or process they come from, and feeds the readers."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from microfed.errors import TooMany
from microfed.queries.visibility import Viewer
from microfed.store.database import Database, Tx
from microfed.streams.deciding import decide
from microfed.streams.reader import Credential, Present, Reader

log = logging.getLogger(__name__)

# What may wait to be decided before everyone is cut, and how much is decided in one go.
MOST_WAITING = 10_000
AT_ONCE = 64
# How often each reader's credential is looked at again even when nothing was heard.
LOOK_AGAIN_SECONDS = 60.0


class Streams:
    """Hears the news and hands it to the open streams of this process."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._readers: set[Reader] = set()
        self._waiting: deque[tuple[Any, ...]] = deque()
        self._doubted: set[Reader] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._work: asyncio.Task[None] | None = None
        db.news.listen("stream", lambda what: self._from_any_thread(self._heard, what))
        for topic in ("token", "session"):
            db.news.listen(topic, lambda what: self._from_any_thread(self._doubt_hash, what))
        db.news.listen("actor", lambda what: self._from_any_thread(self._doubt_actor, what))
        db.news.listen("elsewhere", lambda _: self._from_any_thread(self._doubt_all))

    @contextlib.contextmanager
    def open(
        self,
        viewer: Viewer | None,
        *,
        present: Present | None = None,
        credential: Credential | None = None,
        at_most: int | None = None,
    ) -> Iterator[Reader]:
        """Open a stream for as long as the block runs.

        It is cut within two seconds of its `credential` being no good any more. TooMany when
        `viewer` has `at_most` streams with the same `present` already.
        """
        if at_most is not None:
            theirs = [r for r in self._readers if r.viewer == viewer and r.present == present]
            if len(theirs) >= at_most:
                raise TooMany("too many streams are open", 60)
        reader = Reader(viewer, present, credential)
        self._readers.add(reader)
        self._begin()
        try:
            yield reader
        finally:
            self._readers.discard(reader)
            if not self._readers and self._work is not None:
                self._work.cancel()
                self._work = None
                self._waiting.clear()

    @property
    def open_now(self) -> int:
        """How many streams of events are open in this process."""
        return len(self._readers)

    def close(self) -> None:
        """End every stream, so that the server can stop. Any thread may ask for it."""
        self._from_any_thread(self._cut_all)

    def _cut_all(self) -> None:
        for reader in self._readers:
            reader.cut()

    def _begin(self) -> None:
        """Let the work be done by the loop of whoever opens the first stream."""
        if self._work is None or self._work.done():
            self._loop, self._bell = asyncio.get_running_loop(), asyncio.Event()
            self._work = self._loop.create_task(self._for_ever())

    def _from_any_thread(self, call: Callable[..., None], *what: Any) -> None:
        if not self._readers or self._loop is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(call, *what)

    def _heard(self, item: tuple[Any, ...]) -> None:
        if len(self._waiting) >= MOST_WAITING:
            log.warning("the streams cannot keep up with the news, and are ended")
            self._waiting.clear()
            self._cut_all()
        self._waiting.append(item)
        self._bell.set()

    def _doubt_hash(self, hash_: object) -> None:
        self._doubt(r for r in self._readers if r.credential and r.credential.hash == hash_)

    def _doubt_actor(self, id_: object) -> None:
        self._doubt(r for r in self._readers if r.viewer and r.viewer.actor_id == id_)

    def _doubt_all(self) -> None:
        self._doubt(self._readers)

    def _doubt(self, readers: Iterable[Reader]) -> None:
        self._doubted.update(reader for reader in readers if reader.credential is not None)
        if self._doubted:
            self._bell.set()

    async def _for_ever(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                    await self._bell.wait()
            except TimeoutError:
                self._doubt_all()
            self._bell.clear()
            try:
                await self._look_again()
                while self._waiting:
                    await self._hand_out()
            except Exception:  # the loop of a worker: the database went away, go on with the next
                log.exception("something unexpected happened to the streams")

    async def _look_again(self) -> None:
        """Cut whoever may not listen any more."""
        doubted, self._doubted = self._doubted, set()
        if not doubted:
            return

        def work(tx: Tx) -> list[Reader]:
            return [r for r in doubted if r.credential and not r.credential.is_good(tx)]

        for reader in await self._db.read(work):
            reader.cut()

    async def _hand_out(self) -> None:
        items = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
        items = list(dict.fromkeys(items))
        # What the thread of the database looks at must not change under its eyes.
        wanted = [(reader, frozenset(reader.topics)) for reader in self._readers]
        for reader, event in await self._db.read(lambda tx: decide(tx, items, wanted)):
            reader.give(event)
