"""Home timelines are written when a post arrives, one row per neighbour who follows its author.

Reading is then the same small query however many one follows (performance.md).
"""

from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Insert,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from microfed.outbound.listed import is_apart, place_in_lists
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import HERE, Actor, Block, Follow, Mute
from microfed.store.posts import HomeEntry, Post
from microfed.vocab.audience import Audience

BACKFILL = 40


def place_in_homes(
    tx: Tx,
    *,
    post_id: int,
    author_id: int,
    audience: str,
    is_local: bool,
    boosted_author_id: int | None = None,
    reply_to_actor_id: int | None = None,
) -> None:
    """Put a post into the homes of its author's followers here, and into the author's own.

    It goes onto the lists its author is on as well; whoever has the author on an exclusive list
    reads the post there alone.

    A reply goes to those alone who follow both; a boost (`boosted_author_id`) not to whoever
    turned boosts off, nor to whoever blocks or mutes the boosted author.
    """
    # Conversations have a place of their own; a private group's words go to its members' homes.
    if audience in (Audience.PEOPLE, Audience.GROUP):
        return
    is_reply = reply_to_actor_id is not None and reply_to_actor_id != author_id
    given = {"post": post_id, "author": author_id}
    if is_reply:
        given["asked"] = reply_to_actor_id or 0
    if boosted_author_id is not None:
        given["boosted"] = boosted_author_id
    tx.connection.execute(_placement(boosted_author_id is not None, is_reply), given)
    place_in_lists(tx, given, is_boost=boosted_author_id is not None, is_reply=is_reply)
    if is_local:
        insert_once(tx, HomeEntry, {"owner_id": author_id, "post_id": post_id})


def place_in_homes_late(
    tx: Tx, *, post_id: int, author_id: int, audience: str, reply_to_actor_id: int | None
) -> bool:
    """Its author brings a post that we knew from hearsay: now it stands in the homes of those who
    follow them. Returns whether it did not stand there before."""
    if audience == Audience.PEOPLE:
        return False
    is_reply = reply_to_actor_id is not None and reply_to_actor_id != author_id
    given = {"post": post_id, "author": author_id}
    if is_reply:
        given["asked"] = reply_to_actor_id or 0
    placed = tx.connection.execute(_placement(False, is_reply, is_late=True), given)
    place_in_lists(tx, given, is_boost=False, is_reply=is_reply, is_late=True)
    return placed.rowcount > 0


@lru_cache(8)
def _placement(is_boost: bool, is_reply: bool, is_late: bool = False) -> Insert:
    # Built once: building it anew for each post cost ten times what the database needs.
    owner, also = aliased(Actor), aliased(Follow)
    query = (
        select(Follow.follower_id, bindparam("post", type_=BigInteger))
        .join(owner, owner.id == Follow.follower_id)
        .where(
            Follow.target_id == bindparam("author"),
            Follow.accepted_at.is_not(None),
            owner.host == HERE,
            ~is_apart(Follow.follower_id, bindparam("author")),
        )
    )
    if is_reply:
        asked = bindparam("asked", type_=BigInteger)
        follows_both = exists(
            select(also.id).where(
                also.follower_id == Follow.follower_id,
                also.target_id == asked,
                also.accepted_at.is_not(None),
            )
        )
        query = query.where(or_(Follow.follower_id == asked, follows_both))
    if is_boost:
        boosted = bindparam("boosted", type_=BigInteger)
        blocks = select(Block.id).where(
            Block.blocker_id == Follow.follower_id, Block.blocked_id == boosted
        )
        mutes = select(Mute.id).where(Mute.muter_id == Follow.follower_id, Mute.muted_id == boosted)
        query = query.where(Follow.shows_boosts, ~exists(blocks), ~exists(mutes))
    if is_late:
        there = select(HomeEntry.post_id).where(
            HomeEntry.owner_id == Follow.follower_id,
            HomeEntry.post_id == bindparam("post", type_=BigInteger),
        )
        query = query.where(~exists(there))
    return insert(HomeEntry).from_select(["owner_id", "post_id"], query)


def fill_home(tx: Tx, *, owner_id: int, from_id: int) -> None:
    """A neighbour begins to follow someone: their latest posts join the home timeline."""
    latest = (
        select(literal(owner_id), Post.id)
        .where(
            Post.actor_id == from_id,
            Post.audience.not_in((Audience.PEOPLE, Audience.GROUP)),
            Post.in_reply_to_uri.is_(None),
            ~is_apart(literal(owner_id), literal(from_id)),
            ~exists(
                select(HomeEntry.post_id).where(
                    HomeEntry.owner_id == owner_id, HomeEntry.post_id == Post.id
                )
            ),
        )
        .order_by(Post.id.desc())
        .limit(BACKFILL)
    )
    tx.connection.execute(insert(HomeEntry).from_select(["owner_id", "post_id"], latest))


def empty_home(tx: Tx, *, owner_id: int, from_id: int) -> None:
    """A neighbour no longer follows someone: their posts leave the home timeline."""
    theirs = select(Post.id).where(Post.actor_id == from_id)
    tx.connection.execute(
        delete(HomeEntry).where(HomeEntry.owner_id == owner_id, HomeEntry.post_id.in_(theirs))
    )
