"""Figures over time for those who look after the place: what is said and done, never what is read.

Days are UTC. Each figure is a list of counts, one a day, from rows that exist anyway.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from microfed.ids import first_id_at, moment_of
from microfed.queries.files import bytes_by_kind
from microfed.store.database import Tx
from microfed.store.moderation import Report
from microfed.store.people import HERE, Actor, Follow, Member
from microfed.store.posts import Attachment, Like, Post, PostTag

MOST_DAYS = 366
Measure = Callable[[Tx, datetime, datetime, str | None], Counter[int]]


def day_of(moment: datetime) -> int:
    """Return the number of a day since 1970."""
    return int(moment.timestamp()) // 86_400


def measure(
    tx: Tx, key: str, begin: datetime, end: datetime, about: str | None
) -> tuple[int, int, list[tuple[datetime, int]]]:
    """Return a figure in a span of days, what it was in the span before, and each day's part."""
    days = max(1, min(MOST_DAYS, day_of(end) - day_of(begin) + 1))
    first = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    counted = MEASURES[key](tx, first, first + timedelta(days=days), about)
    before = MEASURES[key](tx, first - timedelta(days=days), first, about)
    series = [
        (day, counted[day_of(day)]) for day in (first + timedelta(days=n) for n in range(days))
    ]
    return sum(counted.values()), sum(before.values()), series


def dimension(
    tx: Tx, key: str, begin: datetime, end: datetime, limit: int, about: str | None
) -> list[tuple[str, int]]:
    """Return what something is made of, the largest first: languages, servers, bytes."""
    low, high = first_id_at(begin), first_id_at(end)
    said = (Post.id >= low, Post.id < high)
    if key == "space_usage":
        return sorted(bytes_by_kind(tx).items(), key=lambda item: -item[1])[:limit]
    if key in ("languages", "tag_languages", "instance_languages"):
        column: Any = func.coalesce(Post.language, "und")
        query = select(column, func.count(Post.id)).where(*said)
        if key == "languages":
            query = query.where(Post.is_local)
    elif key in ("servers", "tag_servers"):
        column = func.coalesce(func.nullif(Actor.host, HERE), tx.here.domain)
        query = select(column, func.count(Post.id)).join(Actor, Actor.id == Post.actor_id)
        query = query.where(*said)
    elif key == "instance_accounts":
        column = Actor.username
        query = select(column, func.count(Post.id)).join(Actor, Actor.id == Post.actor_id)
        query = query.where(*said)
    else:  # sources
        column = func.coalesce(Post.application, "web")
        query = select(column, func.count(Post.id)).where(*said, Post.is_local)
    if key.startswith("tag_"):
        query = query.join(PostTag, PostTag.post_id == Post.id).where(
            PostTag.tag_id == _number(about)
        )
    if key == "instance_languages":
        query = query.join(Actor, Actor.id == Post.actor_id)
    if key.startswith("instance_"):
        query = query.where(Actor.host == (about or "?"))
    rows = tx.connection.execute(
        query.group_by(column).order_by(func.count(Post.id).desc(), column).limit(limit)
    )
    return [(str(name), count) for name, count in rows]


DIMENSIONS = (
    *("languages", "sources", "servers", "space_usage", "tag_servers", "tag_languages"),
    *("instance_accounts", "instance_languages"),
)


def cohorts(
    tx: Tx, begin: datetime, end: datetime, *, by_month: bool
) -> list[tuple[datetime, list[tuple[datetime, int, int]]]]:
    """Return, for those who moved in in each span, how many of them said something in each since.

    A span is a day or a month; a row is (when it began, how many, of how many).
    """
    starts = _spans(begin, end, by_month)
    joined = {
        row.id: row.created_at
        for row in tx.connection.execute(
            select(Member.id, Member.created_at).where(
                Member.created_at >= starts[0], Member.created_at < end + timedelta(days=1)
            )
        )
    }
    spoke: set[tuple[int, datetime]] = set()
    said = select(Post.actor_id, Post.id).where(
        Post.is_local, Post.id >= first_id_at(starts[0]), Post.actor_id.in_(list(joined))
    )
    for actor_id, post_id in tx.connection.execute(said):
        spoke.add((actor_id, _span_of(moment_of(post_id), by_month)))
    found = []
    for number, start in enumerate(starts):
        who = [id_ for id_, moment in joined.items() if _span_of(moment, by_month) == start]
        later = [
            (span, sum((id_, span) in spoke for id_ in who), len(who)) for span in starts[number:]
        ]
        found.append((start, later))
    return found


