"""Lists and followed hashtags are filled when a post arrives, as home timelines are."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from microfed.outbound.attention import attention
from microfed.store.database import Tx
from microfed.store.insert import insert_all
from microfed.store.lists import ListEntry, ListMember, PeopleList
from microfed.store.own import FollowedTag, SilencedHost
from microfed.store.people import Actor, Block, Follow, Mute
from microfed.store.posts import HomeEntry, Post, PostTag
from microfed.vocab.audience import Audience

BACKFILL = 40


def place_in_lists(
    tx: Tx, given: Mapping[str, int], *, is_boost: bool, is_reply: bool, is_late: bool = False
) -> None:
    """Put a post on the lists its author is on, as far as their owners follow the author.

    `given` is what home timelines are filled by: post, author, and who is asked or boosted. An
    answer stands on a list when the list says so; a boost unless its owner turned boosts off.
    """
    if attention(tx, author_id=given["author"], post_id=given["post"]).on_a_list:
        tx.connection.execute(_placement(is_boost, is_reply, is_late), given)


def is_apart(owner_id: Any, actor_id: Any) -> ColumnElement[bool]:
    """Return the condition that a member reads somebody on an exclusive list, not at home."""
    return exists(
        select(ListMember.id)
        .join(PeopleList, PeopleList.id == ListMember.list_id)
        .where(
            ListMember.actor_id == actor_id,
            ListMember.owner_id == owner_id,
            PeopleList.is_exclusive,
        )
    )


@lru_cache(8)
def _placement(is_boost: bool, is_reply: bool, is_late: bool) -> Insert:
    also, beside = aliased(Follow), aliased(ListMember)
    query = (
        select(ListMember.list_id, bindparam("post", type_=BigInteger))
        .join(PeopleList, PeopleList.id == ListMember.list_id)
        .join(
            Follow,
            (Follow.follower_id == ListMember.owner_id) & (Follow.target_id == ListMember.actor_id),
        )
        .where(ListMember.actor_id == bindparam("author"), Follow.accepted_at.is_not(None))
    )
    if is_reply:
        asked = bindparam("asked", type_=BigInteger)
        follows_both = exists(
            select(also.id).where(
                also.follower_id == ListMember.owner_id,
                also.target_id == asked,
                also.accepted_at.is_not(None),
            )
        )
        lists_both = exists(
            select(beside.id).where(beside.list_id == PeopleList.id, beside.actor_id == asked)
        )
        query = query.where(
            or_(
                ListMember.owner_id == asked,
                (PeopleList.replies == "followed") & follows_both,
                (PeopleList.replies == "list") & lists_both,
            ),
            PeopleList.replies != "none",
        )
    if is_boost:
        boosted = bindparam("boosted", type_=BigInteger)
        blocks = select(Block.id).where(
            Block.blocker_id == ListMember.owner_id, Block.blocked_id == boosted
        )
        mutes = select(Mute.id).where(
            Mute.muter_id == ListMember.owner_id, Mute.muted_id == boosted
        )
        query = query.where(Follow.shows_boosts, ~exists(blocks), ~exists(mutes))
    if is_late:  # it may stand there already
        there = select(ListEntry.post_id).where(
            ListEntry.list_id == ListMember.list_id,
            ListEntry.post_id == bindparam("post", type_=BigInteger),
        )
        query = query.where(~exists(there))
    return insert(ListEntry).from_select(["list_id", "post_id"], query)


def place_by_tags(tx: Tx, *, post_id: int, author_id: int, audience: str) -> None:
    """Put a public post into the homes of those who follow a hashtag it carries."""
    if (
        audience != Audience.PUBLIC
        or not attention(tx, author_id=author_id, post_id=post_id).by_tag
    ):
        return
    owners = tx.connection.scalars(_FOLLOW_A_TAG, {"post": post_id, "author": author_id}).all()
    insert_all(tx, HomeEntry, [{"owner_id": owner, "post_id": post_id} for owner in owners])


# Nobody is shown by way of a hashtag whom they do not want to read.
_FOLLOW_A_TAG = (
    select(FollowedTag.owner_id)
    .distinct()
    .join(PostTag, PostTag.tag_id == FollowedTag.tag_id)
    .where(
        PostTag.post_id == bindparam("post"),
        ~exists(
            select(Block.id).where(
                or_(
                    (Block.blocker_id == FollowedTag.owner_id)
                    & (Block.blocked_id == bindparam("author")),
                    (Block.blocked_id == FollowedTag.owner_id)
                    & (Block.blocker_id == bindparam("author")),
                )
            )
        ),
        ~exists(
            select(SilencedHost.id)
            .join(Actor, Actor.host == SilencedHost.host)
            .where(SilencedHost.owner_id == FollowedTag.owner_id, Actor.id == bindparam("author"))
        ),
    )
)


def fill_list(tx: Tx, *, list_id: int, actor_id: int) -> None:
    """Somebody joins a list: their latest posts join its timeline."""
    latest = tx.connection.scalars(
        select(Post.id)
        .where(
            Post.actor_id == actor_id,
            Post.audience.not_in((Audience.PEOPLE, Audience.GROUP)),
            Post.in_reply_to_uri.is_(None),
        )
        .order_by(Post.id.desc())
        .limit(BACKFILL)
    ).all()
    insert_all(tx, ListEntry, [{"list_id": list_id, "post_id": post_id} for post_id in latest])


def fill_lists_with(tx: Tx, *, owner_id: int, actor_id: int) -> None:
    """A follow begins of somebody who was put on lists while it was asked for."""
    lists = select(ListMember.list_id).where(
        ListMember.owner_id == owner_id, ListMember.actor_id == actor_id
    )
    for list_id in tx.connection.scalars(lists).all():
        fill_list(tx, list_id=list_id, actor_id=actor_id)


def empty_list(tx: Tx, *, list_ids: list[int], actor_id: int) -> None:
    """Somebody leaves lists: their posts leave with them."""
    theirs = select(Post.id).where(Post.actor_id == actor_id)
    tx.connection.execute(
        delete(ListEntry).where(ListEntry.list_id.in_(list_ids), ListEntry.post_id.in_(theirs))
    )


def leave_lists(tx: Tx, *, owner_id: int, actor_id: int) -> None:
    """A member follows somebody no more: they leave that member's lists."""
    ids = tx.connection.scalars(
        select(ListMember.list_id).where(
            ListMember.owner_id == owner_id, ListMember.actor_id == actor_id
        )
    ).all()
    if ids:
        empty_list(tx, list_ids=list(ids), actor_id=actor_id)
        tx.connection.execute(
            delete(ListMember).where(
                ListMember.owner_id == owner_id, ListMember.actor_id == actor_id
            )
        )
