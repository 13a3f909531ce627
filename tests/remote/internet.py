"""Other servers, reduced to what they answer at which address."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from microfed.remote.fetch import Document, fetch_document
from microfed.remote.http import Web
from microfed.remote.signatures import Scheme, Signer
from tests.remote.signatures.senders import RSA_PRIVATE

SIGNER = Signer("https://m.example/actor#main-key", RSA_PRIVATE)
AP = "application/activity+json"
PROFILE = "https://www.w3.org/ns/activitystreams"
BOB = "https://r.example/users/bob"


class Internet:
    """Other servers by address. What is not told is 404."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
        self.requests: list[httpx.Request] = []
        self.web = Web(url="https://m.example", transport=httpx.MockTransport(self._answer))

    def put(self, url: str, data: Any, *, kind: str = AP, status: int = 200, **more: str) -> None:
        body = data if isinstance(data, bytes) else orjson.dumps(data)
        headers = {"Content-Type": kind, **more}
        self.pages[url] = lambda _: httpx.Response(status, headers=headers, content=body)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        page = self.pages.get(str(request.url))
        return page(request) if page else httpx.Response(404)

    @property
    def urls(self) -> list[str]:
        return [str(request.url) for request in self.requests]

    async def fetch(self, uri: str, schemes: dict[str, Scheme] | None = None) -> Document:
        return await fetch_document(self.web, uri, sign=SIGNER, schemes=schemes)
