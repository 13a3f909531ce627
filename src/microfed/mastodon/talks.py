"""Private conversations, and how far a member has read."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer, json_bytes, stamp
from microfed.mastodon.paging import STATUSES, link_header, read_page
from microfed.mastodon.params import query_params, read_params
from microfed.mastodon.present_notifications import conversations
from microfed.mastodon.present_statuses import from_cards
from microfed.mastodon.timelines import answer
from microfed.operations.notifications import TIMELINES, read_until
from microfed.operations.talks import forget_talk, mark_talk
from microfed.queries.cards import Card
from microfed.queries.people import need_actor_by_id
from microfed.queries.talks import markers_of, private_cards, talks_of
from microfed.store.database import Tx
from microfed.store.reading import Marker


async def list_(request: Request) -> Response:
    """List private conversations, newest first."""
    asker = await need_asker(request, "read:statuses")
    page = read_page(query_params(request), STATUSES)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        found = talks_of(tx, asker.actor_id, page)
        shown = orjson.dumps(conversations(tx, asker.viewer, found))
        return shown, [one.last_post_id for one in found]

    house = house_of(request)
    body, keys = await house.db.read(work)
    return json_bytes(body, headers=link_header(request, keys, house.settings.url))


async def forget(request: Request) -> Response:
    """Take a conversation out of the list."""
    asker = await need_asker(request, "write:conversations")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        forget_talk(tx, actor=need_actor_by_id(tx, asker.actor_id), id_=id_)

    await house_of(request).db.write(work)
    return empty()


async def read(request: Request) -> Response:
    """Have read a conversation."""
    return await _mark(request, is_unread=False)


async def unread(request: Request) -> Response:
    """Want to come back to a conversation."""
    return await _mark(request, is_unread=True)


async def direct(request: Request) -> Response:
    """Show what was said in private, word by word, as apps once asked for it."""
    asker = await need_asker(request, "read:statuses")
    page = read_page(query_params(request), STATUSES)

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        cards = private_cards(tx, asker.viewer, page)
        return from_cards(tx, asker.viewer, cards), cards

    return await answer(request, work)


async def markers(request: Request) -> Response:
    """Show how far the member has read."""
    asker = await need_asker(request, "read:statuses")
    wanted = query_params(request).texts("timeline")
    return json_answer(
        await house_of(request).db.read(
            lambda tx: _markers(m for m in markers_of(tx, asker.actor_id) if m.timeline in wanted)
        )
    )


async def set_markers(request: Request) -> Response:
    """Say how far the member has read."""
    asker, params = await need_asker(request, "write:statuses"), await read_params(request)
    said = {name: params.inside(name).id_("last_read_id") for name in TIMELINES}

    def work(tx: Tx) -> dict[str, Any]:
        me = need_actor_by_id(tx, asker.actor_id)
        return _markers(
            read_until(tx, actor=me, timeline=name, last_read_id=id_)
            for name, id_ in said.items()
            if id_ is not None
        )

    return json_answer(await house_of(request).db.write(work))


async def _mark(request: Request, *, is_unread: bool) -> Response:
    asker = await need_asker(request, "write:conversations")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> bytes:
        me = need_actor_by_id(tx, asker.actor_id)
        talk = mark_talk(tx, actor=me, id_=id_, is_unread=is_unread)
        return orjson.dumps(conversations(tx, asker.viewer, [talk])[0])

    return json_bytes(await house_of(request).db.write(work))


def _markers(found: Any) -> dict[str, Any]:
    return {marker.timeline: _marker(marker) for marker in found}


def _marker(marker: Marker) -> dict[str, Any]:
    return {
        "last_read_id": str(marker.last_read_id),
        "version": marker.version,
        "updated_at": stamp(marker.updated_at),
    }


routes = [
    Route("/api/v1/conversations", list_),
    Route("/api/v1/conversations/{id}", forget, methods=["DELETE"]),
    Route("/api/v1/conversations/{id}/read", read, methods=["POST"]),
    Route("/api/v1/conversations/{id}/unread", unread, methods=["POST"]),
    Route("/api/v1/timelines/direct", direct),
    Route("/api/v1/markers", markers, methods=["GET"]),
    Route("/api/v1/markers", set_markers, methods=["POST"]),
]
