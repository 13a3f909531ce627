"""Keeping out whom the admin keeps out altogether, by the address they come from.

The rules are few: they are held in memory and read anew when one changes.
"""

import ipaddress
from typing import Any

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from microfed.clock import now
from microfed.house import House
from microfed.queries.addresses_ruled import Barred, barred_networks


class Barring:
    """Answers 403 to whoever comes from a barred network, whatever they ask."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house
        self._barred: list[Barred] | None = None
        for topic in ("addresses", "elsewhere"):
            house.db.news.listen(topic, self._forget)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "http" and await self._is_barred(HTTPConnection(scope)):
            answer = PlainTextResponse("This place does not answer your network.\n", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _is_barred(self, connection: HTTPConnection) -> bool:
        barred = self._barred
        if barred is None:
            barred = self._barred = await self._house.db.read(barred_networks)
        if not barred or connection.client is None:
            return False
        try:
            address = ipaddress.ip_address(connection.client.host)
        except ValueError:
            return False
        return any(address in rule.network for rule in barred if rule.holds_at(now()))

    def _forget(self, _: Any) -> None:
        self._barred = None
