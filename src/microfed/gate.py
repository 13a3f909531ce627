"""The gate: what holds for every request before any door: whose name is called, who is well."""

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from microfed.here import Here
from microfed.settings import is_loopback


class Gate:
    """Lets in requests that mean us; answers /health itself; keeps answers from being misread."""

    def __init__(self, app: ASGIApp, here: Here) -> None:
        self._app = app
        self._here = here
        self._names = {here.host.encode(), here.domain.encode()}
        # A host for media alone: pages and inboxes do not answer to its name.
        self._media_name = urlsplit(here.media_url).netloc.encode() if here.media_url else None
        # A server on this machine alone goes by all names of this machine.
        self._is_private = is_this_machine(here.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if host.lower() not in self._names and not self._may_pass(scope, host.decode("latin-1")):
            # Links in mails and pages are never built from what a stranger calls us.
            answer = PlainTextResponse(f"This place is at {self._here.url}\n", 421)
            await answer(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        await self._app(scope, receive, send_marked)

    def _may_pass(self, scope: Scope, host: str) -> bool:
        """Say whether somebody on this machine asks: of a server here, or how we are."""
        is_probe = scope["type"] == "http" and scope["path"] in ("/health", "/metrics")
        if host.lower().encode("latin-1") == self._media_name:
            return scope["type"] == "http" and str(scope["path"]).startswith("/media/")
        return (self._is_private or is_probe) and is_this_machine(host)


def is_this_machine(host: str) -> bool:
    """Say whether a Host header names this machine, with or without a port."""
    name, colon, port = host.rpartition(":")
    return is_loopback(name if colon and port.isdigit() else host)
