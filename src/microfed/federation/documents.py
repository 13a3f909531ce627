"""Actors, posts and activities at their addresses: ActivityPub for servers, pages for people."""

from collections.abc import Callable
from typing import Any

import orjson
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import bearer_of, find_asker
from microfed.errors import Gone, NotFound, Refused, Unauthorized
from microfed.federation.answers import activity_json, wants_activity
from microfed.federation.verify import Knock, Verifier
from microfed.house import House, house_of
from microfed.ids import parse_id
from microfed.operations.quotes import need_stamp
from microfed.outbound.render import (
    actor_document,
    instance_actor_document,
    little_actor_document,
    quote_authorization,
    tombstone,
)
from microfed.outbound.render_posts import in_context, note
from microfed.queries.activities import find_activity
from microfed.queries.inboxes import activity_of
from microfed.queries.people import find_local, keys_of, need_local
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_local_post, whole_post
from microfed.remote.signatures import read_headers
from microfed.store.database import Tx
from microfed.store.people import INSTANCE_ACTOR

Render = Callable[[Tx, Viewer | None], dict[str, Any]]


class Documents:
    """What anyone may read, kept as bytes until something about it changes."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kept: LRUCache[str, bytes] = LRUCache(5_000)
        for topic in ("actor", "post_changed", "elsewhere"):
            house.db.news.listen(topic, lambda _: self._kept.clear())

    def find(self, path: str) -> bytes | None:
        """Return the document at `path`, if it is still what it was."""
        return self._kept.get(path)

    async def read(self, path: str, render: Render) -> bytes:
        """Return what `render` says to anyone, and keep it."""
        body = await self._house.db.read(lambda tx: orjson.dumps(render(tx, None)))
        self._kept[path] = body
        return body


async def viewer_of(request: Request) -> Viewer | None:
    """Return who looks: a member by token, someone elsewhere by signature, or anyone at all.

    A bad token is refused; a bad signature only sees what anyone sees.
    """
    if bearer_of(request) is not None:
        asker = await find_asker(request)
        return None if asker is None else asker.viewer
    if "signature" not in request.headers:
        return None
    verifier: Verifier = request.app.state.verifier
    knock = Knock("GET", target_of(request), read_headers(request.scope["headers"]))
    try:
        proven = await verifier.prove(knock)
    except Refused:
        return None
    return Viewer(proven.actor_id, is_local=False)


async def may_look(request: Request, viewer: Viewer | None) -> None:
    """Where the admin wants every question signed, refuse those that are not."""
    if viewer is None and house_of(request).settings.authorized_fetch:
        raise Unauthorized("this place answers only questions that are signed")


async def get_actor(request: Request) -> Response:
    """A member: their document, or their page."""
    name = request.path_params["name"]
    if not wants_activity(request):
        here = house_of(request).db.here
        return RedirectResponse(here.profile(name), 302)

    def render(tx: Tx, viewer: Viewer | None) -> dict[str, Any]:
        # Who is suspended may come back: servers that read 410 forget people for good.
        actor = need_local(tx, name, even_suspended=True, viewer=viewer)
        return actor_document(tx.here, actor, keys_of(tx, actor.id))

    def render_little(tx: Tx, _viewer: Viewer | None) -> dict[str, Any]:
        actor = need_local(tx, name, even_suspended=True)
        return little_actor_document(tx.here, actor, keys_of(tx, actor.id))

    if house_of(request).settings.authorized_fetch:
        # Their keys must be readable by servers that have not seen ours yet (interop.md §2.4).
        viewer = await viewer_of(request)
        if viewer is None:
            return await answer(request, f"/users/{name}#little", render_little, is_open=True)
    return await answer(request, f"/users/{name}", render)


async def get_instance_actor(request: Request) -> Response:
    """The place itself; readable by anyone, so that our signatures can be checked."""

    def render(tx: Tx, _viewer: Viewer | None) -> dict[str, Any]:
        actor = find_local(tx, INSTANCE_ACTOR)
        if actor is None:
            raise NotFound("this place has no actor yet")
        return instance_actor_document(tx.here, actor, keys_of(tx, actor.id))

    return await answer(request, "/actor", render, is_open=True)


async def get_post(request: Request) -> Response:
    """A post: its document, or its page."""
    name, id_ = request.path_params["name"], request.path_params["id"]
    if not wants_activity(request):
        here = house_of(request).db.here
        return RedirectResponse(here.post_page(name, parse_id(id_)), 302)

    def render(tx: Tx, viewer: Viewer | None) -> dict[str, Any]:
        post = need_local_post(tx, viewer, name=name, id_=parse_id(id_))
        if post.boost_of_id is not None:
            raise NotFound("there is no such post")
        return in_context(note(tx.here, whole_post(tx, post)))

    return await answer(request, f"/users/{name}/posts/{id_}", render)


async def get_post_activity(request: Request) -> Response:
    """The Create of a post, or the Announce of a boost."""
    name, id_ = request.path_params["name"], request.path_params["id"]

    def render(tx: Tx, viewer: Viewer | None) -> dict[str, Any]:
        post = need_local_post(tx, viewer, name=name, id_=parse_id(id_))
        return activity_of(tx, post)

    return await answer(request, f"/users/{name}/posts/{id_}/activity", render)


async def get_activity(request: Request) -> Response:
    """An activity of ours, for whoever it was addressed to."""
    # Its id is its address, to the letter; a name in it is written as its owner's actor is.
    uri = f"{house_of(request).db.here.url}{request.url.path}"
    viewer = await viewer_of(request)
    await may_look(request, viewer)
    body = await house_of(request).db.read(lambda tx: find_activity(tx, viewer, uri))
    if body is None:
        raise NotFound("there is no such activity")
    return activity_json(body, is_shared=False)


async def get_stamp(request: Request) -> Response:
    """A member's leave to quote them, for whoever wants to check it (FEP-044f)."""
    here = house_of(request).db.here
    uri = f"{here.actor(request.path_params['name'])}/stamps/{parse_id(request.path_params['id'])}"

    def render(tx: Tx, _viewer: Viewer | None) -> dict[str, Any]:
        stamp, post_uri, author_uri = need_stamp(tx, uri)
        return quote_authorization(
            uri, author=author_uri, quoting=stamp.quoting_uri, quoted=post_uri
        )

    body = await house_of(request).db.read(lambda tx: orjson.dumps(render(tx, None)))
    return activity_json(body)


