"""Lists of people, and the timelines they make."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import json_answer
from microfed.mastodon.own_people import READ, WRITE, OwnPeople
from microfed.mastodon.paging import STATUSES, read_page
from microfed.mastodon.params import Params, query_params, read_params
from microfed.mastodon.present_statuses import from_cards
from microfed.mastodon.timelines import answer
from microfed.operations.lists import (
    change_list,
    drop_list,
    make_list,
    put_on_list,
    take_off_list,
)
from microfed.queries.cards import Card
from microfed.queries.lists import list_cards, lists_of, need_list, people_on
from microfed.queries.people import need_actor_by_id
from microfed.store.database import Tx
from microfed.store.lists import PeopleList


def list_entity(found: PeopleList) -> dict[str, Any]:
    """Return a List."""
    return {
        "id": str(found.id),
        "title": found.title,
        "replies_policy": found.replies,
        "exclusive": found.is_exclusive,
    }


_LISTS = OwnPeople(
    all_of=lists_of,
    need=need_list,
    inside=people_on,
    entity=list_entity,
    drop=drop_list,
    put=put_on_list,
    take=take_off_list,
)


async def make(request: Request) -> Response:
    """Make a list."""
    asker, params = await need_asker(request, WRITE), await read_params(request)
    title = params.need("title")

    def work(tx: Tx) -> dict[str, Any]:
        me = need_actor_by_id(tx, asker.actor_id)
        return list_entity(make_list(tx, owner=me, title=title, **_said(params)))

    return json_answer(await house_of(request).db.write(work))


async def change(request: Request) -> Response:
    """Change a list."""
    params = await read_params(request)

    def deed(tx: Tx, found: PeopleList) -> dict[str, Any]:
        change_list(tx, found, title=params.text("title"), **_said(params))
        return list_entity(found)

    return json_answer(await _LISTS.change(request, deed))


async def timeline(request: Request) -> Response:
    """Show what those on a list say."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
    page = read_page(query_params(request), STATUSES)

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        found = need_list(tx, asker.actor_id, id_)
        cards = list_cards(tx, asker.viewer, found.id, page)
        return from_cards(tx, asker.viewer, cards), cards

    return await answer(request, work)


def _said(params: Params) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if "replies_policy" in params:
        said["replies"] = params.need("replies_policy")
    if "exclusive" in params:
        said["is_exclusive"] = params.boolean("exclusive")
    return said


_ALL, _ONE = "/api/v1/lists", "/api/v1/lists/{id}"
routes = [
    *_LISTS.routes(_ALL, _ONE, "/api/v1/accounts/{id}/lists"),
    Route(_ALL, make, methods=["POST"]),
    Route(_ONE, change, methods=["PUT"]),
    Route("/api/v1/timelines/list/{id}", timeline),
]
