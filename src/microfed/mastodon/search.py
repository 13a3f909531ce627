"""Search: people, posts and hashtags, and whatever lives at an address that is pasted."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Asker, find_asker, need_asker
from microfed.errors import Unauthorized
from microfed.fetching import look_up
from microfed.house import house_of
from microfed.mastodon.answers import array, json_bytes
from microfed.mastodon.paging import SEARCH, read_offset, read_page
from microfed.mastodon.params import Params, invalid, query_params
from microfed.mastodon.present_accounts import accounts
from microfed.mastodon.present_statuses import from_cards, statuses
from microfed.mastodon.present_tags import tag_entities
from microfed.queries.addresses import Found
from microfed.queries.people_lists import find_people
from microfed.queries.search import find_tag_ids, search_cards
from microfed.queries.tags import tags_of
from microfed.store.database import Tx

KINDS = ("accounts", "statuses", "hashtags")
_FOUND = {"person": "accounts", "post": "statuses"}


async def search(request: Request) -> Response:
    """Find people, posts and hashtags."""
    asker = await find_asker(request)
    if asker is not None:
        asker.need("read:search")
    params = query_params(request)
    if asker is None and (params.boolean("resolve") or params.whole("offset")):
        raise Unauthorized("sign in to search other servers, or further than the first page")
    found = await _find(request, asker, params)
    tags = found["hashtags"]
    return _answer(found, orjson.dumps(tags))


async def search_v1(request: Request) -> Response:
    """Find as the first version did: hashtags are names alone."""
    asker = await need_asker(request, "read:search")
    found = await _find(request, asker, query_params(request))
    return _answer(found, orjson.dumps([tag["name"] for tag in found["hashtags"]]))


def _answer(found: dict[str, Any], tags: bytes) -> Response:
    return json_bytes(
        b'{"accounts":%b,"statuses":%b,"hashtags":%b}'
        % (array(found["accounts"]), array(found["statuses"]), tags)
    )


async def _find(request: Request, asker: Asker | None, params: Params) -> dict[str, Any]:
    house = house_of(request)
    words = params.need("q").strip()
    kind = params.text("type")
    if kind is not None and kind not in KINDS:
        raise invalid("type", f"is not one of {', '.join(KINDS)}")
    limit, offset = read_offset(params, SEARCH)
    page, author_id = read_page(params, SEARCH), params.id_("account_id")
    only_followed = params.boolean("following")
    there: Found | None = None
    if offset == 0 and asker is not None and params.boolean("resolve"):
        there = await look_up(house, words)
    viewer, me = (None, None) if asker is None else (asker.viewer, asker.actor_id)

    def work(tx: Tx) -> dict[str, Any]:
        found: dict[str, Any] = {"accounts": [], "statuses": [], "hashtags": []}
        if there is not None:
            key = _FOUND[there.kind]
            if kind in (None, key):
                found[key] = (
                    accounts(tx, [there.id])
                    if there.kind == "person"
                    else statuses(tx, viewer, [there.id])
                )
            return found
        if kind in (None, "accounts"):
            ids = find_people(
                tx, me, words, limit=limit, offset=offset, only_followed=only_followed
            )
            found["accounts"] = accounts(tx, ids)
        if kind in (None, "statuses") and viewer is not None:
            cards = search_cards(tx, viewer, words, page, offset=offset, author_id=author_id)
            found["statuses"] = from_cards(tx, viewer, cards)
        if kind in (None, "hashtags"):
            ids = find_tag_ids(tx, words, limit=limit, offset=offset)
            found["hashtags"] = tag_entities(tx, me, tags_of(tx, ids))
        return found

    return await house.db.read_slowly(work)


routes = [Route("/api/v2/search", search), Route("/api/v1/search", search_v1)]