def _spans(begin: datetime, end: datetime, by_month: bool) -> list[datetime]:
    at = _span_of(begin, by_month)
    found: list[datetime] = []
    while at <= end and len(found) < MOST_DAYS:
        found.append(at)
        at = _span_of(at + timedelta(days=32 if by_month else 1), by_month)
    return found or [_span_of(begin, by_month)]


def _span_of(moment: datetime, by_month: bool) -> datetime:
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return day.replace(day=1) if by_month else day


def _by_id(table: Any, *where: Any, join: Sequence[Any] = (), once: Any = None) -> Measure:
    """Return a measure that counts rows by the day in their id; `once` counts each only once."""

    def count(tx: Tx, begin: datetime, end: datetime, about: str | None) -> Counter[int]:
        query = select(table.id, *(() if once is None else (once,))).where(
            table.id >= first_id_at(begin), table.id < first_id_at(end)
        )
        for target, on in join:
            query = query.join(target, on)
        for condition in where:
            query = query.where(condition(about) if callable(condition) else condition)
        seen: set[tuple[int, Any]] = set()
        counted: Counter[int] = Counter()
        for row in tx.connection.execute(query):
            day = day_of(moment_of(row[0]))
            if once is not None:
                if (day, row[1]) in seen:
                    continue
                seen.add((day, row[1]))
            counted[day] += 1
        return counted

    return count


def _by_moment(column: Any, *where: Any) -> Measure:
    def count(tx: Tx, begin: datetime, end: datetime, about: str | None) -> Counter[int]:
        query = select(column).where(column >= begin, column < end, *where)
        return Counter(day_of(moment) for moment in tx.connection.scalars(query))

    return count


def _number(about: str | None) -> int:
    return int(about) if about and about.isascii() and about.isdigit() and len(about) < 19 else 0


_AUTHOR = (Actor, Actor.id == Post.actor_id)
_TAGGED = (PostTag, PostTag.post_id == Post.id)
MEASURES: dict[str, Measure] = {
    "active_users": _by_id(Post, Post.is_local, once=Post.actor_id),
    "new_users": _by_moment(Member.created_at),
    "interactions": _by_id(Like),
    "opened_reports": _by_id(Report),
    "resolved_reports": _by_moment(Report.handled_at),
    "tag_accounts": _by_id(
        Post, lambda about: PostTag.tag_id == _number(about), join=[_TAGGED], once=Post.actor_id
    ),
    "tag_uses": _by_id(Post, lambda about: PostTag.tag_id == _number(about), join=[_TAGGED]),
    "tag_servers": _by_id(
        Post,
        lambda about: PostTag.tag_id == _number(about),
        join=[_TAGGED, _AUTHOR],
        once=Actor.host,
    ),
    "instance_accounts": _by_id(Actor, lambda about: Actor.host == (about or "?")),
    "instance_statuses": _by_id(Post, lambda about: Actor.host == (about or "?"), join=[_AUTHOR]),
    "instance_media_attachments": _by_id(
        Attachment,
        lambda about: Actor.host == (about or "?"),
        join=[(Post, Post.id == Attachment.post_id), _AUTHOR],
    ),
    "instance_reports": _by_id(
        Report,
        lambda about: Actor.host == (about or "?"),
        join=[(Actor, Actor.id == Report.target_id)],
    ),
    "instance_follows": _by_id(
        Follow,
        lambda about: Actor.host == (about or "?"),
        join=[(Actor, Actor.id == Follow.target_id)],
    ),
    "instance_followers": _by_id(
        Follow,
        lambda about: Actor.host == (about or "?"),
        join=[(Actor, Actor.id == Follow.follower_id)],
    ),
}
