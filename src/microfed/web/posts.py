"""A post with its conversation, and the posts under a hashtag."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.house import house_of
from microfed.ids import parse_id
from microfed.pages import page
from microfed.queries.posts import load_posts, tagged_ids
from microfed.queries.sessions import SignedIn
from microfed.queries.threads import ThreadView, need_id_at, need_thread
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.text import excerpt, tag_key
from microfed.web.looking import member_of
from microfed.web.paging import PAGE, before_of, more_after
from microfed.web.writing import blank


async def post_page(request: Request) -> Response:
    """A member's post, what it answers, and what answers it."""
    member = await member_of(request)
    viewer = None if member is None else member.viewer
    name, id_ = request.path_params["name"], parse_id(request.path_params["id"])

    def work(tx: Tx) -> ThreadView:
        return need_thread(tx, viewer, need_id_at(tx, viewer, name=name, id_=id_))

    return _thread_page(request, member, await house_of(request).db.read(work))


async def any_post_page(request: Request) -> Response:
    """A post from anywhere, for members: what others wrote is not published here anew."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return RedirectResponse(f"/sign-in?next=/posts/{id_}", 303)
    viewer = member.viewer
    thread = await house_of(request).db.read(lambda tx: need_thread(tx, viewer, id_))
    return _thread_page(request, member, thread)


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
