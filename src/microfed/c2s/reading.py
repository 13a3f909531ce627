"""What only a member's own clients may read: the inbox, who waits, who is blocked."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Asker, need_asker
from microfed.errors import Forbidden, Malformed
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.outbound.circles import circle_uri
from microfed.outbound.render import (
    OWN_COLLECTIONS,
    card,
    collection,
    collection_page,
    streamed,
)
from microfed.queries.circles import addresses_in, circles_of, need_circle
from microfed.queries.collections import (
    PAGE,
    DonePage,
    blocks_page,
    count_own,
    pending_followers_page,
    pending_following_page,
)
from microfed.queries.inboxes import count_inbox, inbox_page, need_arrived
from microfed.queries.people import need_local, people_by_id
from microfed.queries.people_lists import find_people
from microfed.store.database import Tx
from microfed.vocab.terms import ACTIVITY_JSON, POST_CONTEXT

Endpoint = Callable[[Request], Awaitable[Response]]
MOST_GUESSES = 10
_PAGES: dict[str, Callable[..., DonePage]] = {
    "pendingFollowers": pending_followers_page,
    "pendingFollowing": pending_following_page,
    "blocks": blocks_page,
    "blocked": blocks_page,
}


async def need_owner(request: Request, scope: str = "read") -> Asker:
    """Return the member whose things these are; Forbidden for everyone else."""
    asker = await need_asker(request, scope)
    if asker.username != request.path_params["name"].lower():
        raise Forbidden("this is for its owner alone")
    return asker


async def get_inbox(request: Request) -> Response:
    """What reached the member: activities as they came, posts as what brought them."""
    await need_owner(request)
    before, is_page = _page_asked(request)

    def work(tx: Tx) -> dict[str, Any]:
        owner = need_local(tx, request.path_params["name"])
        uri = f"{owner.uri}/inbox"
        if not is_page:
            head = collection(uri, total=count_inbox(tx, owner), first=f"{uri}?page=true")
            return streamed(head)
        found = inbox_page(tx, owner, before=before, limit=PAGE)
        return collection_page(
            _address(uri, before),
            part_of=uri,
            items=[item for _, item in found],
            next_=_address(uri, found[-1][0]) if len(found) == PAGE else None,
            context=POST_CONTEXT,
        )

    return _private(await house_of(request).db.read(work))


async def get_inbox_item(request: Request) -> Response:
    """One thing that reached the member."""
    await need_owner(request)
    id_ = parse_id(str(request.path_params["id"]))

    def work(tx: Tx) -> dict[str, Any]:
        return need_arrived(tx, need_local(tx, request.path_params["name"]), id_)

    return _private(await house_of(request).db.read(work))


def own(what: str) -> Endpoint:
    """Return the endpoint of a collection that only its owner may read."""
    page_of = _PAGES[what]

    async def endpoint(request: Request) -> Response:
        await need_owner(request)
        before, is_page = _page_asked(request)

        def work(tx: Tx) -> dict[str, Any]:
            owner = need_local(tx, request.path_params["name"])
            uri = f"{owner.uri}/{what}"
            if not is_page:
                return collection(uri, total=count_own(tx, owner)[what], first=f"{uri}?page=true")
            page = page_of(tx, owner, before=before)
            items: list[Any] = page.activities
            if what == "blocked":  # the people; `blocks` holds the activities (FEP-c648)
                items = [item["object"] for item in items]
            return collection_page(
                _address(uri, before),
                part_of=uri,
                items=items,
                next_=None if page.next_before is None else _address(uri, page.next_before),
            )

        return _private(await house_of(request).db.read(work))

    return endpoint


async def get_circles(request: Request) -> Response:
    """The member's circles, by the ids that their own programs address them with."""
    await need_owner(request)

    def work(tx: Tx) -> dict[str, Any]:
        owner = need_local(tx, request.path_params["name"])
        found = circles_of(tx, owner.id)
        items = [
            {"id": circle_uri(owner, one.id), "type": "Collection", "name": one.title}
            for one in found
        ]
        head = collection(f"{owner.uri}/circles", total=len(found), kind="Collection")
        return {**head, "items": items}

    return _private(await house_of(request).db.read(work))


async def get_circle(request: Request) -> Response:
    """Who is in one of the member's circles."""
    await need_owner(request)
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        owner = need_local(tx, request.path_params["name"])
        found, people = need_circle(tx, owner.id, id_), addresses_in(tx, id_)
        head = collection(circle_uri(owner, id_), total=len(people), kind="Collection")
        return {**head, "name": found.title, "items": people}

    return _private(await house_of(request).db.read(work))


def _page_asked(request: Request) -> tuple[int | None, bool]:
    before = request.query_params.get("before")
    return None if before is None else parse_id(before), "page" in request.query_params


def _address(uri: str, before: int | None) -> str:
    return f"{uri}?page=true" if before is None else f"{uri}?page=true&before={before}"


def _private(document: dict[str, Any]) -> Response:
    headers = {"Content-Type": f"{ACTIVITY_JSON}; charset=utf-8", "Cache-Control": "no-store"}
    return Response(orjson.dumps(document), headers=headers)


async def autocomplete(request: Request) -> Response:
    """Who could be meant by what was typed so far: known people, those one follows first."""
    asker = await need_asker(request, "read")
    typed = request.query_params.get("q", "").strip()[:200]
    if not typed.lstrip("@"):
        raise Malformed("whom do you look for? Send ?q=…")

    def work(tx: Tx) -> dict[str, Any]:
        found = people_by_id(tx, find_people(tx, asker.actor_id, typed, limit=MOST_GUESSES))
        head = collection(
            f"{tx.here.url}/autocomplete?{urlencode({'q': typed})}",
            total=len(found),
            kind="Collection",
        )
        return {**head, "items": [card(actor, tx.here.domain) for actor in found]}

    return _private(await house_of(request).db.read_slowly(work))


_ME = "/users/{name}"
routes = [
    Route(f"{_ME}/inbox", get_inbox, methods=["GET"]),
    Route(f"{_ME}/inbox/{{id:int}}", get_inbox_item, methods=["GET"]),
    Route(f"{_ME}/circles", get_circles, methods=["GET"]),
    Route(f"{_ME}/circles/{{id}}", get_circle, methods=["GET"]),
    *(Route(f"{_ME}/{what}", own(what), methods=["GET"]) for what in OWN_COLLECTIONS),
    Route("/autocomplete", autocomplete, methods=["GET"]),
]
