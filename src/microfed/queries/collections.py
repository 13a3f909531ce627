"""Collections of an actor, page by page, newest first, for whoever looks."""

from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from microfed.queries.visibility import Viewer, visible_to
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.posts import Like, Pin, Post

PAGE = 40


@dataclass(frozen=True, slots=True)
class UriPage:
    """Ids of things, and where the next page begins (None: there is none)."""

    uris: list[str]
    next_before: int | None


def outbox_posts(
    tx: Tx, actor: Actor, viewer: Viewer | None, *, before: int | None, limit: int = PAGE
) -> list[Post]:
    """Return posts and boosts of an actor that `viewer` may see."""
    query = select(Post).where(Post.actor_id == actor.id, visible_to(viewer))
    if before is not None:
        query = query.where(Post.id < before)
    return list(tx.session.scalars(query.order_by(Post.id.desc()).limit(limit)))


def count_outbox(tx: Tx, actor: Actor) -> int:
    """Count what an actor said to everyone."""
    query = select(func.count(Post.id)).where(Post.actor_id == actor.id, visible_to(None))
    return tx.connection.scalar(query) or 0


def followers_page(tx: Tx, actor: Actor, *, before: int | None) -> UriPage:
    """Return who follows an actor."""
    query = (
        select(Follow.id, Actor.uri)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(Follow.target_id == actor.id, Follow.accepted_at.is_not(None))
    )
    return _page(tx, query, Follow.id, before)


def following_page(tx: Tx, actor: Actor, *, before: int | None) -> UriPage:
    """Return whom an actor follows."""
    query = (
        select(Follow.id, Actor.uri)
        .join(Actor, Actor.id == Follow.target_id)
        .where(Follow.follower_id == actor.id, Follow.accepted_at.is_not(None))
    )
    return _page(tx, query, Follow.id, before)


def liked_page(tx: Tx, actor: Actor, viewer: Viewer | None, *, before: int | None) -> UriPage:
    """Return what an actor likes, as far as `viewer` may see it."""
    query = (
        select(Like.id, Post.uri)
        .join(Post, Post.id == Like.post_id)
        .where(Like.actor_id == actor.id, visible_to(viewer))
    )
    return _page(tx, query, Like.id, before)


def pinned_posts(tx: Tx, actor: Actor) -> list[Post]:
    """Return what an actor shows at the top of their profile to everyone."""
    query = (
        select(Post)
        .join(Pin, Pin.post_id == Post.id)
        .where(Pin.actor_id == actor.id, visible_to(None))
        .order_by(Pin.id.desc())
        .limit(PAGE)
    )
    return list(tx.session.scalars(query))


def reply_uris(tx: Tx, post: Post, viewer: Viewer | None, *, before: int | None) -> UriPage:
    """Return the direct answers to a post that `viewer` may see."""
    query = select(Post.id, Post.uri).where(Post.in_reply_to_id == post.id, visible_to(viewer))
    return _page(tx, query, Post.id, before)


def thread_uris(tx: Tx, thread_id: int, viewer: Viewer | None) -> list[str]:
    """Return a whole conversation, oldest first, as far as `viewer` may see it (FEP-7888)."""
    query = (
        select(Post.uri)
        .where(or_(Post.thread_id == thread_id, Post.id == thread_id), visible_to(viewer))
        .order_by(Post.id)
        .limit(1_000)
    )
    return list(tx.connection.scalars(query))


def boosted_of(tx: Tx, boosts: list[Post]) -> dict[int, tuple[Post, Actor]]:
    """Return, by id of the boost, what was passed on and who wrote it."""
    ids = {post.boost_of_id for post in boosts if post.boost_of_id is not None}
    if not ids:
        return {}
    rows = tx.session.execute(
        select(Post, Actor).join(Actor, Actor.id == Post.actor_id).where(Post.id.in_(ids))
    )
    by_id = {post.id: (post, author) for post, author in rows}
    return {
        post.id: by_id[post.boost_of_id]
        for post in boosts
        if post.boost_of_id is not None and post.boost_of_id in by_id
    }


def _page(
    tx: Tx, query: Select[int, str], key: InstrumentedAttribute[int], before: int | None
) -> UriPage:
    if before is not None:
        query = query.where(key < before)
    rows = tx.connection.execute(query.order_by(key.desc()).limit(PAGE + 1)).all()
    more = len(rows) > PAGE
    shown = rows[:PAGE]
    return UriPage([row[1] for row in shown], shown[-1][0] if more else None)
