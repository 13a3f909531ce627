"""Filters as apps kept them before version 4: each is one keyword of a filter."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.filters import READ, WRITE, term
from microfed.mastodon.params import Params, read_params
from microfed.mastodon.present_filters import old_entity
from microfed.operations.filters import (
    KeywordWish,
    change_filter,
    change_keyword,
    drop,
    make_filter,
    set_term,
)
from microfed.queries.filters import all_filters, need_filter, need_keyword, sieve_of
from microfed.queries.people import need_actor_by_id
from microfed.store.database import Tx


async def list_(request: Request) -> Response:
    """List each keyword of my filters."""
    asker = await need_asker(request, READ)

    def work(tx: Tx) -> list[dict[str, Any]]:
        return [
            old_entity(sieve, keyword)
            for sieve in all_filters(tx, asker.actor_id)
            for keyword in sieve.keywords
        ]

    return json_answer(await house_of(request).db.read(work))


async def make(request: Request) -> Response:
    """Filter a keyword."""
    asker, params = await need_asker(request, WRITE), await read_params(request)
    phrase = params.need("phrase")

    def work(tx: Tx) -> dict[str, Any]:
        made = make_filter(
            tx,
            owner=need_actor_by_id(tx, asker.actor_id),
            title=phrase,
            contexts=params.texts("context"),
            action=_action(params),
            lasts=term(params),
            keywords=[KeywordWish(phrase, params.boolean("whole_word", default=True))],
        )
        sieve = sieve_of(tx, made)
        return old_entity(sieve, sieve.keywords[0])

    return json_answer(await house_of(request).db.write(work))


async def show(request: Request) -> Response:
    """Show a keyword."""
    asker, id_ = await need_asker(request, READ), parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        return _shown(tx, asker.actor_id, id_)

    return json_answer(await house_of(request).db.read(work))


async def change(request: Request) -> Response:
    """Change a keyword, and the filter it stands in."""
    asker, id_ = await need_asker(request, WRITE), parse_id(request.path_params["id"])
    params = await read_params(request)

    def work(tx: Tx) -> dict[str, Any]:
        keyword = need_keyword(tx, asker.actor_id, id_)
        found = need_filter(tx, asker.actor_id, keyword.filter_id)
        change_keyword(tx, found, keyword, params.text("phrase"), params.maybe("whole_word"))
        contexts = params.texts("context") if "context" in params else None
        action = _action(params) if "irreversible" in params else None
        change_filter(tx, found, contexts=contexts, action=action)
        if "expires_in" in params:
            set_term(tx, found, term(params))
        return _shown(tx, asker.actor_id, id_)

    return json_answer(await house_of(request).db.write(work))


async def remove(request: Request) -> Response:
    """Let a keyword go, and with the last one its filter."""
    asker, id_ = await need_asker(request, WRITE), parse_id(request.path_params["id"])

    def work(tx: Tx) -> None:
        keyword = need_keyword(tx, asker.actor_id, id_)
        found = need_filter(tx, asker.actor_id, keyword.filter_id)
        sieve = sieve_of(tx, found)
        is_last = len(sieve.keywords) == 1 and not sieve.posts
        drop(tx, found, found if is_last else keyword)

    await house_of(request).db.write(work)
    return empty()


def _shown(tx: Tx, me: int, id_: int) -> dict[str, Any]:
    keyword = need_keyword(tx, me, id_)
    return old_entity(sieve_of(tx, need_filter(tx, me, keyword.filter_id)), keyword)


def _action(params: Params) -> str:
    return "hide" if params.boolean("irreversible") else "warn"


_ALL, _ONE = "/api/v1/filters", "/api/v1/filters/{id}"
routes = [
    Route(_ALL, list_, methods=["GET"]),
    Route(_ALL, make, methods=["POST"]),
    Route(_ONE, show, methods=["GET"]),
    Route(_ONE, change, methods=["PUT"]),
    Route(_ONE, remove, methods=["DELETE"]),
]
