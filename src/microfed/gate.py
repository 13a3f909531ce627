"""The gate: what holds for every request before any door: whose name is called, who is well."""

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if host.lower() not in self._names and not self._is_probe(scope, host):
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

    def _is_probe(self, scope: Scope, host: bytes) -> bool:
        """Say whether this machine asks how we are."""
        if scope["type"] != "http" or scope["path"] not in ("/health", "/metrics"):
            return False
        return is_loopback(host.decode("latin-1").rpartition(":")[0] or host.decode("latin-1"))
