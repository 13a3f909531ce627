"""The crew: all workers of one process, started and stopped together."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

from microfed.errors import TryLater
from microfed.house import House
from microfed.operations.bringing import release_imports
from microfed.operations.deliveries import release_deliveries
from microfed.operations.jobs import release_jobs
from microfed.operations.mail_queue import release_mails
from microfed.operations.pushing import release_pushes
from microfed.operations.receive import release_received
from microfed.store.database import Tx
from microfed.workers.bring_in import BringIn
from microfed.workers.clean_up import CleanUp
from microfed.workers.do_jobs import DoJobs
from microfed.workers.handle_received import HandleReceived
from microfed.workers.keep_time import KeepTime
from microfed.workers.process_media import ProcessMedia
from microfed.workers.running import WHILE_AWAY, Wake, for_ever
from microfed.workers.send_deliveries import SendDeliveries
from microfed.workers.send_mails import SendMails
from microfed.workers.send_pushes import SendPushes
from microfed.workers.stay_awake import StayAwake

Once = Callable[[], Awaitable[None]]


class Crew:
    """Everyone who works behind the doors."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tasks: list[asyncio.Task[None]] = []
        self.deliveries: SendDeliveries | None = None
        self.received: HandleReceived | None = None

    async def start(self) -> None:
        """Begin to work. On SQLite nobody else does, so what was held by a dead process is free."""
        db = self._house.db
        self.deliveries = SendDeliveries(self._house, Wake(db, "deliveries"))
        self.received = HandleReceived(self._house, Wake(db, "received"))
        work = {
            "send deliveries": self.deliveries.once,
            "record deliveries": self.deliveries.record,
            "handle received": self.received.once,
            "send pushes": SendPushes(self._house, Wake(db, "pushes")).once,
            "send mails": SendMails(self._house, Wake(db, "mails")).once,
            "media": ProcessMedia(self._house, Wake(db, "media")).once,
            "keep time": KeepTime(self._house, Wake(db, "planned")).once,
            "bring in": BringIn(self._house, Wake(db, "imports")).once,
            "do jobs": DoJobs(self._house, Wake(db, "jobs")).once,
            "stay awake": StayAwake(self._house).once,
            "clean up": CleanUp(self._house).once,
        }
        try:
            if db.is_sqlite:
                await db.write(_release)
        except TryLater:
            # A disk that is full or only reads: who looks is served, and work begins once it can.
            self._tasks = [asyncio.create_task(self._begin_later(work))]
        else:
            self._begin(work)

    def _begin(self, work: Mapping[str, Once]) -> None:
        self._tasks += [asyncio.create_task(for_ever(name, once)) for name, once in work.items()]

    async def _begin_later(self, work: Mapping[str, Once]) -> None:
        while True:
            await asyncio.sleep(WHILE_AWAY)
            with contextlib.suppress(TryLater):
                await self._house.db.write(_release)
                return self._begin(work)

    async def stop(self) -> None:
        """Stop where we are; what is half done is done again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.deliveries is not None:
            await self.deliveries.stop()


def _release(tx: Tx) -> None:
    release_deliveries(tx)
    release_received(tx)
    release_jobs(tx)
    release_pushes(tx)
    release_mails(tx)
    release_imports(tx)
