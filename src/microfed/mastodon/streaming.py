"""Apps that listen: a socket on which they subscribe to several streams, or one stream by SSE."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

import orjson
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from microfed.asking import Asker, Askers, bearer_of, credential_of_token
from microfed.errors import Malformed, Refused, TryLater, Unauthorized
from microfed.house import house_of
from microfed.listening import FAREWELL_SECONDS, EventStream, first_of, frame
from microfed.mastodon.answers import json_answer, refusal, status_of
from microfed.mastodon.present_events import NAMES, write_event
from microfed.mastodon.stream_names import NAMED, Stream, stream_named
from microfed.streams import Event, Reader
from microfed.wire import safe_json

# What one person's apps may have open at once, and what they may want on one of them.
MOST_OPEN = 5
MOST_STREAMS = 50
_GOODBYE = 1000
_NOT_ALLOWED = 1008

Endpoint = Callable[[Request], Awaitable[Response]]


async def health(_request: Request) -> Response:
    """Say that there is somebody to listen to."""
    return PlainTextResponse("OK")


def stream_of(name: str | None = None) -> Endpoint:
    """Return the endpoint that tells one stream: `name`, or the one asked for by `?stream=`."""

    async def endpoint(request: Request) -> Response:
        asker, token = await _who_listens(request)
        wanted = name or request.query_params.get("stream", "")
        is_for_media = request.query_params.get("only_media") in ("true", "1")
        if is_for_media and f"{wanted}:media" in NAMED:
            wanted += ":media"
        try:
            stream = stream_named(wanted, request.query_params, asker)
        except Malformed as unknown:
            said = str(unknown) if "tag" in str(unknown) else "Unknown channel requested"
            return json_answer({"error": said}, 400)
        return EventStream(_opened(request, asker, token), stream.topics, _frames)

    return endpoint


async def socket(websocket: WebSocket) -> None:
    """Tell an app what it subscribes to, for as long as it stays."""
    with contextlib.ExitStack() as leaving:
        try:
            asker, token = await _who_listens(websocket)
            first = websocket.query_params.get("stream")
            streams = [stream_named(first, websocket.query_params, asker)] if first else []
            reader = leaving.enter_context(_opened(websocket, asker, token))
        except (Refused, TryLater) as error:
            await websocket.send_denial_response(refusal(status_of(error), str(error), error))
            return
        offered = websocket.scope["subprotocols"]
        # A browser hangs up unless the word it offered, which is the token, is said back to it.
        await websocket.accept(token if token in offered else None)
        line = _Line(websocket, asker, reader, {stream.name: stream for stream in streams})
        with contextlib.suppress(WebSocketDisconnect):
            await first_of(line.hear(), line.tell(), reader.end())
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(FAREWELL_SECONDS):
            await websocket.close(_NOT_ALLOWED if reader.is_cut else _GOODBYE)


class _Line:
    """One socket, and what it has subscribed to."""

    def __init__(
        self,
        websocket: WebSocket,
        asker: Asker,
        reader: Reader,
        streams: dict[tuple[str, ...], Stream],
    ) -> None:
        self._websocket = websocket
        self._asker = asker
        self._reader = reader
        self._streams = streams
        self._want()

    def _want(self) -> None:
        wanted = (stream.topics for stream in self._streams.values())
        self._reader.topics = set().union(*wanted)

    async def hear(self) -> None:
        """Do what the app says, for as long as it is there."""
        while True:
            said = await self._websocket.receive_text()
            try:
                self._do(said)
            except (Refused, KeyError) as error:
                status = status_of(error) if isinstance(error, Refused) else 400
                await self._websocket.send_text(
                    orjson.dumps({"error": str(error), "status": status}).decode()
                )

    def _do(self, said: str) -> None:
        wish = safe_json(said.encode())
        if not isinstance(wish, dict):
            raise Malformed("Unknown message")
        name = wish.get("stream")
        stream = stream_named(name if isinstance(name, str) else "", wish, self._asker)
        match wish.get("type"):
            case "subscribe":
                if len(self._streams) >= MOST_STREAMS:
                    raise Malformed("Too many streams on one socket")
                self._streams[stream.name] = stream
            case "unsubscribe":
                self._streams.pop(stream.name, None)
            case _:
                raise Malformed("Unknown message type")
        self._want()

    async def tell(self) -> None:
        """Pass on what happens, once for each stream it belongs to."""
        while True:
            event = await self._reader.next()
            if event is None:
                return
            for stream in list(self._streams.values()):
                if not stream.topics.isdisjoint(event.topics):
                    await self._websocket.send_text(_message(stream, event))


def _message(stream: Stream, event: Event) -> str:
    told: dict[str, Any] = {"stream": stream.name, "event": NAMES[event.kind]}
    if event.payload:
        told["payload"] = event.payload.decode()
    return orjson.dumps(told).decode()


def _frames(event: Event) -> Iterable[bytes]:
    # Old apps read a frame only when it has data.
    return (frame(NAMES[event.kind], event.payload or b"undefined"),)


def _opened(connection: HTTPConnection, asker: Asker, token: str) -> AbstractContextManager[Reader]:
    return house_of(connection).streams.open(
        asker.viewer,
        present=write_event,
        credential=credential_of_token(token),
        at_most=MOST_OPEN,
    )


async def _who_listens(connection: HTTPConnection) -> tuple[Asker, str]:
    """Return who listens, and with which token: a browser cannot send a header with a socket."""
    token = bearer_of(connection) or connection.query_params.get("access_token")
    if token is None and connection.scope["type"] == "websocket":
        token = next(iter(connection.scope["subprotocols"]), None)
    if not token:
        raise Unauthorized("Missing access token")
    askers: Askers = connection.app.state.askers
    return await askers.asker(token), token


_AREA = "/api/v1/streaming"
_NAMES = {
    "user": "user",
    "user/notification": "user:notification",
    "public": "public",
    "public/media": "public:media",
    "public/local": "public:local",
    "public/local/media": "public:local:media",
    "public/remote": "public:remote",
    "public/remote/media": "public:remote:media",
    "hashtag": "hashtag",
    "hashtag/local": "hashtag:local",
    "list": "list",
    "direct": "direct",
}
routes = [
    Route(_AREA, stream_of()),
    Route(f"{_AREA}/health", health),
    *(Route(f"{_AREA}/{path}", stream_of(name)) for path, name in _NAMES.items()),
]
sockets = [WebSocketRoute(_AREA, socket), WebSocketRoute(f"{_AREA}/", socket)]
