"""How often is too often: Mastodon's numbers, counted in memory over a sliding window.

A door calls `limiter_of(request).check(request, kind, key)`: it counts one try and raises TooMany
with the seconds to wait. With MICROFED_RATE_LIMITS=off nothing is ever too often.
"""

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from cachetools import LRUCache
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from microfed import clock
from microfed.errors import TooMany

_MINUTES, _HOUR = 60, 3_600
# kind: how many, in how many seconds. Without a key of its own, a kind counts by address.
LIMITS = {
    "token": (300, 5 * _MINUTES),
    "member": (1_500, 5 * _MINUTES),
    "stranger": (300, 5 * _MINUTES),
    "media": (30, 30 * _MINUTES),
    "delete": (30, 30 * _MINUTES),
    "sign_up": (5, 30 * _MINUTES),
    "sign_in": (25, 5 * _MINUTES),
    "account": (25, _HOUR),
    "reset": (25, 5 * _MINUTES),
    "letter": (10, 30 * _MINUTES),
    "reset_mail": (5, 30 * _MINUTES),
    # A family behind one address, each with several apps.
    "app": (30, 10 * _MINUTES),
    # Each may make us ask another server.
    "fetch": (30, 5 * _MINUTES),
}
_MOST_REMEMBERED = 50_000
# What costs more than reading is counted apart, and besides: (method, path) of an app's request.
_DEARER = {
    ("POST", "/api/v1/media"): "media",
    ("POST", "/api/v2/media"): "media",
    ("POST", "/api/v1/accounts"): "sign_up",
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left, for the X-RateLimit headers."""

    limit: int
    remaining: int
    seconds: int  # until the window has passed

    @property
    def headers(self) -> dict[str, str]:
        """Return Mastodon's three headers."""
        reset = clock.now() + timedelta(seconds=self.seconds)
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }


class TooManyOf(TooMany):
    """Asked too often, and of what; `allowance` is what the headers tell."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__("Too many requests", allowance.seconds)
        self.allowance = allowance


@dataclass(slots=True)
class _Counts:
    """Tries in this window and in the one before: two numbers, however many tries."""

    window: int = 0
    now: int = 0
    before: int = 0


class Limiter:
    """Counts for one process. `is_on` is the setting; `timer` the clock."""

    def __init__(self, *, is_on: bool, timer: Callable[[], float] = time.time) -> None:
        self._is_on = is_on
        self._timer = timer
        self._counts: LRUCache[tuple[str, str], _Counts] = LRUCache(_MOST_REMEMBERED)

    def check(self, request: HTTPConnection, kind: str, key: object = None) -> Allowance:
        """Count one try of `kind` by `key`, or by the address it comes from; TooMany beyond."""
        return self.count(kind, address_of(request) if key is None else str(key))

    def count(self, kind: str, key: str) -> Allowance:
        """Count one try of `kind` by `key`; TooMany, with the seconds to wait, beyond its limit."""
        limit, period = LIMITS[kind]
        now = self._timer()
        window, into = int(now // period), now % period
        left = int(period - into) + 1
        if not self._is_on:
            return Allowance(limit, limit, left)
        counts = self._counts.get((kind, key)) or _Counts(window)
        if counts.window != window:
            counts.before = counts.now if counts.window == window - 1 else 0
            counts.window, counts.now = window, 0
        self._counts[kind, key] = counts
        # The window slides: of the one before, only the part that it still covers counts.
        weighed = counts.before * (1 - into / period) + counts.now
        if weighed + 1 > limit:
            raise TooManyOf(Allowance(limit, 0, left))
        counts.now += 1
        return Allowance(limit, int(limit - weighed - 1), left)


def limiter_of(connection: HTTPConnection) -> Limiter:
    """Return the limiter that all doors of this process share."""
    limiter: Limiter = connection.app.state.limiter
    return limiter


def address_of(connection: HTTPConnection) -> str:
    """Return the address somebody comes from; of IPv6 the network, which is what one person has."""
    host = connection.client.host if connection.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class Limited:
    """Counts what apps ask for under /api/, by token or else by address, and says what is left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            told = _count(limiter_of(connection), connection, scope["method"]).headers
        except TooManyOf as many:
            wait = {"Retry-After": str(many.retry_after), **many.allowance.headers}
            answer = JSONResponse({"error": "Too many requests"}, 429, wait)
            await answer(scope, receive, send)
            return

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in told.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_told)


def _count(limiter: Limiter, connection: HTTPConnection, method: str) -> Allowance:
    """Count a request of an app; what is scarcest is told."""
    path = connection.scope["path"].rstrip("/")
    token = connection.headers.get("authorization", "")
    key = token or address_of(connection)
    allowance = limiter.count("token" if token else "stranger", key)
    is_delete = method == "DELETE" or path.endswith("/unreblog")
    is_undoing = is_delete and path.startswith("/api/v1/statuses/")
    dearer = "delete" if is_undoing else _DEARER.get((method, path))
    # Of addresses, not of tokens: an app's own token is had for the asking.
    whose = address_of(connection) if dearer == "sign_up" else key
    return allowance if dearer is None else limiter.count(dearer, whose)
