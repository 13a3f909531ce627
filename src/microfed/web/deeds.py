"""What a member does with a post: one form, and back to where they were."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Malformed
from microfed.fetching import carry_out
from microfed.forms import read_form, safe_path
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.drafts import keep_draft
from microfed.operations.event_polls import vote_or_come
from microfed.operations.featured import pin, unpin
from microfed.operations.keeping import bookmark, mute_thread, unbookmark, unmute_thread
from microfed.operations.media import set_aside
from microfed.operations.posts import need_own
from microfed.operations.reactions import boost, like, unboost, unlike
from microfed.operations.taking_back import delete_post
from microfed.pages import page
from microfed.queries.posts import load_posts
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PostView
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.editing import wish_like
from microfed.web.looking import member_of, to_the_door

_WITH_POSTS: Mapping[str, Callable[..., Any]] = {
    "like": like,
    "unlike": unlike,
    "boost": boost,
    "unboost": unboost,
    "bookmark": bookmark,
    "unbookmark": unbookmark,
    "pin": pin,
    "unpin": unpin,
    "hush": mute_thread,
    "unhush": unmute_thread,
}
_TAKING_BACK = ("delete", "again")
_MOST_ANSWERS = 20  # elsewhere people may choose among more than here
_ANSWERS = {str(n) for n in range(_MOST_ANSWERS)}


async def do_with_post(request: Request) -> Response:
    """A member thanks, passes on, keeps, shows first, or takes back."""
    member = await need_member(request)
    given = await read_form(request)
    id_, deed = parse_id(request.path_params["id"]), given.get("deed", "")
    if deed in _TAKING_BACK:
        return await _take_back(request, member, id_, writes_again=deed == "again")
    if deed not in _WITH_POSTS:
        raise Malformed("this cannot be done with a post")

    def work(tx: Tx) -> None:
        me = tx.session.get_one(Actor, member.actor_id)
        post = need_visible_post(tx, member.viewer, id_=id_)
        _WITH_POSTS[deed](tx, actor=me, post=post)

    await carry_out(house_of(request), work)
    back = safe_path(given.get("back", "/home"))
    if request.headers.get("hx-request") == "true":
        return await _in_place(request, member, id_, back=back, is_focus="focus" in given)
    return RedirectResponse(f"{back}#p{id_}", 303)


async def _in_place(
    request: Request, member: SignedIn, id_: int, *, back: str, is_focus: bool
) -> Response:
    """Return only what changed on the page: the row of deeds under the post."""
    request.state.member = member

    def work(tx: Tx) -> PostView:
        return load_posts(tx, [id_], member.viewer)[0]

    post = await house_of(request).db.read(work)
    return page(request, "deeds.html", is_kept=False, post=post, is_focus=is_focus, back=back)


async def choose_answers(request: Request) -> Response:
    """A member chooses among the answers of a question."""
    member = await need_member(request)
    given = await read_form(request)
    id_ = parse_id(request.path_params["id"])
    chosen = [n for n in range(_MOST_ANSWERS) if f"choice{n}" in given]
    if given.get("choice", "") in _ANSWERS:
        chosen.append(int(given["choice"]))

    def work(tx: Tx) -> None:
        post = need_visible_post(tx, member.viewer, id_=id_)
        vote_or_come(
            tx, actor=tx.session.get_one(Actor, member.actor_id), post=post, positions=chosen
        )

    if chosen:  # whoever chose nothing yet sees the question again
        await carry_out(house_of(request), work)
    return RedirectResponse(f"{safe_path(given.get('back', '/home'))}#p{id_}", 303)


async def _take_back(
    request: Request, member: SignedIn, id_: int, *, writes_again: bool
) -> Response:
    """Delete a post; `writes_again` keeps its words and pictures as a draft, and leads there."""

    def work(tx: Tx) -> int | None:
        me = tx.session.get_one(Actor, member.actor_id)
        post = need_visible_post(tx, member.viewer, id_=id_)
        need_own(me, post)
        draft_id = None
        if writes_again:
            draft_id = keep_draft(tx, author=me, wish=wish_like(tx, post)).id
            set_aside(tx, post_id=id_)
        delete_post(tx, author=me, post=post)
        return draft_id

    draft_id = await carry_out(house_of(request), work)
    return RedirectResponse("/home" if draft_id is None else f"/write?draft={draft_id}", 303)


async def take_back_page(request: Request) -> Response:
    """Ask once more before a post is deleted."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    id_, viewer = parse_id(request.path_params["id"]), member.viewer

    def work(tx: Tx) -> PostView:
        need_visible_post(tx, viewer, id_=id_)
        return load_posts(tx, [id_], viewer)[0]

    post = await house_of(request).db.read(work)
    return page(request, "take_back.html", is_kept=False, post=post)
