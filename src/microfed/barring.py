"""Keeping out whom the admin keeps out altogether, by the address they come from.

The rules are few: they are held in memory and read anew when one changes.
"""

import ipaddress

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from microfed.clock import now
from microfed.house import House
from microfed.queries.addresses_ruled import Barred, barred_networks
from microfed.store.held import Held


class Barring:
    """Answers 403 to whoever comes from a barred network, whatever they ask."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        nobody: list[Barred] = []
        self._barred = Held(house.db, barred_networks, first=nobody, topics=("addresses",))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "http" and await self._is_barred(HTTPConnection(scope)):
            answer = PlainTextResponse("This place does not answer your network.\n", 403)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _is_barred(self, connection: HTTPConnection) -> bool:
        barred = await self._barred.get()
        if not barred or connection.client is None:
            return False
        try:
            address = ipaddress.ip_address(connection.client.host)
        except ValueError:
            return False
        return any(address in rule.network for rule in barred if rule.holds_at(now()))
