"""Threads: what a post answers, and what answers it, as far as whoever looks may see."""

from dataclasses import dataclass

from sqlalchemy import select

from microfed.errors import Gone, NotFound
from microfed.queries.context import context_of
from microfed.queries.held_back import through_filters
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer, visible_to
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Post, Tombstone


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A post in its conversation. A reply's number says how many answers lie between, from 1."""

    ancestors: list[PostView]
    post: PostView
    replies: list[tuple[int, PostView]]


def need_thread(tx: Tx, viewer: Viewer | None, id_: int) -> ThreadView:
    """Return the conversation around a post that `viewer` may see; else NotFound."""
    post = need_visible_post(tx, viewer, id_=id_)
    above, below = context_of(tx, viewer, post)
    # Two servers may each say that its post answers the other's: a circle is shown once.
    above = [up for up in above if up != id_]
    below = [down for down in below if down not in above]
    views = {view.entry_id: view for view in load_posts(tx, [*above, id_, *below], viewer)}
    # What somebody opened is shown to them, whatever they filter.
    around = [view for view in views.values() if view.entry_id != id_]
    kept = {view.entry_id: view for view in through_filters(tx, viewer, around, "thread")}
    views = {at: view for at, view in (views | kept).items() if at == id_ or at in kept}
    if id_ not in views:
        raise NotFound("there is no such post")
    depths = {id_: 0}
    replies: list[tuple[int, PostView]] = []
    for view in (views[below_id] for below_id in below if below_id in views):
        # An answer stands after what it answers, so that the depth above is known.
        depths[view.id] = depths.get(view.in_reply_to_id or id_, 0) + 1
        replies.append((depths[view.id], view))
    return ThreadView([views[up] for up in above if up in views], views[id_], replies)


def need_id_at(tx: Tx, viewer: Viewer | None, *, name: str, id_: int) -> int:
    """Return the id of a member's post asked for by its page; Gone once it is deleted."""
    query = (
        select(Post.id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(
            Post.id == id_,
            Post.boost_of_id.is_(None),
            Actor.host == HERE,
            Actor.name_key == name.lower(),
            visible_to(viewer),
        )
    )
    if tx.connection.scalar(query) is not None:
        return id_
    tombstone = tx.session.get(Tombstone, tx.here.post(name.lower(), id_))
    if tombstone is not None:
        raise Gone("this post was deleted", tombstone.uri)
    raise NotFound("there is no such post")
