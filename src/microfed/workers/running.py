"""Workers: loops that wake up when there is something to do, and survive whatever they meet."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from microfed import clock
from microfed.disks import is_of_the_disk, later
from microfed.errors import TryLater
from microfed.logs import WORKER
from microfed.store.database import Database

log = logging.getLogger(__name__)

# However long the wait, look again: another process may have left work in the same database.
LONGEST_WAIT = 2.0
# Whoever found nothing to do is not told "now": what seems due is held by somebody else, and to
# look again at once would only keep the machine busy.
SHORTEST_WAIT = 0.05
AFTER_A_FAULT = 1.0
# A database that is away, a disk that is full: looked at again soon, and talked about seldom.
WHILE_AWAY = 2.0
SAID_EVERY = 60.0


class Wake:
    """A bell that any thread may ring for a worker."""

    def __init__(self, db: Database, topic: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        for heard in (topic, "elsewhere"):
            db.news.listen(heard, self._ring)

    def ring(self) -> None:
        """Wake the worker from its own event loop."""
        self._event.set()

    async def wait(self, until: datetime | None = None) -> None:
        """Sleep until somebody rings, until `until` or a moment, or for LONGEST_WAIT seconds."""
        seconds = LONGEST_WAIT
        if until is not None:
            left = (until - clock.now()).total_seconds()
            seconds = min(max(left, SHORTEST_WAIT), LONGEST_WAIT)
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()

    def _ring(self, _what: object) -> None:
        try:
            self._loop.call_soon_threadsafe(self._event.set)
        except RuntimeError:  # the loop is closed: nobody sleeps there any more
            return


async def for_ever(name: str, once: Callable[[], Awaitable[None]]) -> None:
    """Call `once` again and again; a fault is written down and does not end the loop.

    What is away for now is waited for, and not talked about all the while.
    """
    WORKER.set(name)
    silent_until = 0.0
    while True:
        try:
            await once()
        except asyncio.CancelledError:
            raise
        except Exception as fault:
            away = _away(fault)
            if away is None:
                log.exception("the worker %s met something unexpected", name)
            elif time.monotonic() >= silent_until:
                silent_until = time.monotonic() + SAID_EVERY
                log.warning("the worker %s waits: %s", name, away)
            await asyncio.sleep(AFTER_A_FAULT if away is None else WHILE_AWAY)


def _away(fault: Exception) -> TryLater | None:
    """Return what is away for now, if that is what the fault means."""
    if isinstance(fault, OSError) and is_of_the_disk(fault):
        return later(fault)
    return fault if isinstance(fault, TryLater) else None
