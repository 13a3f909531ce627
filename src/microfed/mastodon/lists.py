"""Lists of people, and the timelines they make."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import array, empty, json_answer, json_bytes
from microfed.mastodon.paging import ACCOUNTS, STATUSES, link_header, read_page
from microfed.mastodon.params import Params, query_params, read_params
from microfed.mastodon.present_accounts import accounts
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

READ, WRITE = "read:lists", "write:lists"


def list_entity(found: PeopleList) -> dict[str, Any]:
    """Return a List."""
    return {
        "id": str(found.id),
        "title": found.title,
        "replies_policy": found.replies,
        "exclusive": found.is_exclusive,
    }


async def list_(request: Request) -> Response:
    """List my lists."""
    asker = await need_asker(request, READ)
    return json_answer(
        await house_of(request).db.read(
            lambda tx: [list_entity(one) for one in lists_of(tx, asker.actor_id)]
        )
    )


async def with_someone(request: Request) -> Response:
    """List those of my lists that someone is on."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
    return json_answer(
        await house_of(request).db.read(
            lambda tx: [list_entity(one) for one in lists_of(tx, asker.actor_id, with_actor_id=id_)]
        )
    )


async def make(request: Request) -> Response:
    """Make a list."""
    asker, params = await need_asker(request, WRITE), await read_params(request)
    title = params.need("title")

    def work(tx: Tx) -> dict[str, Any]:
        me = need_actor_by_id(tx, asker.actor_id)
        return list_entity(make_list(tx, owner=me, title=title, **_said(params)))

    return json_answer(await house_of(request).db.write(work))


async def show(request: Request) -> Response:
    """Show one list."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
    return json_answer(
        await house_of(request).db.read(lambda tx: list_entity(need_list(tx, asker.actor_id, id_)))
    )


async def change(request: Request) -> Response:
    """Change a list."""
    params = await read_params(request)

    def deed(tx: Tx, found: PeopleList) -> dict[str, Any]:
        change_list(tx, found, title=params.text("title"), **_said(params))
        return list_entity(found)

    return json_answer(await _with_list(request, deed))


async def drop(request: Request) -> Response:
    """Let a list go."""
    await _with_list(request, drop_list)
    return empty()


async def people(request: Request) -> Response:
    """List who is on a list; `limit=0` means everybody."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
    params = query_params(request)
    page = None if params.text("limit") == "0" else read_page(params, ACCOUNTS)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        rows = people_on(tx, need_list(tx, asker.actor_id, id_).id, page)
        return array(accounts(tx, [row[1] for row in rows])), [row[0] for row in rows]

    house = house_of(request)
    shown, keys = await house.db.read(work)
    headers = {} if page is None else link_header(request, keys, house.settings.url)
    return json_bytes(shown, headers=headers)


async def add(request: Request) -> Response:
    """Put people on a list."""
    ids = (await read_params(request)).ids("account_ids")
    await _with_list(request, lambda tx, found: put_on_list(tx, found, ids))
    return empty()


async def remove(request: Request) -> Response:
    """Take people off a list."""
    ids = (await read_params(request)).ids("account_ids")
    await _with_list(request, lambda tx, found: take_off_list(tx, found, ids))
    return empty()


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


async def _with_list(request: Request, deed: Callable[[Tx, PeopleList], Any]) -> Any:
    asker, id_ = await need_asker(request, WRITE), parse_id(request.path_params["id"])
    return await house_of(request).db.write(lambda tx: deed(tx, need_list(tx, asker.actor_id, id_)))


_ALL, _ONE = "/api/v1/lists", "/api/v1/lists/{id}"
routes = [
    Route(_ALL, list_, methods=["GET"]),
    Route(_ALL, make, methods=["POST"]),
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, change, methods=["PUT"]),
    Route(_ONE, drop, methods=["DELETE"]),
    Route(f"{_ONE}/accounts", people, methods=["GET"]),
    Route(f"{_ONE}/accounts", add, methods=["POST"]),
    Route(f"{_ONE}/accounts", remove, methods=["DELETE"]),
    Route("/api/v1/accounts/{id}/lists", with_someone),
    Route("/api/v1/timelines/list/{id}", timeline),
]
