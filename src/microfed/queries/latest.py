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

# So many authors elsewhere are looked up one by one; of more, a post is found soon in any case.
_FEW = 50


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
    is_heard = and_(
        author.host != HERE,
        author.is_discoverable,
        exists(
            select(Follow.id)
            .join(member, member.id == Follow.follower_id)
            .where(
                Follow.target_id == author.id,
                Follow.accepted_at.is_not(None),
                member.host == HERE,
            )
        ),
    )
    query = select(Post.id).where(
        ~Post.is_local, Post.in_reply_to_uri.is_(None), listed_publicly(), visible_to(None)
    )
    if before is not None:
        query = query.where(Post.id < before)
    few = list(tx.connection.scalars(select(author.id).where(is_heard).limit(_FEW + 1)))
    if not few:
        return []
    if len(few) <= _FEW:
        # Walking back through all that came from elsewhere would find next to nothing: their own
        # posts are looked at instead, and the sum keeps the engine from walking all the same.
        query = query.where(Post.actor_id.in_(few)).order_by((Post.id + 0).desc())
    else:
        query = query.join(author, author.id == Post.actor_id).where(is_heard)
        query = query.order_by(Post.id.desc())
    return list(tx.connection.scalars(query.limit(limit)))


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
