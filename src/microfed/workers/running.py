"""Workers: loops that wake up when there is something to do, and survive whatever they meet."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from microfed import clock
from microfed.logs import WORKER
from microfed.store.database import Database

log = logging.getLogger(__name__)

# However long the wait, look again: another process may have left work in the same database.
LONGEST_WAIT = 2.0
AFTER_A_FAULT = 1.0


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
        """Sleep until somebody rings, until `until`, or for LONGEST_WAIT seconds."""
        seconds = LONGEST_WAIT
        if until is not None:
            seconds = min(max((until - clock.now()).total_seconds(), 0.0), LONGEST_WAIT)
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
    """Call `once` again and again; a fault is written down and does not end the loop."""
    WORKER.set(name)
    while True:
        try:
            await once()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the worker %s met something unexpected", name)
            await asyncio.sleep(AFTER_A_FAULT)
