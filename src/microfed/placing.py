"""What every page knows of the place: held in memory, read anew when its admin changes it."""

from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from microfed.house import House
from microfed.queries.look import PlaceLook, load_look


class Placing:
    """Puts how the place looks beside each request."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._house = house
        self._look: PlaceLook | None = None
        for topic in ("place", "elsewhere"):
            house.db.news.listen(topic, self._forget)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "http":
            look = self._look
            if look is None:
                look = self._look = await self._house.db.read(load_look)
            scope.setdefault("state", {})["look"] = look
        await self._app(scope, receive, send)

    def _forget(self, _: Any) -> None:
        self._look = None


def look_of(connection: HTTPConnection) -> PlaceLook:
    """Return how the place looks; what failed before it was known looks as at first."""
    look: PlaceLook = getattr(connection.state, "look", None) or PlaceLook()
    return look