async def answer(request: Request, path: str, render: Render, *, is_open: bool = False) -> Response:
    """Answer with what anyone may read; else with what whoever asks may read, kept by nobody."""
    documents: Documents = request.app.state.documents
    if not is_open and house_of(request).settings.authorized_fetch:
        return await _answer_signed(request, render)
    kept = documents.find(path)
    if kept is not None:
        return activity_json(kept)
    try:
        return activity_json(await documents.read(path, render))
    except Gone as gone:
        return await _gone(request, gone)
    except NotFound:
        viewer = await viewer_of(request)
        if viewer is None:
            raise
        house = house_of(request)
        body = await house.db.read(lambda tx: orjson.dumps(render(tx, viewer)))
        return activity_json(body, is_shared=False)


async def _answer_signed(request: Request, render: Render) -> Response:
    viewer = await viewer_of(request)
    await may_look(request, viewer)
    try:
        body = await house_of(request).db.read(lambda tx: orjson.dumps(render(tx, viewer)))
    except Gone as gone:
        return await _gone(request, gone)
    return activity_json(body, is_shared=False)


async def _gone(request: Request, gone: Gone) -> Response:
    uri = gone.tombstone
    if uri is None:
        raise gone
    deleted_at = await house_of(request).db.read(lambda tx: tx.now)
    return activity_json(tombstone(uri, None, deleted_at), status=410)


def target_of(request: Request) -> str:
    """Return path and query to the letter, as they were signed."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return (raw + b"?" + query if query else raw).decode("latin-1")
