"""Collections at their addresses: outbox, followers, following, liked, featured, replies."""

from collections.abc import Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import NotFound
from microfed.federation.answers import activity_json, wants_activity
from microfed.federation.documents import may_look, viewer_of
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.outbound.allies import allies, ring_uri
from microfed.outbound.render import collection, collection_page, streamed
from microfed.outbound.render_groups import moderators
from microfed.outbound.render_posts import in_context, note
from microfed.queries.collections import (
    PAGE,
    DonePage,
    UriPage,
    count_liked,
    count_outbox,
    followers_page,
    following_page,
    liked_page,
    likes_page,
    outbox_posts,
    pinned_posts,
    reply_uris,
    shares_page,
    thread_uris,
)
from microfed.queries.groups import find_group, moderators_of
from microfed.queries.inboxes import activity_of, count_done, outbox_of_owner
from microfed.queries.people import instance_actor, need_local
from microfed.queries.people_lists import featured_tags
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_local_post, need_visible_post, whole_posts
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.terms import POST_CONTEXT

Fill = Callable[[Tx, Actor, Viewer | None], dict[str, Any]]


async def get_outbox(request: Request) -> Response:
    """What a member said, as Creates and Announces."""
    before, is_page = _page_asked(request)

    def fill(tx: Tx, actor: Actor, viewer: Viewer | None) -> dict[str, Any]:
        uri, is_owner = f"{actor.uri}/outbox", _is(viewer, actor)
        if not is_page:
            total = count_done(tx, actor) if is_owner else count_outbox(tx, actor)
            head = collection(uri, total=total, first=f"{uri}?page=true")
            return streamed(head) if actor.is_local and "name" in request.path_params else head
        if is_owner:
            shown = outbox_of_owner(tx, actor, before=before, limit=PAGE)
            items, last = [item for _, item in shown], shown[-1][0] if shown else 0
        else:
            posts = outbox_posts(tx, actor, viewer, before=before, limit=PAGE)
            items, last = [activity_of(tx, post) for post in posts], posts[-1].id if posts else 0
            for item in items:
                item.pop("@context")
        next_ = f"{uri}?page=true&before={last}" if len(items) == PAGE else None
        return collection_page(
            _this_page(uri, before),
            part_of=uri,
            items=items,
            next_=next_,
            context=POST_CONTEXT,
        )

    return await _answer(request, fill)


async def get_followers(request: Request) -> Response:
    """Who follows a member, unless they keep that to themselves."""
    return await _people(request, "followers", followers_page)


async def get_following(request: Request) -> Response:
    """Whom a member follows, unless they keep that to themselves."""
    return await _people(request, "following", following_page)


async def get_liked(request: Request) -> Response:
    """What a member likes: for themselves alone, others get the count of nothing."""
    before, is_page = _page_asked(request)

    def fill(tx: Tx, actor: Actor, viewer: Viewer | None) -> dict[str, Any]:
        uri = f"{actor.uri}/liked"
        if not _is(viewer, actor):
            return collection(uri, total=0)
        if not is_page:
            return collection(uri, total=count_liked(tx, actor, viewer), first=f"{uri}?page=true")
        return _uri_page(uri, liked_page(tx, actor, viewer, before=before), before)

    return await _answer(request, fill)


async def get_featured(request: Request) -> Response:
    """What a member shows at the top of their profile."""

    def fill(tx: Tx, actor: Actor, _viewer: Viewer | None) -> dict[str, Any]:
        items = [note(tx.here, whole) for whole in whole_posts(tx, pinned_posts(tx, actor))]
        document = in_context(collection(f"{actor.uri}/collections/featured", total=len(items)))
        return {**document, "@context": POST_CONTEXT, "orderedItems": items}

    return await _answer(request, fill)


async def get_ring(request: Request) -> Response:
    """The places we are allied with, as anyone may know; people find them on a page."""
    here = house_of(request).db.here
    if not wants_activity(request):
        return RedirectResponse(f"{here.url}/allies", 302)
    viewer = await viewer_of(request)
    await may_look(request, viewer)
    places = await house_of(request).db.read(allies)
    document = in_context(collection(ring_uri(here), total=len(places)))
    return activity_json(
        orjson.dumps({**document, "orderedItems": [place.uri for place in places]})
    )


async def get_moderators(request: Request) -> Response:
    """Who looks after a group, as its members and their servers may know."""

    def fill(tx: Tx, actor: Actor, _viewer: Viewer | None) -> dict[str, Any]:
        if find_group(tx, actor.id) is None:
            raise NotFound("this is no group")
        return moderators(actor, [one.uri for one in moderators_of(tx, actor.id)])

    return await _answer(request, fill)


