"""Hashtags: one of them, those I follow, those on my profile."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import find_asker, need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.accounts import featured_tag
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.paging import Usual, link_header, read_page
from microfed.mastodon.params import query_params, read_params
from microfed.mastodon.present_tags import tag_entities, tag_entity
from microfed.operations.tags import (
    feature_tag,
    find_featured,
    follow_tag,
    need_tag,
    unfeature_tag,
    unfollow_tag,
)
from microfed.queries.people import need_actor_by_id
from microfed.queries.people_lists import featured_tags
from microfed.queries.tags import find_tag, followed_tags, often_used, tags_of, unused_tag
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Tag

TAGS = Usual(100, 200)
Deed = Callable[[Tx, Actor, Tag], Any]


async def show(request: Request) -> Response:
    """Show a hashtag, even one that nobody used yet."""
    asker, name = await find_asker(request), request.path_params["name"]
    me = None if asker is None else asker.actor_id

    def work(tx: Tx) -> dict[str, Any]:
        id_ = find_tag(tx, name)
        if id_ is None:
            return tag_entity(tx.here, unused_tag(tx, name))
        return tag_entities(tx, me, tags_of(tx, [id_]))[0]

    return json_answer(await house_of(request).db.read(work))


def doing(deed: Deed, scope: str, what: str) -> Callable[[Request], Any]:
    """Return an endpoint by which a member does something with a hashtag, and sees it after."""

    async def endpoint(request: Request) -> Response:
        asker, name = await need_asker(request, scope), request.path_params["name"]

        def work(tx: Tx) -> dict[str, Any]:
            tag = need_tag(tx, name)
            deed(tx, need_actor_by_id(tx, asker.actor_id), tag)
            return tag_entities(tx, asker.actor_id, tags_of(tx, [tag.id]))[0]

        return json_answer(await house_of(request).db.write(work))

    endpoint.__doc__ = what
    return endpoint


async def followed(request: Request) -> Response:
    """List the hashtags I follow."""
    asker, page = await need_asker(request, "read:follows"), read_page(query_params(request), TAGS)

    def work(tx: Tx) -> tuple[list[dict[str, Any]], list[int]]:
        rows = followed_tags(tx, asker.actor_id, page)
        shown = tag_entities(tx, asker.actor_id, tags_of(tx, [row[1] for row in rows]))
        return shown, [row[0] for row in rows]

    house = house_of(request)
    shown, keys = await house.db.read(work)
    return json_answer(shown, headers=link_header(request, keys, house.settings.url))


async def featured(request: Request) -> Response:
    """List the hashtags on my profile."""
    asker = await need_asker(request, "read:accounts")
    return json_answer(await house_of(request).db.read(lambda tx: _featured(tx, asker.actor_id)))


async def feature(request: Request) -> Response:
    """Show a hashtag on my profile."""
    asker = await need_asker(request, "write:accounts")
    name = (await read_params(request)).need("name")

    def work(tx: Tx) -> dict[str, Any]:
        me = need_actor_by_id(tx, asker.actor_id)
        made = feature_tag(tx, actor=me, tag=need_tag(tx, name))
        shown = _featured(tx, me.id)
        return next(one for one in shown if one["id"] == str(made.id))

    return json_answer(await house_of(request).db.write(work))


async def unfeature(request: Request) -> Response:
    """Show a hashtag on my profile no more."""
    asker = await need_asker(request, "write:accounts")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        unfeature_tag(tx, actor=need_actor_by_id(tx, asker.actor_id), id_=id_)

    await house_of(request).db.write(work)
    return empty()


async def suggested(request: Request) -> Response:
    """List the hashtags I use most, and do not show yet."""
    asker = await need_asker(request, "read:accounts")

    def work(tx: Tx) -> list[dict[str, Any]]:
        return tag_entities(tx, asker.actor_id, tags_of(tx, often_used(tx, asker.actor_id)))

    return json_answer(await house_of(request).db.read(work))


def _featured(tx: Tx, actor_id: int) -> list[dict[str, Any]]:
    actor = need_actor_by_id(tx, actor_id)
    page = actor.url or actor.uri
    return [featured_tag(page, row) for row in featured_tags(tx, actor_id)]


def _follow(tx: Tx, me: Actor, tag: Tag) -> None:
    follow_tag(tx, owner=me, tag=tag)


def _unfollow(tx: Tx, me: Actor, tag: Tag) -> None:
    unfollow_tag(tx, owner=me, tag=tag)


def _feature(tx: Tx, me: Actor, tag: Tag) -> None:
    feature_tag(tx, actor=me, tag=tag)


def _unfeature(tx: Tx, me: Actor, tag: Tag) -> None:
    id_ = find_featured(tx, actor=me, tag=tag)
    if id_ is not None:
        unfeature_tag(tx, actor=me, id_=id_)


_ONE = "/api/v1/tags/{name}"
_DEEDS: tuple[tuple[str, Deed, str, str], ...] = (
    ("follow", _follow, "write:follows", "Follow a hashtag."),
    ("unfollow", _unfollow, "write:follows", "Follow a hashtag no more."),
    ("feature", _feature, "write:accounts", "Show a hashtag on my profile."),
    ("unfeature", _unfeature, "write:accounts", "Show a hashtag on my profile no more."),
)
routes = [
    Route(_ONE, show),
    *(
        Route(f"{_ONE}/{word}", doing(deed, scope, what), methods=["POST"])
        for word, deed, scope, what in _DEEDS
    ),
    Route("/api/v1/followed_tags", followed),
    Route("/api/v1/featured_tags", featured, methods=["GET"]),
    Route("/api/v1/featured_tags", feature, methods=["POST"]),
    Route("/api/v1/featured_tags/suggestions", suggested),
    Route("/api/v1/featured_tags/{id}", unfeature, methods=["DELETE"]),
]
