"""Where an activity must go: inboxes, shared ones preferred, each once."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from microfed.store.database import Tx
from microfed.store.events import EventAnswer
from microfed.store.people import HERE, Actor, Block, Follow
from microfed.store.posts import Like, Post

_SHARED = func.coalesce(Actor.shared_inbox_uri, Actor.inbox_uri)
_REACHABLE = (Actor.host != HERE, Actor.gone_at.is_(None), Actor.suspended_at.is_(None))

_OF_FOLLOWERS = (
    select(_SHARED)
    .distinct()
    .join(Follow, Follow.follower_id == Actor.id)
    .where(Follow.target_id == bindparam("actor"), Follow.accepted_at.is_not(None), *_REACHABLE)
)


def inboxes_of_followers(tx: Tx, actor_id: int) -> set[str]:
    """Return the inboxes through which all followers elsewhere of an actor are reached."""
    return set(tx.connection.scalars(_OF_FOLLOWERS, {"actor": actor_id}))


def inboxes_of(
    tx: Tx, actor_ids: Iterable[int], *, is_shared: bool, sender_id: int | None = None
) -> set[str]:
    """Return the inboxes of some actors elsewhere; whom `sender_id` blocks gets nothing."""
    wanted = list(actor_ids)
    if not wanted:
        return set()
    query = select(_SHARED if is_shared else Actor.inbox_uri).where(
        Actor.id.in_(wanted), *_REACHABLE
    )
    if sender_id is not None:
        blocked = select(Block.blocked_id).where(Block.blocker_id == sender_id)
        query = query.where(Actor.id.not_in(blocked))
    return set(tx.connection.scalars(query))


def all_inboxes(tx: Tx) -> set[str]:
    """Return one way to each server that anybody here ever heard of."""
    return set(tx.connection.scalars(select(_SHARED).distinct().where(*_REACHABLE)))


def inboxes_of_interested(
    tx: Tx, post_id: int, *, is_shared: bool = True, who: ColumnElement[bool] | None = None
) -> set[str]:
    """Return the inboxes of those elsewhere who boosted, liked or answered a post, or come.

    `who` is a condition on those who did not say that they come.
    """
    boosted = select(Post.actor_id).where(Post.boost_of_id == post_id)
    answered = select(Post.actor_id).where(Post.in_reply_to_id == post_id)
    liked = select(Like.actor_id).where(Like.post_id == post_id)
    come = select(EventAnswer.actor_id).where(
        EventAnswer.event_id == post_id, EventAnswer.actor_id.is_not(None)
    )
    did = Actor.id.in_(boosted.union(answered, liked))
    interested = did if who is None else and_(did, who)
    return set(
        tx.connection.scalars(
            select(_SHARED if is_shared else Actor.inbox_uri)
            .distinct()
            .where(or_(interested, Actor.id.in_(come)), *_REACHABLE)
        )
    )
