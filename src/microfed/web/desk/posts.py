"""One post at the desk: whoever looks after the place need not report it to themselves first."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid
from microfed.forms import Fields
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.handling import mark_posts, remove_posts
from microfed.queries.posts import load_posts
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk import journal
from microfed.web.desk.door import do, show

PATH = "/desk/posts"


async def post_page(request: Request, member: SignedIn) -> Response:
    """GET: the post, and what can be done with it. Keepers read what any member like them may."""
    viewer, id_ = member.viewer, parse_id(request.path_params["id"])

    def work(tx: Tx) -> PostView:
        need_visible_post(tx, viewer, id_=id_)
        return load_posts(tx, [id_], viewer)[0]

    return show(request, "post", post=await house_of(request).db.read(work))


async def change_post(request: Request, member: SignedIn) -> Response:
    """POST: veil it or take it away."""
    id_ = parse_id(request.path_params["id"])
    deed = partial(_change, member.viewer, id_)
    return await do(request, member, deed, back=journal.PATH, gone=journal.PATH)


def _change(viewer: Viewer, id_: int, tx: Tx, by: Actor, given: Fields) -> None:
    post = need_visible_post(tx, viewer, id_=id_)
    if given["deed"] == "remove_post":
        remove_posts(tx, by=by, posts=[post])
    elif given["deed"] == "mark_post":
        mark_posts(tx, by=by, posts=[post])
    else:
        raise Invalid("there is no such deed")
