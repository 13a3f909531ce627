"""Server-sent events, for every door: an answer that goes on for as long as somebody listens.

    return EventStream(house.streams.open(viewer, ...), [Topic("home")], write)

`write(event)` returns the frames of one event (`frame` makes one), or nothing for what this stream
does not tell.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractContextManager
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from microfed.streams import Event, Reader, Topic

# A proxy between us gives up on a connection that says nothing; so do phones.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b":thump\n\n"
# How long somebody who was cut is given to take what is on its way to them.
FAREWELL_SECONDS = 1.0

Write = Callable[[Event], Iterable[bytes]]


def frame(name: str, data: bytes) -> bytes:
    """Return one event as it goes over the wire; `data` is on one line."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)


class EventStream(Response):
    """Sends what a reader hears until it is cut, or until whoever listens goes away."""

    media_type = "text/event-stream"

    def __init__(
        self,
        opened: AbstractContextManager[Reader],
        topics: Iterable[Topic],
        write: Write,
        *,
        first: bytes = b"",
    ) -> None:
        super().__init__(
            # nginx would keep the events back until it has gathered enough of them.
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]
        self._opened = opened
        self._topics = tuple(topics)
        self._write = write
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        with self._opened as reader:
            reader.add(*self._topics)
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            await first_of(_gone(receive), self._tell(reader, send), reader.end())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, reader: Reader, send: Send) -> None:
        # Something at once: whoever listens knows that the door is open.
        told = HEARTBEAT + self._first
        while not reader.is_cut:
            if told:
                await send({"type": "http.response.body", "body": told, "more_body": True})
            event = await reader.next(seconds=HEARTBEAT_SECONDS)
            told = HEARTBEAT if event is None else b"".join(self._write(event))


async def first_of(*several: Coroutine[Any, Any, Any]) -> None:
    """Wait until one of `several` has ended, and end the others; a fault of one is raised."""
    tasks = [asyncio.ensure_future(one) for one in several]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
