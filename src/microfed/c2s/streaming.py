"""What happens to a member's inbox and outbox, while their clients listen: server-sent events.

Each event is an activity that says what became of the collection: `Add` with the activity that is
new, `Update` with a post as it is now, `Remove` and `Delete` for what is gone (the draft
"Server-Sent Events for the ActivityPub API", interop.md §6.5).
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any

import orjson
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Askers, bearer_of, credential_of_token
from microfed.errors import Forbidden, Unauthorized
from microfed.house import house_of
from microfed.listening import EventStream
from microfed.queries.inboxes import stream_item
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.streams import Event, Present, Topic
from microfed.vocab.terms import AS2

MOST_OPEN = 5
# What one listener is told of again when it is deleted.
MOST_REMEMBERED = 1_000

Endpoint = Callable[[Request], Awaitable[Response]]
Viewers = Collection[Viewer | None]


def present_inbox(tx: Tx, kind: str, id_: int, viewers: Viewers) -> Mapping[Viewer | None, bytes]:
    """Write what reached each viewer's inbox."""
    return _present(tx, "inbox", kind, id_, viewers)


def present_outbox(tx: Tx, kind: str, id_: int, viewers: Viewers) -> Mapping[Viewer | None, bytes]:
    """Write what each viewer did."""
    return _present(tx, "outbox", kind, id_, viewers)


def _present(tx: Tx, box: str, kind: str, id_: int, viewers: Viewers) -> dict[Viewer | None, bytes]:
    if kind == "delete":
        return dict.fromkeys(viewers, b"")
    written: dict[Viewer | None, bytes] = {}
    for viewer in viewers:
        item = None if viewer is None else stream_item(tx, viewer, box, kind, id_)
        if item is not None:
            written[viewer] = orjson.dumps({"place": item[0], "what": item[1]})
    return written


class _Teller:
    """Turns the events of one stream into frames, and remembers what it told."""

    def __init__(self, collection: str) -> None:
        self._collection = collection
        self._told: LRUCache[int, dict[str, Any]] = LRUCache(MOST_REMEMBERED)

    def frames(self, event: Event) -> Iterable[bytes]:
        """Return what the client is told of one event."""
        if event.kind == "delete":
            known = self._told.pop(event.id, None)
            if known is not None:
                yield _frame("Remove", object=known.get("id"), target=self._collection)
                if isinstance(known.get("object"), dict):
                    yield _frame("Delete", object=known["object"]["id"])
            return
        told = orjson.loads(event.payload)
        place, activity = told["place"], told["what"]
        if event.kind == "edit":
            yield _frame("Update", object=activity.get("object", activity))
        elif place not in self._told:  # at home and by name: told once
            self._told[place] = activity
            yield _frame("Add", object=activity, target=self._collection)


def stream_of(box: str, present: Present, *names: str) -> Endpoint:
    """Return the endpoint that tells what happens to one of a member's two boxes."""

    async def endpoint(request: Request) -> Response:
        token = bearer_of(request) or request.query_params.get("access_token")
        if not token:
            raise Unauthorized("The access token is invalid")
        askers: Askers = request.app.state.askers
        asker = await askers.asker(token)
        asker.need("read")
        if asker.username != request.path_params["name"].lower():
            raise Forbidden("this is for its owner alone")
        opened = house_of(request).streams.open(
            asker.viewer,
            present=present,
            credential=credential_of_token(token),
            at_most=MOST_OPEN,
        )
        topics = [Topic(name, asker.actor_id if name == "person" else "") for name in names]
        return EventStream(opened, topics, _Teller(f"{asker.actor_uri}/{box}").frames)

    return endpoint


def _frame(kind: str, **more: Any) -> bytes:
    # No name: EventSource gives it to `onmessage`.
    return b"data: %b\n\n" % orjson.dumps({"@context": AS2, "type": kind, **more})


_ME = "/users/{name}"
routes = [
    Route(
        f"{_ME}/inbox/stream",
        stream_of("inbox", present_inbox, "home", "talks", "notification", "inbox"),
    ),
    Route(f"{_ME}/outbox/stream", stream_of("outbox", present_outbox, "person", "outbox")),
]
