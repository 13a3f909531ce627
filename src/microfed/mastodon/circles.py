"""Circles of people, at the addresses that Fedibird gave them: apps that know them find them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.mastodon.answers import json_answer
from microfed.mastodon.own_people import WRITE, OwnPeople
from microfed.mastodon.params import read_params
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


def circle_entity(found: Circle) -> dict[str, str]:
    """Return a Circle."""
    return {"id": str(found.id), "title": found.title}


_CIRCLES = OwnPeople(
    all_of=circles_of,
    need=need_circle,
    inside=inside,
    entity=circle_entity,
    drop=drop_circle,
    put=put_in_circle,
    take=take_out_of_circle,
)


async def make(request: Request) -> Response:
    """Make a circle."""
    asker, title = await need_asker(request, WRITE), (await read_params(request)).need("title")

    def work(tx: Tx) -> dict[str, str]:
        me = need_actor_by_id(tx, asker.actor_id)
        return circle_entity(make_circle(tx, owner=me, title=title))

    return json_answer(await house_of(request).db.write(work))


async def change(request: Request) -> Response:
    """Give a circle another name."""
    await need_asker(request, WRITE)
    title = (await read_params(request)).need("title")

    def deed(tx: Tx, found: Circle) -> dict[str, str]:
        rename_circle(tx, found, title=title)
        return circle_entity(found)

    return json_answer(await _CIRCLES.change(request, deed))


_ALL, _ONE = "/api/v1/circles", "/api/v1/circles/{id}"
routes = [
    *_CIRCLES.routes(_ALL, _ONE, "/api/v1/accounts/{id}/circles"),
    Route(_ALL, make, methods=["POST"]),
    Route(_ONE, change, methods=["PUT"]),
]
