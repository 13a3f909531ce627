"""Hashtags: what they are called, and how many used each on each of the last seven days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select

from microfed.ids import first_id_at
from microfed.queries.pages import Page, in_order, paged
from microfed.queries.visibility import listed_publicly, open_to_all
from microfed.store.database import Tx
from microfed.store.own import FeaturedTag, FollowedTag
from microfed.store.posts import Post, PostTag, Tag
from microfed.text import tag_key

DAYS = 7
# The days since 1970 in an id (86,400,000 ms << 16); both engines divide whole numbers alike.
_DAY_OF_POST = PostTag.post_id.op("/")(literal_column("5662310400000"))


@dataclass(frozen=True, slots=True)
class TagDay:
    """How often a tag was used in public on one day, and by how many."""

    day: datetime  # midnight, UTC
    uses: int
    people: int


@dataclass(frozen=True, slots=True)
class TagView:
    """A hashtag: `name` in lower case, `display` as first seen; days from today backwards."""

    id: int
    name: str
    display: str
    days: tuple[TagDay, ...]


def tags_of(tx: Tx, ids: Sequence[int]) -> list[TagView]:
    """Return tags in the order of `ids`, in two queries however many."""
    if not ids:
        return []
    rows = tx.connection.execute(select(Tag.id, Tag.name, Tag.display).where(Tag.id.in_(list(ids))))
    names = {row.id: row for row in rows}
    today = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in range(DAYS)]
    used: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for tag_id, day, uses, people in tx.connection.execute(
        _USED, {"ids": list(ids), "since": first_id_at(days[-1])}
    ):
        used[tag_id][int(day)] = (uses, people)
    return [
        TagView(
            id_,
            names[id_].name,
            names[id_].display,
            tuple(TagDay(day, *used[id_].get(_number(day), (0, 0))) for day in days),
        )
        for id_ in ids
        if id_ in names
    ]


def names_of_tags(tx: Tx, ids: Sequence[int]) -> list[tuple[str, str]]:
    """Return the key of each hashtag, and how it is written."""
    rows = tx.connection.execute(select(Tag.name, Tag.display).where(Tag.id.in_(ids)))
    return [(key, shown) for key, shown in rows]


def unused_tag(tx: Tx, name: str) -> TagView:
    """Return a hashtag as it would be, were it used."""
    bare = name.strip().removeprefix("#")
    today = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = tuple(TagDay(today - timedelta(days=back), 0, 0) for back in range(DAYS))
    return TagView(0, tag_key(bare), bare, days)


def find_tag(tx: Tx, name: str) -> int | None:
    """Return the id of a hashtag by its name, however it is spelled."""
    key = tag_key(name.strip().removeprefix("#"))
    return tx.connection.scalar(select(Tag.id).where(Tag.name == key))


def followed_tags(tx: Tx, owner_id: int, page: Page) -> list[Any]:
    """Return a page of the hashtags a member follows: (place in the list, tag)."""
    query = select(FollowedTag.id, FollowedTag.tag_id).where(FollowedTag.owner_id == owner_id)
    return in_order(list(tx.connection.execute(paged(query, FollowedTag.id, page)).all()), page)


def marked_tags(tx: Tx, owner_id: int, ids: Sequence[int]) -> tuple[set[int], set[int]]:
    """Return which of these hashtags a member follows, and which they show."""
    return (
        set(
            tx.connection.scalars(
                select(FollowedTag.tag_id).where(
                    FollowedTag.owner_id == owner_id, FollowedTag.tag_id.in_(ids)
                )
            )
        ),
        set(
            tx.connection.scalars(
                select(FeaturedTag.tag_id).where(
                    FeaturedTag.actor_id == owner_id, FeaturedTag.tag_id.in_(ids)
                )
            )
        ),
    )


def often_used(tx: Tx, actor_id: int, most: int = 10) -> list[int]:
    """Return the hashtags somebody uses most in public and does not show yet."""
    shown = select(FeaturedTag.tag_id).where(FeaturedTag.actor_id == actor_id)
    query = (
        select(PostTag.tag_id)
        .join(Post, Post.id == PostTag.post_id)
        .where(Post.actor_id == actor_id, open_to_all(), PostTag.tag_id.not_in(shown))
        .group_by(PostTag.tag_id)
        .order_by(func.count().desc(), PostTag.tag_id)
        .limit(most)
    )
    return list(tx.connection.scalars(query))


_USED = (
    select(
        PostTag.tag_id,
        _DAY_OF_POST,
        func.count(PostTag.post_id),
        func.count(Post.actor_id.distinct()),
    )
    .join(Post, Post.id == PostTag.post_id)
    .where(
        PostTag.tag_id.in_(bindparam("ids", expanding=True)),
        PostTag.post_id >= bindparam("since"),
        listed_publicly(),
    )
    .group_by(PostTag.tag_id, _DAY_OF_POST)
)


def _number(day: datetime) -> int:
    return int(day.timestamp()) // 86_400
