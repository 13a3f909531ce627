"""A page of people, with the way to the pages beside it."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.mastodon.answers import array, json_bytes
from microfed.mastodon.paging import link_header
from microfed.mastodon.present_accounts import accounts
from microfed.store.database import Tx


async def people_page(
    request: Request, find: Callable[[Tx], Sequence[Any]], *, is_all: bool = False
) -> Response:
    """Answer with the people that `find` returns as (place, actor id); all there are, or a page."""

    def work(tx: Tx) -> tuple[bytes, list[int]]:
        rows = find(tx)
        return array(accounts(tx, [row[1] for row in rows])), [row[0] for row in rows]

    house = house_of(request)
    shown, keys = await house.db.read(work)
    headers = {} if is_all else link_header(request, keys, house.settings.url)
    return json_bytes(shown, headers=headers)
