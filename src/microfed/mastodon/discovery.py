"""People to follow, and what is said here lately: chronological, ranked by nothing."""

from collections import Counter
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import find_asker, need_asker
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.mastodon.admin import need_admin
from microfed.mastodon.answers import array, empty, json_answer, json_bytes
from microfed.mastodon.paging import Usual, read_offset
from microfed.mastodon.params import query_params
from microfed.mastodon.present_accounts import accounts
from microfed.mastodon.present_statuses import from_cards
from microfed.mastodon.present_tags import tag_entities
from microfed.mastodon.timelines import reader
from microfed.operations.suggestions import dismiss_suggestion
from microfed.queries.discovery import (
    lately_linked,
    lately_said,
    lately_tagged,
    suggestions,
)
from microfed.queries.people import need_actor_by_id
from microfed.queries.tags import tags_of
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx

PEOPLE, TAGS, POSTS, LINKS = Usual(40, 80), Usual(10, 20), Usual(20, 40), Usual(10, 20)


async def suggest(request: Request) -> Response:
    """List people I may want to follow, and why they are named."""
    asker = await need_asker(request, "read")
    limit, _ = read_offset(query_params(request), PEOPLE)

    def work(tx: Tx) -> list[dict[str, Any]]:
        found = suggestions(tx, asker.actor_id, limit=limit)
        shown = accounts(tx, [one.actor_id for one in found])
        return [
            {
                "source": "staff" if one.is_neighbour else "past_interactions",
                "sources": ["featured" if one.is_neighbour else "friends_of_friends"],
                "account": orjson.Fragment(account),
            }
            for one, account in zip(found, shown, strict=True)
        ]

    return json_answer(await house_of(request).db.read(work))


async def suggest_v1(request: Request) -> Response:
    """List people I may want to follow, as the first version did."""
    asker = await need_asker(request, "read")
    limit, _ = read_offset(query_params(request), PEOPLE)

    def work(tx: Tx) -> bytes:
        found = suggestions(tx, asker.actor_id, limit=limit)
        return array(accounts(tx, [one.actor_id for one in found]))

    return json_bytes(await house_of(request).db.read(work))


async def dismiss(request: Request) -> Response:
    """Suggest somebody no more."""
    asker, id_ = await need_asker(request, "read"), parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        dismiss_suggestion(tx, member=need_actor_by_id(tx, asker.actor_id), actor_id=id_)

    await house_of(request).db.write(work)
    return empty()


async def posts(request: Request) -> Response:
    """Show what neighbours said to everyone lately."""
    return await _posts(request, await reader(request))


async def _posts(request: Request, viewer: Viewer | None) -> Response:
    limit, offset = read_offset(query_params(request), POSTS)

    def work(tx: Tx) -> bytes:
        cards = lately_said(tx, viewer, limit=limit, offset=offset)
        return array(from_cards(tx, viewer, cards))

    return json_bytes(await house_of(request).db.read(work))


async def tags(request: Request) -> Response:
    """List the hashtags neighbours used lately."""
    asker = await find_asker(request)
    me = None if asker is None else asker.actor_id
    limit, offset = read_offset(query_params(request), TAGS)
    return json_answer(await house_of(request).db.read(lambda tx: _tags(tx, me, limit, offset)))


async def links(request: Request) -> Response:
    """List the links neighbours gave lately."""
    limit, offset = read_offset(query_params(request), LINKS)
    return json_answer(await house_of(request).db.read(lambda tx: _links(tx, limit, offset)))


async def admin_posts(request: Request) -> Response:
    """Show the same to those who look after the place: nothing is held back for review here."""
    asker = await need_admin(request, "admin:read")
    return await _posts(request, asker.viewer)


async def admin_tags(request: Request) -> Response:
    """List the same to those who look after the place, as Admin::Tag."""
    asker = await need_admin(request, "admin:read")
    limit, offset = read_offset(query_params(request), TAGS)
    reviewed = {"trendable": True, "usable": True, "requires_review": False}

    def work(tx: Tx) -> list[dict[str, Any]]:
        return [one | reviewed for one in _tags(tx, asker.actor_id, limit, offset)]

    return json_answer(await house_of(request).db.read(work))


async def admin_links(request: Request) -> Response:
    """List the same to those who look after the place."""
    await need_admin(request, "admin:read")
    return await links(request)


def _tags(tx: Tx, me: int | None, limit: int, offset: int) -> list[dict[str, Any]]:
    return tag_entities(tx, me, tags_of(tx, lately_tagged(tx, limit=limit, offset=offset)))


def _links(tx: Tx, limit: int, offset: int) -> list[dict[str, Any]]:
    return [
        one["card"] | {"history": _history(one["given"])}
        for one in lately_linked(tx, limit=limit, offset=offset)
    ]


def _history(given: list[tuple[int, int]]) -> list[dict[str, str]]:
    """Return on which days a link was given, how often, and by how many."""
    days = Counter(int(moment_of(id_).timestamp()) // 86_400 for id_, _ in given)
    return [
        {
            "day": str(day * 86_400),
            "uses": str(uses),
            "accounts": str(
                len({who for id_, who in given if int(moment_of(id_).timestamp()) // 86_400 == day})
            ),
        }
        for day, uses in sorted(days.items(), reverse=True)
    ]


_ADMIN = "/api/v1/admin/trends"
routes = [
    Route("/api/v2/suggestions", suggest),
    Route("/api/v1/suggestions", suggest_v1),
    Route("/api/v1/suggestions/{id}", dismiss, methods=["DELETE"]),
    Route("/api/v1/trends/statuses", posts),
    Route("/api/v1/trends/tags", tags),
    Route("/api/v1/trends/links", links),
    Route("/api/v1/trends", tags),
    Route(f"{_ADMIN}/statuses", admin_posts),
    Route(f"{_ADMIN}/tags", admin_tags),
    Route(f"{_ADMIN}/links", admin_links),
]
