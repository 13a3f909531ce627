"""Filters, as apps keep them since version 4: with several keywords, and posts by name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.params import Params, read_params
from microfed.mastodon.present_filters import filter_entity, keyword_entity, status_entity
from microfed.operations.filters import (
    KeywordWish,
    add_keyword,
    change_filter,
    change_keyword,
    drop,
    filter_post,
    make_filter,
    set_term,
)
from microfed.queries.filters import (
    all_filters,
    need_filter,
    need_filtered_post,
    need_keyword,
    sieve_of,
)
from microfed.queries.people import need_actor_by_id
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx

READ, WRITE = "read:filters", "write:filters"


async def list_(request: Request) -> Response:
    """List my filters."""
    return await _read(
        request, lambda tx, me, _id: [filter_entity(one) for one in all_filters(tx, me)]
    )


async def show(request: Request) -> Response:
    """Show one filter."""
    return await _read(
        request, lambda tx, me, id_: filter_entity(sieve_of(tx, need_filter(tx, me, id_)))
    )


async def make(request: Request) -> Response:
    """Filter something."""
    params = await read_params(request)

    def work(tx: Tx, me: int, _id: int) -> dict[str, Any]:
        made = make_filter(
            tx,
            owner=need_actor_by_id(tx, me),
            title=params.need("title"),
            contexts=params.texts("context"),
            action=params.text("filter_action") or "warn",
            lasts=term(params),
            keywords=_keywords(params),
        )
        return filter_entity(sieve_of(tx, made))

    return await _write(request, work)


async def change(request: Request) -> Response:
    """Change a filter, and what it looks for."""
    params = await read_params(request)

    def work(tx: Tx, me: int, id_: int) -> dict[str, Any]:
        found = need_filter(tx, me, id_)
        change_filter(
            tx,
            found,
            title=params.text("title"),
            contexts=params.texts("context") if "context" in params else None,
            action=params.text("filter_action"),
            keywords=_keywords(params),
        )
        if "expires_in" in params:
            set_term(tx, found, term(params))
        return filter_entity(sieve_of(tx, found))

    return await _write(request, work)


async def remove(request: Request) -> Response:
    """Let a filter go."""

    def work(tx: Tx, me: int, id_: int) -> None:
        found = need_filter(tx, me, id_)
        drop(tx, found, found)

    return await _write(request, work)


async def keywords(request: Request) -> Response:
    """List what a filter looks for."""
    return await _read(
        request,
        lambda tx, me, id_: [
            keyword_entity(one) for one in sieve_of(tx, need_filter(tx, me, id_)).keywords
        ],
    )


async def add(request: Request) -> Response:
    """Look for another word."""
    params = await read_params(request)

    def work(tx: Tx, me: int, id_: int) -> dict[str, Any]:
        words, whole = params.need("keyword"), params.boolean("whole_word")
        return keyword_entity(add_keyword(tx, need_filter(tx, me, id_), words, is_whole_word=whole))

    return await _write(request, work)


async def show_keyword(request: Request) -> Response:
    """Show a keyword."""
    return await _read(request, lambda tx, me, id_: keyword_entity(need_keyword(tx, me, id_)))


async def put_keyword(request: Request) -> Response:
    """Look for something else."""
    params = await read_params(request)

    def work(tx: Tx, me: int, id_: int) -> dict[str, Any]:
        keyword = need_keyword(tx, me, id_)
        found = need_filter(tx, me, keyword.filter_id)
        words, whole = params.text("keyword"), params.maybe("whole_word")
        change_keyword(tx, found, keyword, words, whole)
        return keyword_entity(keyword)

    return await _write(request, work)


async def remove_keyword(request: Request) -> Response:
    """Look for a word no more."""

    def work(tx: Tx, me: int, id_: int) -> None:
        keyword = need_keyword(tx, me, id_)
        drop(tx, need_filter(tx, me, keyword.filter_id), keyword)

    return await _write(request, work)


async def posts(request: Request) -> Response:
    """List the posts a filter holds back by name."""
    return await _read(
        request,
        lambda tx, me, id_: [
            status_entity(one) for one in sieve_of(tx, need_filter(tx, me, id_)).posts
        ],
    )


async def add_post(request: Request) -> Response:
    """Hold one post back."""
    asker, params = await need_asker(request, WRITE), await read_params(request)

    def work(tx: Tx, me: int, id_: int) -> dict[str, Any]:
        post = need_visible_post(tx, asker.viewer, id_=params.id_("status_id") or 0)
        return status_entity(filter_post(tx, need_filter(tx, me, id_), post))

    return await _write(request, work)


async def show_post(request: Request) -> Response:
    """Show a post that is held back by name."""
    return await _read(request, lambda tx, me, id_: status_entity(need_filtered_post(tx, me, id_)))


async def remove_post(request: Request) -> Response:
    """Hold a post back no more; the answer says which it was."""

    def work(tx: Tx, me: int, id_: int) -> dict[str, Any]:
        post = need_filtered_post(tx, me, id_)
        shown = status_entity(post)
        drop(tx, need_filter(tx, me, post.filter_id), post)
        return shown

    return await _write(request, work)


def term(params: Params) -> timedelta | None:
    """Return for how long; empty or zero: for good."""
    seconds = params.whole("expires_in")
    return timedelta(seconds=seconds) if seconds else None


def _keywords(params: Params) -> list[KeywordWish]:
    return [
        KeywordWish(one.text("keyword"), one.maybe("whole_word"), one.id_("id"), _drops(one))
        for one in params.several("keywords_attributes", 200)
    ]


def _drops(wish: Params) -> bool:
    return wish.boolean("_destroy")


async def _read(request: Request, work: Callable[[Tx, int, int], Any]) -> Response:
    asker = await need_asker(request, READ)
    id_ = parse_id(request.path_params.get("id", "0"))
    house = house_of(request)
    return json_answer(await house.db.read(lambda tx: work(tx, asker.actor_id, id_)))


async def _write(request: Request, work: Callable[[Tx, int, int], Any]) -> Response:
    asker = await need_asker(request, WRITE)
    id_ = parse_id(request.path_params.get("id", "0"))
    shown = await house_of(request).db.write(lambda tx: work(tx, asker.actor_id, id_))
    return empty() if shown is None else json_answer(shown)


_ALL, _ONE = "/api/v2/filters", "/api/v2/filters/{id}"
_KEYWORD, _POST = "/api/v2/filters/keywords/{id}", "/api/v2/filters/statuses/{id}"
routes = [
    Route(_ALL, list_, methods=["GET"]),
    Route(_ALL, make, methods=["POST"]),
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, change, methods=["PUT"]),
    Route(_ONE, remove, methods=["DELETE"]),
    Route(f"{_ONE}/keywords", keywords, methods=["GET"]),
    Route(f"{_ONE}/keywords", add, methods=["POST"]),
    Route(_KEYWORD, show_keyword, methods=["GET"]),
    Route(_KEYWORD, put_keyword, methods=["PUT"]),
    Route(_KEYWORD, remove_keyword, methods=["DELETE"]),
    Route(f"{_ONE}/statuses", posts, methods=["GET"]),
    Route(f"{_ONE}/statuses", add_post, methods=["POST"]),
    Route(_POST, show_post, methods=["GET"]),
    Route(_POST, remove_post, methods=["DELETE"]),
]
