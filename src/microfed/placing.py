"""What every page knows of the place: held in memory, read anew when its admin changes it."""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from microfed.house import House
from microfed.queries.look import PlaceLook, load_look
from microfed.store.held import Held


class Placing:
    """Puts how the place looks beside each request."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self._app = app
        self._look = Held(house.db, load_look, first=PlaceLook(), topics=("place",))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["look"] = await self._look.get()
        await self._app(scope, receive, send)


def look_of(connection: HTTPConnection) -> PlaceLook:
    """Return how the place looks; what failed before it was known looks as at first."""
    look: PlaceLook = getattr(connection.state, "look", None) or PlaceLook()
    return look
