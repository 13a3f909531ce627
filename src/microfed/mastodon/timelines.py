"""Timelines: what those I follow say, what everyone here and elsewhere says, by tag, by link."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import find_asker, need_asker
from microfed.errors import Forbidden
from microfed.house import house_of
from microfed.mastodon.answers import array, json_bytes
from microfed.mastodon.paging import STATUSES, link_header, read_page
from microfed.mastodon.params import Params, query_params
from microfed.mastodon.present_statuses import from_cards
from microfed.queries.cards import KEY, Card, home_cards, public_cards, ring_cards
from microfed.queries.tagged import linked_cards, tagged_cards
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx

MOST_TAGS = 8


async def home(request: Request) -> Response:
    """Show what those I follow say."""
    asker = await need_asker(request, "read:statuses")
    page = read_page(query_params(request), STATUSES)

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        cards = home_cards(tx, asker.viewer, page)
        return from_cards(tx, asker.viewer, cards), cards

    return await answer(request, work)


async def ring(request: Request) -> Response:
    """Show what is said here and in allied places (Akkoma calls it the bubble)."""
    asker = await need_asker(request, "read:statuses")
    page = read_page(query_params(request), STATUSES)

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        cards = ring_cards(tx, asker.viewer, page)
        return from_cards(tx, asker.viewer, cards), cards

    return await answer(request, work)


async def public(request: Request) -> Response:
    """Show what is said to everyone."""
    viewer = await reader(request)
    params = query_params(request)
    page, is_local = read_page(params, STATUSES), from_where(params)
    only_media = params.boolean("only_media")

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        cards = public_cards(tx, viewer, page, is_local=is_local, only_media=only_media)
        return from_cards(tx, viewer, cards), cards

    return await answer(request, work)


async def tag(request: Request) -> Response:
    """Show what carries a hashtag."""
    viewer = await reader(request)
    params = query_params(request)
    page, is_local = read_page(params, STATUSES), from_where(params)

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        cards = tagged_cards(
            tx,
            viewer,
            page,
            any_of=[request.path_params["name"], *params.texts("any", MOST_TAGS)],
            all_of=params.texts("all", MOST_TAGS),
            none_of=params.texts("none", MOST_TAGS),
            is_local=is_local,
            only_media=params.boolean("only_media"),
        )
        return from_cards(tx, viewer, cards), cards

    return await answer(request, work)


async def link(request: Request) -> Response:
    """Show what leads to an address on the web."""
    viewer = await reader(request)
    params = query_params(request)
    page, url = read_page(params, STATUSES), params.need("url")

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        cards = linked_cards(tx, viewer, page, url=url)
        return from_cards(tx, viewer, cards), cards

    return await answer(request, work)


async def answer(request: Request, work: Any) -> Response:
    """Answer a page of statuses: `work(tx)` returns what is shown, and its cards."""
    house = house_of(request)
    shown, cards = await house.db.read(work)
    keys = [card[KEY] for card in cards]
    return json_bytes(array(shown), headers=link_header(request, keys, house.settings.url))


async def reader(request: Request, scope: str = "read:statuses") -> Viewer | None:
    """Return who reads what anyone may read; a token that may not read is refused all the same."""
    asker = await find_asker(request)
    if asker is None:
        return None
    asker.need(scope)
    return asker.viewer


def from_where(params: Params) -> bool | None:
    """Return whether only posts from here (True) or from elsewhere (False) are wanted."""
    if params.boolean("local"):
        if params.boolean("remote"):
            raise Forbidden("a post is from here or from elsewhere, not both")
        return True
    return False if params.boolean("remote") else None


routes = [
    Route("/api/v1/timelines/home", home),
    Route("/api/v1/timelines/public", public),
    Route("/api/v1/timelines/tag/{name}", tag),
    Route("/api/v1/timelines/link", link),
    Route("/api/v1/timelines/bubble", ring),
]
