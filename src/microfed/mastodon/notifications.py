"""Notifications one by one, and what a member said of those that come from strangers."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.errors import NotFound
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer, json_bytes
from microfed.mastodon.paging import NOTIFICATIONS, Usual, link_header, read_page
from microfed.mastodon.params import Params, query_params, read_params
from microfed.mastodon.present_notifications import KINDS, TYPES, notifications, requests
from microfed.operations.notifications import (
    accept_requests,
    dismiss,
    refuse_requests,
    set_policy,
)
from microfed.outbound.notify import POLICY
from microfed.queries.notifications import (
    GROUPED,
    Sought,
    conditions_of,
    count_filtered,
    count_unread,
    find_notification,
    find_request,
    notification_policy,
    requests_of,
    seek_notifications,
)
from microfed.queries.people import need_actor_by_id
from microfed.store.database import Tx

READ, WRITE = "read:notifications", "write:notifications"
MOST_UNREAD = 1_000


async def list_(request: Request) -> Response:
    """List notifications, newest first."""
    asker = await need_asker(request, READ)
    params = query_params(request)
    page, sought = read_page(params, NOTIFICATIONS), read_sought(params)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        found = seek_notifications(tx, asker.actor_id, sought, page)
        return orjson.dumps(notifications(tx, asker.viewer, found)), [one.id for one in found]

    house = house_of(request)
    body, keys = await house.db.read(work)
    return json_bytes(body, headers=link_header(request, keys, house.settings.url))


async def show(request: Request) -> Response:
    """Show one notification."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])

    def work(tx: Tx) -> bytes:
        found = find_notification(tx, asker.actor_id, id_)
        known = found is not None and found.kind in TYPES
        shown = notifications(tx, asker.viewer, [found]) if found is not None and known else []
        if not shown:
            raise NotFound("there is no such notification")
        return orjson.dumps(shown[0])

    return json_bytes(await house_of(request).db.read(work))


async def clear(request: Request) -> Response:
    """Be done with all of them."""
    asker = await need_asker(request, WRITE)

    def work(tx: Tx) -> None:
        dismiss(tx, actor=need_actor_by_id(tx, asker.actor_id))

    await house_of(request).db.write(work)
    return empty()


async def dismiss_one(request: Request) -> Response:
    """Be done with one: named in the path, or, as apps did once, in the body."""
    asker = await need_asker(request, WRITE)
    named = request.path_params.get("id") or (await read_params(request)).need("id")
    return await _dismiss(request, asker.actor_id, f"ungrouped-{parse_id(named)}")


async def dismiss_group(request: Request) -> Response:
    """Be done with a group."""
    asker = await need_asker(request, WRITE)
    return await _dismiss(request, asker.actor_id, request.path_params["key"])


async def unread(request: Request) -> Response:
    """Count what came since the member last read."""
    return await _count(request, by_group=False)


async def unread_groups(request: Request) -> Response:
    """Count the groups that came since the member last read."""
    return await _count(request, by_group=True)


async def show_policy(request: Request) -> Response:
    """Show what becomes of notifications from strangers."""
    asker = await need_asker(request, READ)
    return json_answer(await house_of(request).db.read(lambda tx: _policy(tx, asker.actor_id)))


async def change_policy(request: Request) -> Response:
    """Say what becomes of notifications from strangers."""
    asker, params = await need_asker(request, WRITE), await read_params(request)
    wishes = {name: params.need(name) for name in POLICY if name in params}

    def work(tx: Tx) -> dict[str, Any]:
        set_policy(tx, actor=need_actor_by_id(tx, asker.actor_id), wishes=wishes)
        return _policy(tx, asker.actor_id)

    return json_answer(await house_of(request).db.write(work))


async def list_requests(request: Request) -> Response:
    """List the people whose notifications wait apart."""
    asker, page = await need_asker(request, READ), read_page(query_params(request), Usual(40, 80))

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        found = requests_of(tx, asker.actor_id, page)
        shown = requests(tx, asker.viewer, found, count_filtered(tx, asker.actor_id))
        return orjson.dumps(shown), [one.id for one in found]

    house = house_of(request)
    body, keys = await house.db.read(work)
    return json_bytes(body, headers=link_header(request, keys, house.settings.url))


