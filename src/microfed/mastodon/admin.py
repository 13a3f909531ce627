"""What every address under /api/v1/admin/ begins with: only admins come in."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import Asker, need_asker
from microfed.errors import Forbidden
from microfed.house import house_of
from microfed.mastodon.answers import json_answer
from microfed.mastodon.paging import Usual, link_header, read_page
from microfed.mastodon.params import query_params
from microfed.queries.pages import Page
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.database import Tx

SECOND_STEP = "/settings/second-step"
ADMIN_LIST = Usual(100, 200)


async def need_admin(request: Request, scope: str) -> Asker:
    """Return the admin who asks; organisers and members have no business here."""
    asker = await need_asker(request, scope)
    if asker.role != "admin":
        raise Forbidden("This action is not allowed")
    house, id_ = house_of(request), asker.actor_id
    if not await house.db.read(lambda tx: signs_in_in_two_steps(tx, id_)):
        raise Forbidden(f"Turn on signing in in two steps: {house.settings.url}{SECOND_STEP}")
    return asker


async def listed(
    request: Request,
    scope: str,
    find: Callable[[Tx, Page], list[Any]],
    present: Callable[[Tx, list[Any]], list[dict[str, Any]]],
) -> Response:
    """Answer a page of rows that have an id."""
    await need_admin(request, scope)
    house, page = house_of(request), read_page(query_params(request), ADMIN_LIST)

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        rows = find(tx, page)
        return orjson.dumps(present(tx, rows)), [row.id for row in rows]

    body, keys = await house.db.read_slowly(work)
    headers = link_header(request, keys, house.settings.url)
    return json_answer(orjson.Fragment(body), headers=headers)


def each(one: Callable[[Any], dict[str, Any]]) -> Callable[[Tx, list[Any]], list[dict[str, Any]]]:
    """Return a presenter of lists from a presenter of one."""
    return lambda _tx, rows: [one(row) for row in rows]
