"""Hashtags: what they are called, and how many used each on each of the last seven days."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, literal_column, select

from microfed.ids import first_id_at
from microfed.queries.visibility import listed_publicly
from microfed.store.database import Tx
from microfed.store.posts import Post, PostTag, Tag

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
