"""Threads: what a post answers, and what answers it, as far as whoever looks may see."""

from dataclasses import dataclass

from sqlalchemy import select

from microfed.errors import Gone, NotFound
from microfed.queries.context import context_of
from microfed.queries.held_back import through_filters
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer, is_one_of, visible_to
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Mention, Post, Tombstone
from microfed.vocab.audience import Audience

MOST_OTHERS = 10


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A post in its conversation. A reply's number says how many answers lie between, from 1."""

    ancestors: list[PostView]
    post: PostView
    replies: list[tuple[int, PostView]]
    others: tuple[str, ...] = ()  # of a private word: whom it names besides whoever looks


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
    others = _others(tx, viewer, post)
    return ThreadView([views[up] for up in above if up in views], views[id_], replies, others)


def _others(tx: Tx, viewer: Viewer | None, post: Post) -> tuple[str, ...]:
    """Return the handles of those who hear an answer to a private word besides its author."""
    if viewer is None:
        return ()
    rows = tx.connection.execute(
        select(Actor.username, Actor.host)
        .join(Mention, Mention.actor_id == Actor.id)
        .join(Post, Post.id == Mention.post_id)
        .where(
            Post.id == post.id,
            is_one_of(Post, (Audience.PEOPLE,)),
            ~Mention.is_silent,
            Actor.id.not_in((viewer.actor_id, post.actor_id)),
            Actor.gone_at.is_(None),
        )
        .order_by(Actor.id)
        .limit(MOST_OTHERS)
    )
    return tuple(f"@{name}@{host}" if host else f"@{name}" for name, host in rows)


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
