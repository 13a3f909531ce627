"""What was last said: here, around, in the ring, under a hashtag."""

from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    select,
)
from sqlalchemy.orm import aliased

from microfed.ids import MAX_ID
from microfed.queries.visibility import (
    Viewer,
    as_values,
    listed_publicly,
    said_here,
    someone,
    standing_of,
    visible_to,
)
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Follow
from microfed.store.posts import Post, PostTag, Tag
from microfed.store.ring import RingEntry


def latest_public_ids(
    tx: Tx, viewer: Viewer | None, *, limit: int, before: int | None = None
) -> list[int]:
    """Return what was last said here to everyone; answers stay in their conversations."""
    values = {"before": before or MAX_ID, "limit": limit, **as_values(viewer)}
    return list(tx.connection.scalars(_latest(standing_of(viewer)), values))


def around_ids(tx: Tx, *, limit: int, before: int | None = None) -> list[int]:
    """Return what people elsewhere, whom someone here follows, said to everyone.

    Only of those who let themselves be discovered: being followed here is not being published here.
    """
    author, member = aliased(Actor), aliased(Actor)
    followed = (
        select(Follow.id)
        .join(member, member.id == Follow.follower_id)
        .where(
            Follow.target_id == Post.actor_id,
            Follow.accepted_at.is_not(None),
            member.host == HERE,
        )
    )
    query = (
        select(Post.id)
        .join(author, author.id == Post.actor_id)
        .where(
            ~Post.is_local,
            Post.in_reply_to_uri.is_(None),
            author.is_discoverable,
            listed_publicly(),
            visible_to(None),
            exists(followed),
        )
    )
    if before is not None:
        query = query.where(Post.id < before)
    return list(tx.connection.scalars(query.order_by(Post.id.desc()).limit(limit)))


def ring_ids(tx: Tx, viewer: Viewer, *, limit: int, before: int | None = None) -> list[int]:
    """Return what was said here and in allied places, to everyone or to the ring."""
    query = (
        select(RingEntry.post_id)
        .join(Post, Post.id == RingEntry.post_id)
        .where(visible_to(viewer), _unsilenced())
    )
    if before is not None:
        query = query.where(RingEntry.post_id < before)
    return list(tx.connection.scalars(query.order_by(RingEntry.post_id.desc()).limit(limit)))


def tagged_ids(
    tx: Tx, viewer: Viewer | None, *, tag: str, limit: int, before: int | None = None
) -> list[int]:
    """Return what was said to everyone under a hashtag, given in lower case."""
    query = (
        select(PostTag.post_id)
        .join(Tag, Tag.id == PostTag.tag_id)
        .join(Post, Post.id == PostTag.post_id)
        .where(Tag.name == tag, listed_publicly(), visible_to(viewer), _unsilenced())
    )
    if before is not None:
        query = query.where(PostTag.post_id < before)
    return list(tx.connection.scalars(query.order_by(PostTag.post_id.desc()).limit(limit)))


# The questions of every page are built once: building one costs more than its answer.


def _unsilenced() -> ColumnElement[bool]:
    """Return the condition that nobody looking after the place keeps the author off its lists."""
    return ~exists().where(Actor.id == Post.actor_id, Actor.silenced_at.is_not(None))


@lru_cache(3)
def _latest(standing: bool | None) -> Select[int]:
    return (
        select(Post.id)
        .where(
            said_here() if standing else and_(Post.is_local, listed_publicly()),
            Post.in_reply_to_uri.is_(None),
            visible_to(someone(standing)),
            Post.id < bindparam("before", type_=BigInteger),
            _unsilenced(),
        )
        .order_by(Post.id.desc())
        .limit(bindparam("limit", type_=BigInteger))
    )
