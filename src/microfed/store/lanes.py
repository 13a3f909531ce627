"""Lanes: one thread each, which takes at every wake-up all the calls that wait for it.

The hop to a thread costs more than a query; shared, it all but vanishes, and so does a commit.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
BATCH = 64


@dataclass(slots=True)
class Call:
    """One `work` waiting for its turn, and where its answer goes."""

    work: Callable[..., Any]
    out_of_reach: frozenset[str]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    asked_at: float
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Give the answer to whoever awaits it; runs in their event loop."""
        if self.future.done():  # the caller went away
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


@dataclass(slots=True)
class Figures:
    """How busy a lane was so far; seconds are those of all calls together."""

    calls: int = 0
    turns: int = 0  # how often it took calls: several share a turn
    waited: float = 0.0
    worked: float = 0.0  # of the turns, once for all calls of each


class Lane:
    """A thread, and the calls that wait for it."""

    def __init__(
        self, name: str, run: Callable[[list[Call]], None], *, batch: int = BATCH, threads: int = 1
    ) -> None:
        self._waiting: SimpleQueue[Call | None] = SimpleQueue()
        self._run = run
        self._batch = batch
        self._name = name
        self._wanted = threads
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()
        self._is_closed = False
        self._counting = threading.Lock()
        self.figures = Figures()

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn now."""
        return self._waiting.qsize()

    async def call(self, work: Callable[..., T], out_of_reach: frozenset[str] = frozenset()) -> T:
        """Run `work(tx)` on the lane's thread."""
        if not self._threads:
            self._start()
        loop = asyncio.get_running_loop()
        call = Call(work, out_of_reach, loop, loop.create_future(), time.perf_counter())
        self._waiting.put(call)
        result: T = await call.future
        return result

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        self._is_closed = True
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _start(self) -> None:
        with self._starting:
            if self._threads or self._is_closed:
                return
            self._threads = [
                threading.Thread(target=self._loop, name=f"{self._name}-{n}", daemon=True)
                for n in range(self._wanted)
            ]
            for thread in self._threads:
                thread.start()

    def _loop(self) -> None:
        ending = False
        while not ending:
            first = self._waiting.get()
            if first is None:
                return
            calls = [first]
            try:
                while len(calls) < self._batch:
                    call = self._waiting.get_nowait()
                    if call is None:
                        ending = True
                        break
                    calls.append(call)
            except Empty:
                pass
            began = time.perf_counter()
            try:
                self._run(calls)
            except BaseException as error:  # every waiting call must hear of it
                for call in calls:
                    call.error = call.error or error
            self._count(calls, began)
            for loop in {call.loop for call in calls}:
                mine = [call for call in calls if call.loop is loop]
                try:
                    loop.call_soon_threadsafe(_settle, mine)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    continue

    def _count(self, calls: list[Call], began: float) -> None:
        ended = time.perf_counter()
        with self._counting:  # a lane may have several threads
            self.figures.calls += len(calls)
            self.figures.turns += 1
            self.figures.waited += sum(began - call.asked_at for call in calls)
            self.figures.worked += ended - began


def _settle(calls: list[Call]) -> None:
    for call in calls:
        call.settle()
