"""A post with its conversation, and the posts under a hashtag."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.gathering import is_thread_due, thread_was_opened
from microfed.pages import page
from microfed.queries.posts import load_posts, tagged_ids
from microfed.queries.sessions import SignedIn
from microfed.queries.threads import ThreadView, need_id_at, need_thread
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Database, Tx
from microfed.text import excerpt, tag_key
from microfed.web.looking import member_of
from microfed.web.paging import PAGE, before_of, more_after
from microfed.web.typed import blank


async def post_page(request: Request) -> Response:
    """A member's post, what it answers, and what answers it."""
    member = await member_of(request)
    viewer = None if member is None else member.viewer
    name, id_ = request.path_params["name"], parse_id(request.path_params["id"])
    db = house_of(request).db
    await db.read(lambda tx: need_id_at(tx, viewer, name=name, id_=id_))
    return _thread_page(request, member, await _opened(db, viewer, id_))


async def any_post_page(request: Request) -> Response:
    """A post from anywhere, for members: what others wrote is not published here anew."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return RedirectResponse(f"/sign-in?next=/posts/{id_}", 303)
    thread = await _opened(house_of(request).db, member.viewer, id_)
    return _thread_page(request, member, thread)


async def _opened(db: Database, viewer: Viewer | None, id_: int) -> ThreadView:
    """Return a conversation. What others said in it is fetched meanwhile, if a member reads it."""

    def work(tx: Tx) -> tuple[ThreadView, bool]:
        thread = need_thread(tx, viewer, id_)
        is_due = viewer is not None and is_thread_due(tx, need_visible_post(tx, viewer, id_=id_))
        return thread, is_due

    thread, is_due = await db.read(work)
    if is_due:
        await db.write(lambda tx: thread_was_opened(tx, need_visible_post(tx, viewer, id_=id_)))
    return thread


def _thread_page(request: Request, member: SignedIn | None, thread: ThreadView) -> Response:
    post = thread.post
    return page(
        request,
        "post.html",
        is_kept=member is None,
        thread=thread,
        post=post,
        draft=None if member is None else blank(member, answering=post),
        # What stands behind a warning is not told in a preview either.
        summary=post.warning or post.title or excerpt(post.content),
    )


async def tag_page(request: Request) -> Response:
    """What was said to everyone under a hashtag, here and elsewhere."""
    name, before = request.path_params["name"], before_of(request)
    member = await member_of(request)
    viewer = None if member is None else member.viewer

    def work(tx: Tx) -> list[PostView]:
        ids = tagged_ids(tx, viewer, tag=tag_key(name), limit=PAGE, before=before)
        return load_posts(tx, ids, viewer)

    posts = await house_of(request).db.read(work)
    return page(request, "tag.html", tag=name, posts=posts, before=before, more=more_after(posts))
