"""Collections of people in apps (Mastodon 4.6)."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Asker, find_asker, need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.paging import Usual, read_offset
from microfed.mastodon.params import Params, query_params, read_params
from microfed.mastodon.present_accounts import accounts
from microfed.mastodon.present_collections import collection_entities, item_entity
from microfed.operations.people_collections import (
    CollectionWish,
    add_person,
    change_collection,
    drop_collection,
    leave_collection,
    make_collection,
    remove_item,
)
from microfed.operations.tags import need_tag
from microfed.queries.people import need_actor_by_id
from microfed.queries.people_collections import (
    collections_of,
    collections_with,
    need_collection,
    need_own_collection,
)
from microfed.store.collections import PeopleCollection
from microfed.store.database import Tx
from microfed.store.people import Actor

READ, WRITE = "read:collections", "write:collections"
PAGE = Usual(40, 80)


async def make(request: Request) -> Response:
    """Recommend people together."""
    asker, params = await need_asker(request, WRITE), await read_params(request)
    ids = params.ids("account_ids")

    def work(tx: Tx) -> dict[str, Any]:
        me = need_actor_by_id(tx, asker.actor_id)
        people = [need_actor_by_id(tx, id_) for id_ in ids]
        made = make_collection(tx, owner=me, wish=_wish(tx, params), people=people)
        return {"collection": collection_entities(tx, [made])[0]}

    return json_answer(await house_of(request).db.write(work))


async def show(request: Request) -> Response:
    """Show a collection, and everybody in it."""
    me, id_ = await _looker(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        found = need_collection(tx, me, id_)
        shown = collection_entities(tx, [found])[0]
        people = [found.owner_id, *(int(item["account_id"]) for item in shown["items"])]
        faces = accounts(tx, list(dict.fromkeys(people)))
        return {"accounts": [orjson.Fragment(face) for face in faces], "collection": shown}

    return json_answer(await house_of(request).db.read(work))


async def of_someone(request: Request) -> Response:
    """List someone's collections."""
    me, id_ = await _looker(request), parse_id(request.path_params["id"])
    limit, offset = read_offset(query_params(request), PAGE)

    def work(tx: Tx) -> dict[str, Any]:
        need_actor_by_id(tx, id_)
        found = collections_of(tx, me, id_, limit=limit, offset=offset)
        return {"collections": collection_entities(tx, found)}

    return json_answer(await house_of(request).db.read(work))


async def with_someone(request: Request) -> Response:
    """List the collections someone is shown in."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])
    limit, offset = read_offset(query_params(request), PAGE)

    def work(tx: Tx) -> dict[str, Any]:
        need_actor_by_id(tx, id_)
        found = collections_with(tx, asker.actor_id, id_, limit=limit, offset=offset)
        return {"collections": collection_entities(tx, found)}

    return json_answer(await house_of(request).db.read(work))


async def change(request: Request) -> Response:
    """Say something else of a collection."""
    params = await read_params(request)

    def deed(tx: Tx, found: PeopleCollection, me: Actor) -> dict[str, Any]:
        change_collection(tx, found, _wish(tx, params))
        return {"collection": collection_entities(tx, [found])[0]}

    return json_answer(await _own(request, deed))


async def drop(request: Request) -> Response:
    """Let a collection go."""
    await _own(request, lambda tx, found, me: drop_collection(tx, found))
    return empty()


async def add(request: Request) -> Response:
    """Show somebody in it."""
    params = await read_params(request)

    def deed(tx: Tx, found: PeopleCollection, me: Actor) -> dict[str, Any]:
        person = need_actor_by_id(tx, params.id_("account_id") or 0)
        return {"collection_item": item_entity(add_person(tx, found, owner=me, person=person))}

    return json_answer(await _own(request, deed))


async def remove(request: Request) -> Response:
    """Show somebody in it no more."""
    item_id = parse_id(request.path_params["item"])
    await _own(request, lambda tx, found, me: remove_item(tx, found, item_id))
    return empty()


async def leave(request: Request) -> Response:
    """Leave somebody's collection."""
    asker: Asker = await need_asker(request, WRITE)
    id_, item_id = parse_id(request.path_params["id"]), parse_id(request.path_params["item"])

    def work(tx: Tx) -> None:
        found = need_collection(tx, asker.actor_id, id_)
        leave_collection(tx, found, item_id, who=need_actor_by_id(tx, asker.actor_id))

    await house_of(request).db.write(work)
    return empty()


async def _looker(request: Request) -> int | None:
    asker = await find_asker(request)
    if asker is None:
        return None
    asker.need(READ)
    return asker.actor_id


async def _own(request: Request, deed: Callable[[Tx, PeopleCollection, Actor], Any]) -> Any:
    asker, id_ = await need_asker(request, WRITE), parse_id(request.path_params["id"])

    def work(tx: Tx) -> Any:
        found = need_own_collection(tx, asker.actor_id, id_)
        return deed(tx, found, need_actor_by_id(tx, asker.actor_id))

    return await house_of(request).db.write(work)


def _wish(tx: Tx, params: Params) -> CollectionWish:
    tag = params.text("tag_name")
    return CollectionWish(
        name=params.text("name"),
        description=params.text("description"),
        language=params.text("language"),
        tag=need_tag(tx, tag) if tag else None,
        is_sensitive=params.maybe("sensitive"),
        is_discoverable=params.maybe("discoverable"),
    )


_ALL, _ONE = "/api/v1/collections", "/api/v1/collections/{id}"
routes = [
    Route(_ALL, make, methods=["POST"]),
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, change, methods=["PATCH"]),
    Route(_ONE, drop, methods=["DELETE"]),
    Route(f"{_ONE}/items", add, methods=["POST"]),
    Route(_ONE + "/items/{item}", remove, methods=["DELETE"]),
    Route(_ONE + "/items/{item}/revoke", leave, methods=["POST"]),
    # The documentation says the one, apps and the server itself the other.
    Route("/api/v1/accounts/{id}/collections", of_someone),
    Route("/api/v1/accounts/{id}/in_collections", with_someone),
    Route("/api/v1/{id}/collections", of_someone),
    Route("/api/v1/{id}/in_collections", with_someone),
]