async def get_featured_tags(request: Request) -> Response:
    """The hashtags a member shows on their profile."""

    def fill(tx: Tx, actor: Actor, _viewer: Viewer | None) -> dict[str, Any]:
        uri = f"{actor.uri}/collections/tags"
        items = [
            {"type": "Hashtag", "href": tx.here.tag(key), "name": f"#{shown}"}
            for _, key, shown, *_ in featured_tags(tx, actor.id)
        ]
        return {**collection(uri, total=len(items), kind="Collection"), "items": items}

    return await _answer(request, fill)


async def get_replies(request: Request) -> Response:
    """The answers to a post of ours."""
    name, id_ = request.path_params["name"], parse_id(request.path_params["id"])
    before, is_page = _page_asked(request)
    viewer = await viewer_of(request)
    await may_look(request, viewer)

    def work(tx: Tx) -> bytes:
        post = need_local_post(tx, viewer, name=name, id_=id_)
        uri = f"{post.uri}/replies"
        if not is_page:
            first = f"{uri}?page=true"
            return orjson.dumps(
                collection(uri, total=post.replies_count, first=first, kind="Collection")
            )
        page = reply_uris(tx, post, viewer, before=before)
        document = _uri_page(uri, page, before)
        document["type"] = "CollectionPage"
        document["items"] = document.pop("orderedItems")
        return orjson.dumps(document)

    return activity_json(await house_of(request).db.read(work), is_shared=viewer is None)


async def get_likes(request: Request) -> Response:
    """How many like a post of ours; and for whoever says who they are, by which activities."""
    return await _done_to(request, "likes", lambda post: post.likes_count, likes_page)


async def get_shares(request: Request) -> Response:
    """How many passed a post of ours on; and for whoever says who they are, by which activities."""
    return await _done_to(request, "shares", lambda post: post.boosts_count, shares_page)


async def get_thread(request: Request) -> Response:
    """A whole conversation that began here, oldest first (FEP-7888)."""
    id_ = parse_id(request.path_params["id"])
    viewer = await viewer_of(request)
    await may_look(request, viewer)

    def work(tx: Tx) -> bytes:
        need_visible_post(tx, viewer, id_=id_)
        uris = thread_uris(tx, id_, viewer)
        document = collection(tx.here.thread(id_), total=len(uris))
        return orjson.dumps({**document, "orderedItems": uris})

    return activity_json(await house_of(request).db.read(work), is_shared=viewer is None)


async def _done_to(
    request: Request, what: str, count: Callable[[Any], int], page_of: Callable[..., DonePage]
) -> Response:
    name, id_ = request.path_params["name"], parse_id(request.path_params["id"])
    before, is_page = _page_asked(request)
    viewer = await viewer_of(request)
    await may_look(request, viewer)

    def work(tx: Tx) -> bytes:
        post = need_local_post(tx, viewer, name=name, id_=id_)
        uri = f"{post.uri}/{what}"
        if not is_page or viewer is None:
            first = None if viewer is None else f"{uri}?page=true"
            return orjson.dumps(collection(uri, total=count(post), first=first))
        page = page_of(tx, post, viewer, before=before)
        next_ = None if page.next_before is None else _this_page(uri, page.next_before)
        return orjson.dumps(
            collection_page(
                _this_page(uri, before), part_of=uri, items=page.activities, next_=next_
            )
        )

    return activity_json(await house_of(request).db.read(work), is_shared=viewer is None)


async def _people(request: Request, what: str, page_of: Callable[..., UriPage]) -> Response:
    before, is_page = _page_asked(request)

    def fill(tx: Tx, actor: Actor, viewer: Viewer | None) -> dict[str, Any]:
        uri = f"{actor.uri}/{what}"
        total = actor.followers_count if what == "followers" else actor.following_count
        if actor.hides_follows and not _is(viewer, actor):
            return collection(uri, total=total)
        if not is_page:
            return collection(uri, total=total, first=f"{uri}?page=true")
        return _uri_page(uri, page_of(tx, actor, before=before), before)

    return await _answer(request, fill)


async def _answer(request: Request, fill: Fill) -> Response:
    name = request.path_params.get("name")
    viewer = await viewer_of(request)
    await may_look(request, viewer)

    def work(tx: Tx) -> bytes:
        actor = instance_actor(tx) if name is None else need_local(tx, name, viewer=viewer)
        return orjson.dumps(fill(tx, actor, viewer))

    return activity_json(await house_of(request).db.read(work), is_shared=viewer is None)


def _is(viewer: Viewer | None, actor: Actor) -> bool:
    return viewer is not None and viewer.actor_id == actor.id


def _page_asked(request: Request) -> tuple[int | None, bool]:
    before = request.query_params.get("before")
    return None if before is None else parse_id(before), "page" in request.query_params


def _this_page(uri: str, before: int | None) -> str:
    return f"{uri}?page=true" if before is None else f"{uri}?page=true&before={before}"


def _uri_page(uri: str, page: UriPage, before: int | None) -> dict[str, Any]:
    next_ = None if page.next_before is None else f"{uri}?page=true&before={page.next_before}"
    return collection_page(_this_page(uri, before), part_of=uri, items=page.uris, next_=next_)
