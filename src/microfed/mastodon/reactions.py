"""What one does with a post: liking, passing on, keeping, pinning, leaving its conversation."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.errors import NotFound
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.answers import json_bytes
from microfed.mastodon.paging import ACCOUNTS, STATUSES, read_page
from microfed.mastodon.params import query_params, read_params
from microfed.mastodon.people_page import people_page
from microfed.mastodon.present_statuses import from_cards, status
from microfed.mastodon.timelines import answer, reader
from microfed.operations.featured import pin, unpin
from microfed.operations.keeping import bookmark, mute_thread, unbookmark, unmute_thread
from microfed.operations.post_parts import revoke_quote
from microfed.operations.reactions import boost, like, unboost, unlike
from microfed.queries.cards import Card
from microfed.queries.pages import Page
from microfed.queries.people import need_actor_by_id
from microfed.queries.quotes import quotes_of
from microfed.queries.reactions import bookmarked_cards, boosters, liked_cards, likers
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post

Deed = Callable[..., Any]
Endpoint = Callable[[Request], Awaitable[Response]]


def doing(deed: Deed, scope: str, what: str) -> Endpoint:
    """Return an endpoint by which a member does `deed` with a post, and sees it afterwards."""

    async def endpoint(request: Request) -> Response:
        asker = await need_asker(request, scope)
        id_ = parse_id(request.path_params["id"])

        def work(tx: Tx) -> bytes:
            actor, post = _both(tx, asker.viewer, id_)
            made = deed(tx, actor=actor, post=post)
            return status(tx, asker.viewer, made.id if isinstance(made, Post) else post.id)

        return json_bytes(await house_of(request).db.write(work))

    endpoint.__doc__ = what
    return endpoint


async def reblog(request: Request) -> Response:
    """Pass a post on; the answer is the boost, with the post inside."""
    asker = await need_asker(request, "write:statuses")
    await read_params(request)
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> bytes:
        actor, post = _both(tx, asker.viewer, id_)
        return status(tx, asker.viewer, boost(tx, actor=actor, post=post).id)

    return json_bytes(await house_of(request).db.write(work))


async def revoke(request: Request) -> Response:
    """Take one's post out of another that quotes it."""
    asker = await need_asker(request, "write:statuses")
    id_, by = parse_id(request.path_params["id"]), parse_id(request.path_params["quoting"])

    def work(tx: Tx) -> bytes:
        actor, post = _both(tx, asker.viewer, id_)
        if post.actor_id != actor.id:
            raise NotFound("there is no such post")
        quoting = need_visible_post(tx, asker.viewer, id_=by)
        revoke_quote(tx, post=post, quoting=quoting)
        return status(tx, asker.viewer, quoting.id)

    return json_bytes(await house_of(request).db.write(work))


def people(find: Callable[[Tx, int, Page], Any], what: str) -> Endpoint:
    """Return an endpoint that lists those who did something with a post."""

    async def endpoint(request: Request) -> Response:
        viewer, id_ = await reader(request), parse_id(request.path_params["id"])
        page = read_page(query_params(request), ACCOUNTS)

        return await people_page(
            request, lambda tx: find(tx, need_visible_post(tx, viewer, id_=id_).id, page)
        )

    endpoint.__doc__ = what
    return endpoint


async def quotes(request: Request) -> Response:
    """List the posts that quote one."""
    asker = await need_asker(request, "read:statuses")
    id_, page = parse_id(request.path_params["id"]), read_page(query_params(request), STATUSES)

    def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
        post = need_visible_post(tx, asker.viewer, id_=id_)
        cards = quotes_of(tx, asker.viewer, post, page)
        return from_cards(tx, asker.viewer, cards), cards

    return await answer(request, work)


def mine(find: Callable[[Tx, Viewer, Page], list[Card]], scope: str, what: str) -> Endpoint:
    """Return an endpoint that lists posts a member marked."""

    async def endpoint(request: Request) -> Response:
        asker = await need_asker(request, scope)
        page = read_page(query_params(request), STATUSES)

        def work(tx: Tx) -> tuple[list[bytes], list[Card]]:
            cards = find(tx, asker.viewer, page)
            return from_cards(tx, asker.viewer, cards), cards

        return await answer(request, work)

    endpoint.__doc__ = what
    return endpoint


def _both(tx: Tx, viewer: Viewer, id_: int) -> tuple[Actor, Post]:
    """Return who acts, and the post itself even when they were shown someone's boost of it."""
    post = need_visible_post(tx, viewer, id_=id_)
    if post.boost_of_id is not None:
        post = need_visible_post(tx, viewer, id_=post.boost_of_id)
    return need_actor_by_id(tx, viewer.actor_id), post


_ONE = "/api/v1/statuses/{id}"
_DEEDS: tuple[tuple[str, Deed, str, str], ...] = (
    ("favourite", like, "write:favourites", "Like a post."),
    ("unfavourite", unlike, "write:favourites", "Like a post no more."),
    ("unreblog", unboost, "write:statuses", "Take a boost back."),
    ("bookmark", bookmark, "write:bookmarks", "Keep a post."),
    ("unbookmark", unbookmark, "write:bookmarks", "Keep a post no more."),
    ("mute", mute_thread, "write:mutes", "Leave a conversation alone."),
    ("unmute", unmute_thread, "write:mutes", "Come back to a conversation."),
    ("pin", pin, "write:accounts", "Show one's post first."),
    ("unpin", unpin, "write:accounts", "Show one's post first no more."),
)
routes = [
    Route(f"{_ONE}/reblog", reblog, methods=["POST"]),
    *(
        Route(f"{_ONE}/{word}", doing(deed, scope, what), methods=["POST"])
        for word, deed, scope, what in _DEEDS
    ),
    Route(f"{_ONE}/reblogged_by", people(boosters, "List who passed a post on.")),
    Route(f"{_ONE}/favourited_by", people(likers, "List who likes a post.")),
    Route(f"{_ONE}/quotes", quotes),
    Route(_ONE + "/quotes/{quoting}/revoke", revoke, methods=["POST"]),
    Route("/api/v1/bookmarks", mine(bookmarked_cards, "read:bookmarks", "List what I keep.")),
    Route("/api/v1/favourites", mine(liked_cards, "read:favourites", "List what I like.")),
]
