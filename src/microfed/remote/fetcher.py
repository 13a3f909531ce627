"""Asking politely: each document once at a time, and not again soon where there was none."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from cachetools import LRUCache, TLRUCache, TTLCache

from microfed.errors import Refused, TryLater
from microfed.remote.fetch import (
    Document,
    Schemes,
    fetch_data,
    fetch_document,
    fetch_json,
    fetch_webfinger,
)
from microfed.remote.http import Web
from microfed.remote.signatures import Signer

# Someone who signs with a key that cannot be fetched makes us try twice in this time, no more.
_REFUSED_SECONDS = 600.0
_FIRST_FAILURE_SECONDS = 30.0
_MOST_REMEMBERED = 10_000
# Servers learn new dialects: after thirty days the usual one is tried again.
_SCHEME_SECONDS = 30 * 86_400.0

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class _Failure:
    error: Refused | TryLater
    seconds: float


class Fetcher:
    """The fetches of one server. `signer` gives the instance actor's key, which signs by default.

    `schemes` remembers, by host, which dialect of signatures was understood; a caller may hand in
    one that outlives the process.
    """

    def __init__(
        self,
        web: Web,
        signer: Callable[[], Awaitable[Signer]],
        *,
        schemes: Schemes | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.web = web
        self._signer = signer
        kept: Schemes = TTLCache(_MOST_REMEMBERED, ttl=_SCHEME_SECONDS, timer=timer)
        self._schemes: Schemes = kept if schemes is None else schemes
        self._under_way: dict[Key, asyncio.Task[Any]] = {}
        self._failures: TLRUCache[Key, _Failure] = TLRUCache(
            _MOST_REMEMBERED, ttu=lambda _, failure, now: now + failure.seconds, timer=timer
        )
        # Longer than the failures themselves, so that a second failure is known to be one.
        self._failed_before: LRUCache[Key, bool] = LRUCache(_MOST_REMEMBERED)

    async def document(self, uri: str, *, sign: Signer | None = None) -> Document:
        """Fetch a document, signed by the instance actor or by `sign`. Raises like the last time.

        A refusal is remembered for 10 minutes, a failure of the network for 30 seconds at first.
        """
        who = sign.key_id if sign is not None else ""
        url = urldefrag(uri).url
        found: Document = await self._once((who, url), lambda: self._document(url, sign))
        return found

    async def anonymous(self, url: str) -> dict[str, Any]:
        """Fetch a document that has another id than its address, as lists made for us have."""
        signer = await self._signer()
        return await fetch_data(self.web, url, sign=signer, schemes=self._schemes)

    async def webfinger(self, acct: str) -> dict[str, Any]:
        """Ask who `name@host` is, with the same memory."""
        found: dict[str, Any] = await self._once(
            ("acct", acct.lower()), lambda: fetch_webfinger(self.web, acct)
        )
        return found

    async def json(self, url: str) -> dict[str, Any]:
        """Fetch plain JSON about an app, with the same memory."""
        found: dict[str, Any] = await self._once(("json", url), lambda: fetch_json(self.web, url))
        return found

    def forget(self, uri: str) -> None:
        """Let `uri` be tried again at once, because its server was just heard from."""
        self._failures.pop(("", urldefrag(uri).url), None)

    async def _document(self, uri: str, sign: Signer | None) -> Document:
        signer = sign or await self._signer()
        return await fetch_document(self.web, uri, sign=signer, schemes=self._schemes)

    async def _once(self, key: Key, fetch: Callable[[], Awaitable[Any]]) -> Any:
        failure = self._failures.get(key)
        if failure is not None:
            raise failure.error.with_traceback(None)
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._remembering(key, fetch))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        # Shielded: one impatient caller must not take the answer away from the others.
        return await asyncio.shield(task)

    async def _remembering(self, key: Key, fetch: Callable[[], Awaitable[Any]]) -> Any:
        try:
            found = await fetch()
        except Refused as error:
            self._failures[key] = _Failure(error, _REFUSED_SECONDS)
            raise
        except TryLater as error:
            again = self._failed_before.get(key, False)
            self._failed_before[key] = True
            seconds = _REFUSED_SECONDS if again else _FIRST_FAILURE_SECONDS
            self._failures[key] = _Failure(error, seconds)
            raise
        self._failed_before.pop(key, None)
        return found

    def _finished(self, key: Key, task: asyncio.Task[Any]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # looked at, so that nobody is told it never was
