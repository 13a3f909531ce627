"""Watching over requests: each has a name that the log and the answer share, and is counted.

Counted is what was asked for (the route, never the address or who asks), how it was answered and
how long it took to begin to answer. Kept in plain numbers: it must cost next to nothing.
"""

import logging
import secrets
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from microfed.logs import REQUEST

log = logging.getLogger(__name__)

# Seconds; the last bucket is all that took longer.
BUCKETS = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NOWHERE = "-"  # answered before a route was found, or there is none


class Seen:
    """What this process was asked so far."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, str, int]] = Counter()  # method, route, status
        self.durations: dict[str, list[int]] = {}  # route: one count a bucket
        self.seconds: Counter[str] = Counter()  # route: all of them together
        self.sockets = 0  # open now

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.answers[method if method in METHODS else "other", route, status] += 1
        counts = self.durations.get(route)
        if counts is None:
            counts = self.durations[route] = [0] * (len(BUCKETS) + 1)
        counts[bisect_left(BUCKETS, seconds)] += 1
        self.seconds[route] += seconds  # type: ignore[assignment]


class Watching:
    """Stands before everything else, so that what is refused and what breaks counts too."""

    def __init__(self, app: ASGIApp, seen: Seen, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._seen = seen
        # An endpoint that several addresses lead to is called by the first of them.
        self._named: dict[Any, str] = {}
        for route in _each(routes):
            self._named.setdefault(route.endpoint, route.path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        id_ = secrets.token_hex(8)
        REQUEST.set(id_)
        if scope["type"] == "websocket":
            self._seen.sockets += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._seen.sockets -= 1
            return
        began = time.perf_counter()

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", id_.encode())]
                self._count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, send_named)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._named.get(scope.get("endpoint"), NOWHERE)
        self._seen.add(scope["method"], route, status, seconds)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s %s: %s in %.1f ms", scope["method"], route, status, seconds * 1000)


def _each(routes: Iterable[BaseRoute]) -> Iterator[Route | WebSocketRoute]:
    """Give every route, those too that stand under another."""
    for route in routes:
        if isinstance(route, Route | WebSocketRoute):
            yield route
        else:
            yield from _each(getattr(route, "routes", ()))
