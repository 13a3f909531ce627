"""Notifications in groups: several people who did the same with one thing are shown once."""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.errors import NotFound
from microfed.house import house_of
from microfed.mastodon.answers import array, json_bytes
from microfed.mastodon.notifications import READ, read_sought
from microfed.mastodon.paging import NOTIFICATIONS, link_header, read_page
from microfed.mastodon.params import query_params
from microfed.mastodon.present_accounts import accounts
from microfed.mastodon.present_notifications import grouped
from microfed.queries.notifications import find_group, people_of_group, seek_groups
from microfed.store.database import Tx


async def list_(request: Request) -> Response:
    """List groups of notifications, newest first."""
    asker = await need_asker(request, READ)
    params = query_params(request)
    page, sought = read_page(params, NOTIFICATIONS), read_sought(params)
    with_partial = params.text("expand_accounts") == "partial_avatars"

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        found = seek_groups(tx, asker.actor_id, sought, page)
        shown = grouped(tx, asker.viewer, found, with_partial=with_partial)
        return orjson.dumps(shown), [one.newest.id for one in found]

    house = house_of(request)
    body, keys = await house.db.read(work)
    return json_bytes(body, headers=link_header(request, keys, house.settings.url))


async def show(request: Request) -> Response:
    """Show one group."""
    asker, key = await need_asker(request, READ), request.path_params["key"]
    sought = read_sought(query_params(request))

    def work(tx: Tx) -> bytes:
        found = find_group(tx, asker.actor_id, key, sought)
        shown = None if found is None else grouped(tx, asker.viewer, [found])
        if shown is None or not shown["notification_groups"]:
            raise NotFound("there is no such group")
        return orjson.dumps(shown)

    return json_bytes(await house_of(request).db.read(work))


async def people(request: Request) -> Response:
    """List everyone a group comes from."""
    asker, key = await need_asker(request, READ), request.path_params["key"]

    def work(tx: Tx) -> bytes:
        found = people_of_group(tx, asker.actor_id, key)
        if not found:
            raise NotFound("there is no such group")
        return array(accounts(tx, found))

    return json_bytes(await house_of(request).db.read(work))


routes = [
    Route("/api/v2/notifications", list_),
    Route("/api/v2/notifications/{key}", show),
    Route("/api/v2/notifications/{key}/accounts", people),
]
