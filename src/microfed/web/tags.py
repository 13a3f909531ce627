"""Hashtags: what was said under one, and those a member follows."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Malformed
from microfed.forms import Fields, read_form, safe_path
from microfed.house import house_of
from microfed.operations.tags import follow_tag, need_tag, unfollow_tag
from microfed.pages import page
from microfed.queries.held_back import through_filters
from microfed.queries.latest import tagged_ids
from microfed.queries.pages import Page
from microfed.queries.posts import load_posts
from microfed.queries.tags import find_tag, followed_tags, marked_tags, tags_of
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import tag_key
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of

_MANY = 200


async def tag_page(request: Request) -> Response:
    """What was said to everyone under a hashtag, here and elsewhere."""
    name, before = request.path_params["name"], before_of(request)
    member = await member_of(request)
    viewer = None if member is None else member.viewer

    def work(tx: Tx) -> tuple[list[PostView], int | None, bool]:
        ids = tagged_ids(tx, viewer, tag=tag_key(name), limit=PAGE, before=before)
        more = ids[-1] if len(ids) == PAGE else None
        id_, is_followed = find_tag(tx, name), False
        if member is not None and id_ is not None:
            is_followed = id_ in marked_tags(tx, member.actor_id, [id_])[0]
        posts = through_filters(tx, viewer, load_posts(tx, ids, viewer), "public")
        return posts, more, is_followed

    posts, more, is_followed = await house_of(request).db.read(work)
    return page(
        request,
        "tag.html",
        is_kept=member is None,
        tag=name,
        posts=posts,
        before=before,
        more=more,
        is_followed=is_followed,
    )


async def do_with_tag(request: Request) -> Response:
    """A member follows a hashtag, or no longer."""
    member, name = await need_member(request), request.path_params["name"]
    given = Fields(await read_form(request))
    if given["deed"] not in ("follow", "unfollow"):
        raise Malformed("this cannot be done with a hashtag")
    deed = follow_tag if given["deed"] == "follow" else unfollow_tag

    def work(tx: Tx) -> None:
        deed(tx, owner=tx.session.get_one(Actor, member.actor_id), tag=need_tag(tx, name))

    await house_of(request).db.write(work)
    return RedirectResponse(safe_path(given["back"], "/tags"), 303)


async def followed_page(request: Request) -> Response:
    """The hashtags that a member follows."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> list[str]:
        rows = followed_tags(tx, member.actor_id, Page(_MANY))
        return [tag.display for tag in tags_of(tx, [row[1] for row in rows])]

    tags = await house_of(request).db.read(work)
    return page(request, "tags.html", is_kept=False, tags=tags)
