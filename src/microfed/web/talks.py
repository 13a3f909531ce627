"""Private conversations: with whom, what was said last, and the way in."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Malformed
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.talks import forget_talk, mark_talk
from microfed.pages import page
from microfed.queries.pages import Page
from microfed.queries.posts import load_people, load_posts
from microfed.queries.talks import talks_of
from microfed.queries.views import PersonView, PostView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import PAGE, before_of


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as one of those in it sees it."""

    id: int
    people: list[PersonView]
    last: PostView
    is_unread: bool


async def talks_page(request: Request) -> Response:
    """A member's private conversations, the latest word first."""
    member, before = await member_of(request), before_of(request)
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> tuple[list[Talk], int | None]:
        rows = talks_of(tx, member.actor_id, Page(PAGE, max_id=before))
        people = load_people(tx, {id_ for row in rows for id_ in row.people})
        posts = {
            post.id: post
            for post in load_posts(tx, [row.last_post_id for row in rows], member.viewer)
        }
        talks = [
            Talk(
                row.id,
                [people[id_] for id_ in reversed(row.people) if id_ in people],
                posts[row.last_post_id],
                row.is_unread,
            )
            for row in rows
            if row.last_post_id in posts
        ]
        return talks, rows[-1].last_post_id if len(rows) == PAGE else None

    talks, more = await house_of(request).db.read(work)
    return page(request, "talks.html", is_kept=False, talks=talks, before=before, more=more)


async def do_with_talk(request: Request) -> Response:
    """Go into a conversation, which is to have read it; or take it out of the list."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    deed = Fields(await read_form(request))["deed"]
    if deed not in ("read", "unread", "forget"):
        raise Malformed("this cannot be done with a conversation")

    def work(tx: Tx) -> int | None:
        me = tx.session.get_one(Actor, member.actor_id)
        if deed == "forget":
            forget_talk(tx, actor=me, id_=id_)
            return None
        talk = mark_talk(tx, actor=me, id_=id_, is_unread=deed == "unread")
        return talk.last_post_id if deed == "read" else None

    last = await house_of(request).db.write(work)
    return RedirectResponse("/talks" if last is None else f"/posts/{last}", 303)
