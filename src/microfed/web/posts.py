"""A post with its conversation, and the posts under a hashtag."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.house import house_of
from microfed.ids import parse_id
from microfed.pages import page
from microfed.queries.posts import load_posts, tagged_ids
from microfed.queries.threads import ThreadView, need_id_at, need_thread
from microfed.queries.views import PostView
from microfed.store.database import Tx
from microfed.text import excerpt, tag_key
from microfed.web.paging import PAGE, before_of, more_after


async def post_page(request: Request) -> Response:
    """A post, what it answers, and what answers it."""
    name, id_ = request.path_params["name"], parse_id(request.path_params["id"])

    def work(tx: Tx) -> ThreadView:
        return need_thread(tx, None, need_id_at(tx, None, name=name, id_=id_))

    thread = await house_of(request).db.read(work)
    post = thread.post
    return page(
        request,
        "post.html",
        thread=thread,
        post=post,
        # What stands behind a warning is not told in a preview either.
        summary=post.warning or post.title or excerpt(post.content),
    )


async def tag_page(request: Request) -> Response:
    """What was said to everyone under a hashtag, here and elsewhere."""
    name, before = request.path_params["name"], before_of(request)

    def work(tx: Tx) -> list[PostView]:
        ids = tagged_ids(tx, None, tag=tag_key(name), limit=PAGE, before=before)
        return load_posts(tx, ids, None)

    posts = await house_of(request).db.read(work)
    return page(request, "tag.html", tag=name, posts=posts, before=before, more=more_after(posts))
