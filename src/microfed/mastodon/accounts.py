"""People: who they are, what they said, whom they follow, and what stands between us."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import find_asker, need_asker
from microfed.errors import Missing, NotFound, Refused, TryLater
from microfed.fetching import bring_handle
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.mastodon.answers import array, json_answer, json_bytes
from microfed.mastodon.paging import ACCOUNTS, STATUSES, read_offset, read_page
from microfed.mastodon.params import invalid, query_params
from microfed.mastodon.people_page import people_page
from microfed.mastodon.present_accounts import account, accounts, relationships
from microfed.mastodon.present_statuses import from_cards
from microfed.mastodon.timelines import answer, reader
from microfed.operations.gathering import is_profile_due, profile_was_opened
from microfed.queries.by_author import pinned_by, said_by
from microfed.queries.cards import Card
from microfed.queries.pages import Page
from microfed.queries.people import find_by_handle, need_actor_by_id
from microfed.queries.people_lists import (
    directory,
    endorsed_by,
    familiar,
    featured_tags,
    find_people,
    followed_by,
    followers_of,
)
from microfed.store.database import Tx
from microfed.store.people import Actor

MOST_AT_ONCE = 40


async def show(request: Request) -> Response:
    """Show someone."""
    await reader(request, "read:accounts")
    id_ = parse_id(request.path_params["id"])
    return json_bytes(await house_of(request).db.read(lambda tx: account(tx, id_)))


async def show_several(request: Request) -> Response:
    """Show people by their ids."""
    await reader(request, "read:accounts")
    ids = query_params(request).ids("id", MOST_AT_ONCE)
    return json_bytes(await house_of(request).db.read(lambda tx: array(accounts(tx, ids))))


async def lookup(request: Request) -> Response:
    """Find someone we know by their address."""
    await reader(request, "read:accounts")
    handle = query_params(request).need("acct").strip()

    def work(tx: Tx) -> bytes:
        actor = find_by_handle(tx, handle)
        if actor is None or actor.gone_at is not None:
            raise NotFound("nobody is called that")
        return account(tx, actor.id)

    return json_bytes(await house_of(request).db.read(work))


async def search(request: Request) -> Response:
    """Find people by a name, for whoever writes one; with `resolve`, on other servers too."""
    asker = await need_asker(request, "read:accounts")
    params = query_params(request)
    words = params.need("q").strip()[:200]
    limit, offset = read_offset(params, ACCOUNTS)
    house = house_of(request)
    name, _, host = words.removeprefix("@").partition("@")
    if params.boolean("resolve") and name and "." in host.replace("localhost", ".") and not offset:
        known = await house.db.read(lambda tx: find_by_handle(tx, words) is not None)
        if not known:
            try:
                await bring_handle(house, words.removeprefix("@"))
            except (Refused, TryLater, Missing):
                known = False  # nobody found there: what we know is still an answer

    def work(tx: Tx) -> bytes:
        found = find_people(
            tx,
            asker.actor_id,
            words,
            limit=limit,
            offset=offset,
            only_followed=params.boolean("following"),
        )
        return array(accounts(tx, found))

    return json_bytes(await house.db.read_slowly(work))


async def said(request: Request) -> Response:
    """Show what someone said."""
    viewer, id_ = await reader(request), parse_id(request.path_params["id"])
    params = query_params(request)
    page = read_page(params, STATUSES)
    only_pinned, tag = params.boolean("pinned"), params.text("tagged")
    due: list[bool] = []

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        actor = _standing(tx, id_)
        # Only who lives here may send us round to ask other servers.
        due.append(viewer is not None and is_profile_due(tx, actor))
        if only_pinned:
            cards = pinned_by(tx, viewer, actor.id, page)
        else:
            cards = said_by(
                tx,
                viewer,
                actor.id,
                page,
                only_media=params.boolean("only_media"),
                without_replies=params.boolean("exclude_replies"),
                without_boosts=params.boolean("exclude_reblogs"),
                tag=tag,
            )
        return from_cards(tx, viewer, cards), cards

    response = await answer(request, work)
    if any(due):
        db = house_of(request).db
        await db.write(lambda tx: profile_was_opened(tx, _standing(tx, id_)))
    return response


def people(find: Callable[[Tx, int, Page], Any], what: str, *, may_be_hidden: bool) -> Any:
    """Return an endpoint that lists people around someone, unless that someone hides them."""

    async def endpoint(request: Request) -> Response:
        viewer, id_ = await reader(request, "read:accounts"), parse_id(request.path_params["id"])
        page = read_page(query_params(request), ACCOUNTS)

        def those(tx: Tx) -> Any:
            actor = _standing(tx, id_)
            is_mine = viewer is not None and viewer.actor_id == actor.id
            if may_be_hidden and actor.hides_follows and not is_mine:
                return ()
            return find(tx, actor.id, page)

        return await people_page(request, those)

    endpoint.__doc__ = what
    return endpoint


async def between_us(request: Request) -> Response:
    """Show what stands between me and others."""
    asker = await need_asker(request, "read:follows")
    ids = query_params(request).ids("id", 200)
    return json_answer(
        await house_of(request).db.read(lambda tx: relationships(tx, asker.viewer, ids))
    )


async def familiar_followers(request: Request) -> Response:
    """Show who of those I follow follows others."""
    asker = await need_asker(request, "read:follows")
    ids = query_params(request).ids("id", MOST_AT_ONCE)

    def work(tx: Tx) -> bytes:
        shown = []
        for id_ in ids:
            known = array(accounts(tx, familiar(tx, asker.actor_id, id_)))
            shown.append({"id": str(id_), "accounts": orjson.Fragment(known)})
        return orjson.dumps(shown)

    return json_bytes(await house_of(request).db.read(work))


async def tags(request: Request) -> Response:
    """Show the hashtags someone has on their profile."""
    await reader(request, "read:accounts")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> list[dict[str, Any]]:
        actor = _standing(tx, id_)
        page = actor.url or actor.uri
        return [featured_tag(page, row) for row in featured_tags(tx, actor.id)]

    return json_answer(await house_of(request).db.read(work))


def featured_tag(page: str, row: Any) -> dict[str, Any]:
    """Return a FeaturedTag of the person whose page is `page`."""
    id_, key, shown, count, last = row
    return {
        "id": str(id_),
        "name": shown,
        "url": f"{page}/tagged/{key}",
        "statuses_count": str(count),
        "last_status_at": None if last is None else moment_of(last).strftime("%Y-%m-%d"),
    }


async def show_directory(request: Request) -> Response:
    """Show people who wish to be found."""
    asker = await find_asker(request)
    params = query_params(request)
    limit, offset = read_offset(params, ACCOUNTS)
    order = params.text("order", "active")
    if order not in ("active", "new"):
        raise invalid("order", "is not included in the list")

    def work(tx: Tx) -> bytes:
        found = directory(
            tx,
            None if asker is None else asker.actor_id,
            limit=limit,
            offset=offset,
            by_newest=order == "new",
            only_here=params.boolean("local"),
        )
        return array(accounts(tx, found))

    return json_bytes(await house_of(request).db.read_slowly(work))


async def my_endorsements(request: Request) -> Response:
    """List whom I show on my profile."""
    asker = await need_asker(request, "read:accounts")
    page = read_page(query_params(request), ACCOUNTS)

    return await people_page(request, lambda tx: endorsed_by(tx, asker.actor_id, page))


def _standing(tx: Tx, id_: int) -> Actor:
    actor = need_actor_by_id(tx, id_)
    if actor.suspended_at is not None:
        raise NotFound("there is no such account")
    return actor


_ONE = "/api/v1/accounts/{id}"
routes = [
    Route("/api/v1/accounts", show_several),
    Route("/api/v1/accounts/lookup", lookup),
    Route("/api/v1/accounts/search", search),
    Route("/api/v1/accounts/relationships", between_us),
    Route("/api/v1/accounts/familiar_followers", familiar_followers),
    Route(_ONE, show),
    Route(f"{_ONE}/statuses", said),
    Route(f"{_ONE}/followers", people(followers_of, "List who follows them.", may_be_hidden=True)),
    Route(f"{_ONE}/following", people(followed_by, "List whom they follow.", may_be_hidden=True)),
    Route(
        f"{_ONE}/endorsements",
        people(endorsed_by, "List whom they show on their profile.", may_be_hidden=False),
    ),
    Route(f"{_ONE}/featured_tags", tags),
    Route("/api/v1/directory", show_directory),
    Route("/api/v1/endorsements", my_endorsements),
]