async def show_request(request: Request) -> Response:
    """Show who asks, and how much waits."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])

    def work(tx: Tx) -> bytes:
        found = find_request(tx, asker.actor_id, id_)
        shown = requests(tx, asker.viewer, found, count_filtered(tx, asker.actor_id))
        if not shown:
            raise NotFound("there is no such request")
        return orjson.dumps(shown[0])

    return json_bytes(await house_of(request).db.read(work))


async def merged(request: Request) -> Response:
    """Say whether what was accepted stands among the rest: here it does at once."""
    await need_asker(request, READ)
    return json_answer({"merged": True})


def answering(deed: Callable[..., None], what: str) -> Callable[[Request], Any]:
    """Return an endpoint that answers one request, named in the path, or several by `id[]`."""

    async def endpoint(request: Request) -> Response:
        asker = await need_asker(request, WRITE)
        named = request.path_params.get("id")
        ids = [parse_id(named)] if named else (await read_params(request)).ids("id")

        def work(tx: Tx) -> None:
            deed(tx, actor=need_actor_by_id(tx, asker.actor_id), ids=ids)

        await house_of(request).db.write(work)
        return empty()

    endpoint.__doc__ = what
    return endpoint


def read_sought(params: Params) -> Sought:
    """Return which notifications an app wants: of the types it names, and that it knows."""
    wanted = set(params.texts("types")) or set(KINDS)
    known = set(params.texts("supported_types")) or set(KINDS)
    left = (wanted & known) - set(params.texts("exclude_types"))
    grouped = params.texts("grouped_types") if "grouped_types" in params else None
    return Sought(
        kinds=frozenset(kind for type_ in left for kind in KINDS.get(type_, ())),
        from_id=params.id_("account_id"),
        with_filtered=params.boolean("include_filtered"),
        grouped=GROUPED
        if grouped is None
        else [kind for t in grouped for kind in KINDS.get(t, ())],
    )


async def _dismiss(request: Request, owner_id: int, key: str) -> Response:
    which = conditions_of(key)
    if which is None:
        raise NotFound("there is no such notification")

    def work(tx: Tx) -> None:
        if not dismiss(tx, actor=need_actor_by_id(tx, owner_id), which=which):
            raise NotFound("there is no such notification")

    await house_of(request).db.write(work)
    return empty()


async def _count(request: Request, *, by_group: bool) -> Response:
    asker = await need_asker(request, READ)
    params = query_params(request)
    limit = max(1, min(params.whole("limit", 100) or 100, MOST_UNREAD))
    sought = read_sought(params)
    count = await house_of(request).db.read(
        lambda tx: count_unread(tx, asker.actor_id, sought, limit, by_group=by_group)
    )
    return json_answer({"count": count})


def _policy(tx: Tx, owner_id: int) -> dict[str, Any]:
    waiting = count_filtered(tx, owner_id)
    return {
        **POLICY,
        **notification_policy(tx, owner_id),
        "summary": {
            "pending_requests_count": len(waiting),
            "pending_notifications_count": sum(waiting.values()),
        },
    }


_ALL, _REQUESTS = "/api/v1/notifications", "/api/v1/notifications/requests"
_ACCEPT = answering(accept_requests, "Hear from these people from now on.")
_REFUSE = answering(refuse_requests, "Let go what these people sent.")
routes = [
    Route(_ALL, list_),
    Route(f"{_ALL}/clear", clear, methods=["POST"]),
    Route(f"{_ALL}/dismiss", dismiss_one, methods=["POST"]),
    Route(f"{_ALL}/unread_count", unread),
    Route("/api/v2/notifications/unread_count", unread_groups),
    Route("/api/v2/notifications/policy", show_policy, methods=["GET"]),
    Route("/api/v2/notifications/policy", change_policy, methods=["PATCH"]),
    Route(_REQUESTS, list_requests),
    Route(f"{_REQUESTS}/merged", merged),
    Route(f"{_REQUESTS}/accept", _ACCEPT, methods=["POST"]),
    Route(f"{_REQUESTS}/dismiss", _REFUSE, methods=["POST"]),
    Route(_REQUESTS + "/{id}", show_request),
    Route(_REQUESTS + "/{id}/accept", _ACCEPT, methods=["POST"]),
    Route(_REQUESTS + "/{id}/dismiss", _REFUSE, methods=["POST"]),
    Route(_ALL + "/{id}", show),
    Route(_ALL + "/{id}/dismiss", dismiss_one, methods=["POST"]),
    Route("/api/v2/notifications/{key}/dismiss", dismiss_group, methods=["POST"]),
]
