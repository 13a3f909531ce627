"""A post with its conversation."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.gathering import is_thread_due, thread_was_opened
from microfed.pages import page
from microfed.queries.circles import circles_of
from microfed.queries.sessions import SignedIn
from microfed.queries.threads import ThreadView, need_id_at, need_thread
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.circles import Circle
from microfed.store.database import Database, Tx
from microfed.text import excerpt
from microfed.web.looking import member_of, to_the_door
from microfed.web.typed import blank

MOST_LOOKS = 4


def _looked(request: Request) -> int:
    """Return how often this page looked again by itself."""
    said = request.query_params.get("look", "")
    return int(said) if said in map(str, range(1, MOST_LOOKS + 1)) else 0


async def post_page(request: Request) -> Response:
    """A member's post, what it answers, and what answers it."""
    member = await member_of(request)
    viewer = None if member is None else member.viewer
    name, id_ = request.path_params["name"], parse_id(request.path_params["id"])
    db = house_of(request).db
    await db.read(lambda tx: need_id_at(tx, viewer, name=name, id_=id_))
    return await _thread_page(request, member, viewer, id_)


async def any_post_page(request: Request) -> Response:
    """A post from anywhere, for members: what others wrote is not published here anew."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    if member is None:
        return to_the_door(request)
    return await _thread_page(request, member, member.viewer, id_)


async def _opened(
    db: Database, viewer: Viewer | None, id_: int
) -> tuple[ThreadView, bool, list[Circle]]:
    """Return a conversation, whether what others said in it is being fetched meanwhile, and the
    circles in which one may answer."""

    def work(tx: Tx) -> tuple[ThreadView, bool, list[Circle]]:
        thread = need_thread(tx, viewer, id_)
        is_due = viewer is not None and is_thread_due(tx, need_visible_post(tx, viewer, id_=id_))
        return thread, is_due, [] if viewer is None else circles_of(tx, viewer.actor_id)

    thread, is_due, circles = await db.read(work)
    if is_due:
        await db.write(lambda tx: thread_was_opened(tx, need_visible_post(tx, viewer, id_=id_)))
    return thread, is_due, circles


async def _thread_page(
    request: Request, member: SignedIn | None, viewer: Viewer | None, id_: int
) -> Response:
    thread, is_due, circles = await _opened(house_of(request).db, viewer, id_)
    post = thread.post
    return page(
        request,
        "post.html",
        is_kept=member is None,
        thread=thread,
        is_due=is_due,
        # A page that looked again looks a few times more, each time later, and then no more.
        looked=_looked(request),
        post=post,
        draft=None
        if member is None
        else blank(member, answering=post, circles=circles, others=thread.others),
        # What stands behind a warning is not told in a preview either.
        summary=post.warning or post.title or excerpt(post.content),
    )
