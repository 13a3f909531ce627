"""Circles of people, at the addresses that Fedibird gave them: apps that know them find them."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import array, empty, json_answer, json_bytes
from microfed.mastodon.paging import ACCOUNTS, link_header, read_page
from microfed.mastodon.params import query_params, read_params
from microfed.mastodon.present_accounts import accounts
from microfed.operations.circles import (
    drop_circle,
    make_circle,
    put_in_circle,
    rename_circle,
    take_out_of_circle,
)
from microfed.queries.circles import circles_of, inside, need_circle
from microfed.queries.people import need_actor_by_id
from microfed.store.circles import Circle
from microfed.store.database import Tx

READ, WRITE = "read:lists", "write:lists"


def circle_entity(found: Circle) -> dict[str, str]:
    """Return a Circle."""
    return {"id": str(found.id), "title": found.title}


async def list_(request: Request) -> Response:
    """List my circles."""
    asker = await need_asker(request, READ)
    return json_answer(
        await house_of(request).db.read(
            lambda tx: [circle_entity(one) for one in circles_of(tx, asker.actor_id)]
        )
    )


async def with_someone(request: Request) -> Response:
    """List those of my circles that someone is in."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])

    def work(tx: Tx) -> list[dict[str, str]]:
        return [circle_entity(one) for one in circles_of(tx, asker.actor_id, with_actor_id=id_)]

    return json_answer(await house_of(request).db.read(work))


async def make(request: Request) -> Response:
    """Make a circle."""
    asker, title = await need_asker(request, WRITE), (await read_params(request)).need("title")

    def work(tx: Tx) -> dict[str, str]:
        me = need_actor_by_id(tx, asker.actor_id)
        return circle_entity(make_circle(tx, owner=me, title=title))

    return json_answer(await house_of(request).db.write(work))


async def show(request: Request) -> Response:
    """Show one circle."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
    return json_answer(
        await house_of(request).db.read(
            lambda tx: circle_entity(need_circle(tx, asker.actor_id, id_))
        )
    )


async def change(request: Request) -> Response:
    """Give a circle another name."""
    await need_asker(request, WRITE)
    title = (await read_params(request)).need("title")

    def deed(tx: Tx, found: Circle) -> dict[str, str]:
        rename_circle(tx, found, title=title)
        return circle_entity(found)

    return json_answer(await _with_circle(request, deed))


async def drop(request: Request) -> Response:
    """Let a circle go."""
    await _with_circle(request, drop_circle)
    return empty()


async def people(request: Request) -> Response:
    """List who is in a circle; `limit=0` means everybody."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
    params = query_params(request)
    page = None if params.text("limit") == "0" else read_page(params, ACCOUNTS)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        rows = inside(tx, need_circle(tx, asker.actor_id, id_).id, page)
        return array(accounts(tx, [row[1] for row in rows])), [row[0] for row in rows]

    house = house_of(request)
    shown, keys = await house.db.read(work)
    headers = {} if page is None else link_header(request, keys, house.settings.url)
    return json_bytes(shown, headers=headers)


async def add(request: Request) -> Response:
    """Put people into a circle."""
    ids = (await read_params(request)).ids("account_ids")
    await _with_circle(request, lambda tx, found: put_in_circle(tx, found, ids))
    return empty()


async def remove(request: Request) -> Response:
    """Take people out of a circle."""
    ids = (await read_params(request)).ids("account_ids")
    await _with_circle(request, lambda tx, found: take_out_of_circle(tx, found, ids))
    return empty()


async def _with_circle(request: Request, deed: Callable[[Tx, Circle], Any]) -> Any:
    asker, id_ = await need_asker(request, WRITE), parse_id(request.path_params["id"])
    return await house_of(request).db.write(
        lambda tx: deed(tx, need_circle(tx, asker.actor_id, id_))
    )


_ALL, _ONE = "/api/v1/circles", "/api/v1/circles/{id}"
routes = [
    Route(_ALL, list_, methods=["GET"]),
    Route(_ALL, make, methods=["POST"]),
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, change, methods=["PUT"]),
    Route(_ONE, drop, methods=["DELETE"]),
    Route(f"{_ONE}/accounts", people, methods=["GET"]),
    Route(f"{_ONE}/accounts", add, methods=["POST"]),
    Route(f"{_ONE}/accounts", remove, methods=["DELETE"]),
    Route("/api/v1/accounts/{id}/circles", with_someone),
]
