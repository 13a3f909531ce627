"""Feeds for those who read with a feed reader: a member, a hashtag, the whole place."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.ids import moment_of
from microfed.pages import render, words_of
from microfed.placing import look_of
from microfed.queries.aid import board
from microfed.queries.groups import said_in_group
from microfed.queries.latest import latest_public_ids, tagged_ids
from microfed.queries.posts import load_posts
from microfed.queries.profiles import ProfileView, ids_by, need_profile
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.text import tag_key
from microfed.web.paging import PAGE


async def feed_of_member(request: Request) -> Response:
    """What a member said to everyone; or what is said in a group."""
    name = request.path_params["name"]

    def work(tx: Tx) -> tuple[ProfileView, list[PostView]]:
        profile = need_profile(tx, name)
        if profile.person.is_group:
            ids = said_in_group(tx, None, profile.person.id, limit=PAGE)
        else:
            ids = ids_by(tx, profile.person.id, None, limit=PAGE, has_boosts=False)
        return profile, load_posts(tx, ids, None)

    profile, posts = await house_of(request).db.read(work)
    person = profile.person
    return _feed(
        request,
        posts,
        page=person.url,
        title=f"{person.display_name} ({person.handle})",
        author=person,
    )


async def feed_of_tag(request: Request) -> Response:
    """What was said here to everyone under a hashtag; elsewhere it is not ours to publish."""
    name = request.path_params["name"]

    def work(tx: Tx) -> list[PostView]:
        ids = tagged_ids(tx, None, tag=tag_key(name), limit=5 * PAGE)
        return [post for post in load_posts(tx, ids, None) if post.author.is_local][:PAGE]

    posts = await house_of(request).db.read(work)
    title = words_of(request).say("What is said under #%(tag)s", tag=name)
    return _feed(request, posts, page=house_of(request).db.here.tag(name), title=title)


async def feed_of_place(request: Request) -> Response:
    """What was said here to everyone."""
    house = house_of(request)
    posts = await house.db.read(
        lambda tx: load_posts(tx, latest_public_ids(tx, None, limit=PAGE), None)
    )
    title = words_of(request).say(
        "What people say in %(place)s", place=look_of(request).title or house.settings.title
    )
    return _feed(request, posts, page=f"{house.db.here.url}/latest", title=title)


async def feed_of_aid(request: Request) -> Response:
    """What is offered and needed here, said to everyone."""

    def work(tx: Tx) -> list[PostView]:
        ids = [post.id for post, _ in board(tx, None, most=5 * PAGE)]
        return [post for post in load_posts(tx, ids, None) if post.author.is_local][:PAGE]

    posts = await house_of(request).db.read(work)
    title = words_of(request).say("Mutual aid")
    return _feed(request, posts, page=f"{house_of(request).db.here.url}/entraide", title=title)


def _feed(request: Request, posts: Sequence[PostView], **values: Any) -> Response:
    updated = max((moment_of(post.id) for post in posts), default=None)
    corrected = [post.edited_at for post in posts if post.edited_at is not None]
    body = render(
        request,
        "feed.xml",
        posts=posts,
        updated=max([*corrected, *([updated] if updated else [])], default=None),
        **{"author": None, **values},
    )
    headers = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}
    return Response(body, headers=headers, media_type="application/atom+xml")
