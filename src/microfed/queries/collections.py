"""Collections of an actor, page by page, newest first, for whoever looks."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from microfed.queries.silence import not_silenced
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.database import Tx
from microfed.store.people import Actor, Block, Follow
from microfed.store.posts import Like, Pin, Post

PAGE = 40


@dataclass(frozen=True, slots=True)
class UriPage:
    """Ids of things, and where the next page begins (None: there is none)."""

    uris: list[str]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class DonePage:
    """Activities as whoever did them said them, and where the next page begins."""

    activities: list[dict[str, Any]]
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
        .where(
            Follow.follower_id == actor.id,
            Follow.accepted_at.is_not(None),
            ~Actor.is_private,  # who is in a private group is told to nobody
        )
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


def count_liked(tx: Tx, actor: Actor, viewer: Viewer | None) -> int:
    """Count what an actor likes, as far as `viewer` may see it."""
    query = (
        select(func.count(Like.id))
        .join(Post, Post.id == Like.post_id)
        .where(Like.actor_id == actor.id, visible_to(viewer))
    )
    return tx.connection.scalar(query) or 0


def likes_page(tx: Tx, post: Post, viewer: Viewer, *, before: int | None) -> DonePage:
    """Return by which activities a post is liked, but those of whom `viewer` silenced."""
    query = (
        select(Like.id, Like.uri, Actor.uri)
        .join(Actor, Actor.id == Like.actor_id)
        .where(Like.post_id == post.id, not_silenced(viewer.actor_id, Like.actor_id, tx.now))
    )
    return _done(tx, query, Like.id, before, "Like", post.uri)


def shares_page(tx: Tx, post: Post, viewer: Viewer, *, before: int | None) -> DonePage:
    """Return by which activities a post was passed on, as far as `viewer` may see them."""
    query = (
        select(Post.id, Post.uri, Actor.uri)
        .join(Actor, Actor.id == Post.actor_id)
        .where(
            Post.boost_of_id == post.id,
            visible_to(viewer),
            not_silenced(viewer.actor_id, Post.actor_id, tx.now),
        )
    )
    return _done(tx, query, Post.id, before, "Announce", post.uri)


def pending_followers_page(tx: Tx, actor: Actor, *, before: int | None) -> DonePage:
    """Return the Follows that wait for an actor's answer (FEP-4ccd)."""
    query = (
        select(Follow.id, Follow.uri, Actor.uri)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(Follow.target_id == actor.id, Follow.accepted_at.is_(None))
    )
    return _done(tx, query, Follow.id, before, "Follow", actor.uri)


def pending_following_page(tx: Tx, actor: Actor, *, before: int | None) -> DonePage:
    """Return an actor's own Follows that nobody answered yet (FEP-4ccd)."""
    query = (
        select(Follow.id, Follow.uri, Actor.uri)
        .join(Actor, Actor.id == Follow.target_id)
        .where(Follow.follower_id == actor.id, Follow.accepted_at.is_(None))
    )
    return _turned(_done(tx, query, Follow.id, before, "Follow", actor.uri))


def blocks_page(tx: Tx, actor: Actor, *, before: int | None) -> DonePage:
    """Return the Blocks by which an actor keeps others away (FEP-c648)."""
    query = (
        select(Block.id, Block.uri, Actor.uri)
        .join(Actor, Actor.id == Block.blocked_id)
        .where(Block.blocker_id == actor.id)
    )
    return _turned(_done(tx, query, Block.id, before, "Block", actor.uri))


def count_own(tx: Tx, actor: Actor) -> dict[str, int]:
    """Count what only an actor's own clients may see, by the name of its collection."""
    blocked = select(func.count(Block.id)).where(Block.blocker_id == actor.id)
    waits = select(func.count(Follow.id)).where(Follow.accepted_at.is_(None))
    blocks = tx.connection.scalar(blocked) or 0
    return {
        "pendingFollowers": tx.connection.scalar(waits.where(Follow.target_id == actor.id)) or 0,
        "pendingFollowing": tx.connection.scalar(waits.where(Follow.follower_id == actor.id)) or 0,
        "blocked": blocks,
        "blocks": blocks,
    }


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


def _done(tx: Tx, query: Any, key: Any, before: int | None, kind: str, object_uri: str) -> DonePage:
    if before is not None:
        query = query.where(key < before)
    rows = tx.connection.execute(query.order_by(key.desc()).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    activities = [
        {
            **({"id": uri} if uri else {}),
            "type": kind,
            "actor": actor_uri,
            "object": object_uri,
        }
        for _, uri, actor_uri in shown
    ]
    return DonePage(activities, shown[-1][0] if len(rows) > PAGE else None)


def _turned(page: DonePage) -> DonePage:
    """Return the same, done by the one whom it named as its object."""
    turned = [{**one, "actor": one["object"], "object": one["actor"]} for one in page.activities]
    return DonePage(turned, page.next_before)


def _page(
    tx: Tx, query: Select[int, str], key: InstrumentedAttribute[int], before: int | None
) -> UriPage:
    if before is not None:
        query = query.where(key < before)
    rows = tx.connection.execute(query.order_by(key.desc()).limit(PAGE + 1)).all()
    more = len(rows) > PAGE
    shown = rows[:PAGE]
    return UriPage([row[1] for row in shown], shown[-1][0] if more else None)
