"""A member's notifications: one by one, or those of a kind together (interop.md §5.5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, exists, func, literal, or_, select

from microfed.queries.pages import Page, in_order, paged
from microfed.store.database import Tx
from microfed.store.people import Actor, Block, Member
from microfed.store.queues import Notification
from microfed.store.reading import Marker, NotificationRequest

# Several of these about the same thing within half a day are one group.
GROUPED = ("like", "boost", "follow", "sign_up", "coming")
MOST_SAMPLES = 8
_BUCKET = 12 * 3_600_000 << 16  # twelve hours of ids
_AT_ONCE = 200
_MOST_ROUNDS = 50

GroupKey = tuple[str, int, int]  # kind, post (0: none), half-day; or ("", 0, id) for one alone


@dataclass(frozen=True, slots=True)
class Sought:
    """Which notifications are wanted."""

    kinds: frozenset[str]
    from_id: int | None = None
    with_filtered: bool = False
    grouped: Collection[str] = GROUPED


@dataclass(slots=True)
class Group:
    """Notifications shown as one. `people` holds the newest few of those they come from."""

    key: GroupKey
    newest: Notification
    count: int = 0
    min_id: int = 0
    people: list[int] = field(default_factory=list)


def seek_notifications(
    tx: Tx, owner_id: int, sought: Sought, page: Page, *more: ColumnElement[bool]
) -> list[Notification]:
    """Return a page of notifications, newest first."""
    query = select(Notification).where(*_wanted(owner_id, sought), *more)
    return in_order(list(tx.session.scalars(paged(query, Notification.id, page))), page)


def find_notification(tx: Tx, owner_id: int, id_: int) -> Notification | None:
    """Return one notification of a member."""
    return tx.session.scalar(
        select(Notification).where(Notification.id == id_, Notification.owner_id == owner_id)
    )


def seek_groups(tx: Tx, owner_id: int, sought: Sought, page: Page) -> list[Group]:
    """Return a page of groups, newest first. Going down, each group comes once."""
    seen = _begun_before(tx, owner_id, sought, page.max_id)
    groups: dict[GroupKey, Group] = {}
    cursor = page
    for _ in range(_MOST_ROUNDS):
        rows = _next_rows(tx, owner_id, sought, cursor)
        for row in rows:
            key = group_key(row, sought.grouped)
            if key in seen:
                continue
            group = groups.get(key)
            if group is None:
                if len(groups) == page.limit:
                    break
                group = groups[key] = Group(key, row, min_id=row.id)
            _join(group, row)
        if len(rows) < _AT_ONCE or len(groups) == page.limit:
            break
        last = rows[-1].id
        cursor = (
            Page(page.limit, min_id=last)
            if page.min_id is not None
            else Page(page.limit, max_id=last, since_id=page.since_id)
        )
    _count(tx, owner_id, sought, groups)
    return sorted(groups.values(), key=lambda group: -group.newest.id)


def find_group(tx: Tx, owner_id: int, key: str, sought: Sought) -> Group | None:
    """Return the group that apps call `key`, as far as there is still something in it."""
    conditions = conditions_of(key)
    if conditions is None:
        return None
    rows = tx.session.scalars(
        select(Notification)
        .where(*_wanted(owner_id, sought), *conditions)
        .order_by(Notification.id.desc())
    ).all()
    if not rows:
        return None
    group = Group(group_key(rows[0], sought.grouped), rows[0], min_id=rows[-1].id)
    for row in rows:
        _join(group, row)
    group.count = len(rows)
    return group


def people_of_group(tx: Tx, owner_id: int, key: str) -> list[int]:
    """Return everyone that a group comes from, newest first."""
    conditions = conditions_of(key)
    if conditions is None:
        return []
    query = (
        select(Notification.from_id)
        .where(Notification.owner_id == owner_id, *conditions)
        .order_by(Notification.id.desc())
    )
    return list(dict.fromkeys(tx.connection.scalars(query)))


def name_of_group(key: GroupKey) -> str:
    """Return what apps call a group."""
    kind, post_id, at = key
    if not kind:
        return f"ungrouped-{at}"
    return f"{kind}-{post_id}-{at}" if post_id else f"{kind}-{at}"


def conditions_of(name: str) -> tuple[ColumnElement[bool], ...] | None:
    """Return the conditions of the notifications in a group called `name`; None for no name."""
    kind, *numbers = name.split("-")
    if not all(number.isascii() and number.isdigit() and len(number) < 20 for number in numbers):
        return None
    if kind == "ungrouped" and len(numbers) == 1:
        return (Notification.id == int(numbers[0]),)
    if kind not in GROUPED or len(numbers) not in (1, 2):
        return None
    at = int(numbers[-1])
    if at * _BUCKET >= 1 << 63:
        return None
    about = Notification.post_id
    return (
        Notification.kind == kind,
        about.is_(None) if len(numbers) == 1 else about == int(numbers[0]),
        Notification.id >= at * _BUCKET,
        Notification.id < (at + 1) * _BUCKET,
    )


def group_key(row: Notification, grouped: Collection[str] = GROUPED) -> GroupKey:
    """Return which group a notification belongs to."""
    if row.kind not in grouped or row.kind not in GROUPED:
        return ("", 0, row.id)
    return (row.kind, row.post_id or 0, row.id // _BUCKET)


def count_unread(tx: Tx, owner_id: int, sought: Sought, limit: int, *, by_group: bool) -> int:
    """Return how many came since the member last said how far they read, up to `limit`."""
    read = tx.connection.scalar(
        select(Marker.last_read_id).where(
            Marker.owner_id == owner_id, Marker.timeline == "notifications"
        )
    )
    if by_group:
        return len(seek_groups(tx, owner_id, sought, Page(limit, since_id=read or 0)))
    some = (
        select(Notification.id)
        .where(*_wanted(owner_id, sought), Notification.id > (read or 0))
        .limit(limit)
    )
    return tx.connection.scalar(select(func.count()).select_from(some.subquery())) or 0


def requests_of(tx: Tx, owner_id: int, page: Page) -> list[NotificationRequest]:
    """Return a page of the people whose notifications wait apart."""
    query = select(NotificationRequest).where(NotificationRequest.owner_id == owner_id)
    return in_order(list(tx.session.scalars(paged(query, NotificationRequest.id, page))), page)


def find_request(tx: Tx, owner_id: int, id_: int) -> list[NotificationRequest]:
    """Return one request of a member, or none."""
    query = select(NotificationRequest).where(
        NotificationRequest.owner_id == owner_id, NotificationRequest.id == id_
    )
    return list(tx.session.scalars(query))


def count_filtered(tx: Tx, owner_id: int) -> dict[int, int]:
    """Return how many notifications wait apart, by who they come from."""
    rows = tx.connection.execute(
        select(Notification.from_id, func.count())
        .where(Notification.owner_id == owner_id, Notification.is_filtered)
        .group_by(Notification.from_id)
    )
    return {row[0]: row[1] for row in rows}


def notification_policy(tx: Tx, owner_id: int) -> dict[str, str]:
    """Return what a member said of notifications from strangers, as far as they did."""
    habits = tx.connection.scalar(select(Member.preferences).where(Member.id == owner_id))
    return dict((habits or {}).get("notification_policy", {}))


def _wanted(owner_id: int, sought: Sought) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        Notification.owner_id == owner_id,
        Notification.kind.in_(sorted(sought.kinds)),
        ~exists(
            select(Block.id).where(
                Block.blocker_id == owner_id, Block.blocked_id == Notification.from_id
            )
        ),
        ~exists(
            select(Actor.id).where(
                Actor.id == Notification.from_id,
                or_(Actor.suspended_at.is_not(None), Actor.gone_at.is_not(None)),
            )
        ),
    ]
    if not sought.with_filtered:
        conditions.append(~Notification.is_filtered)
    if sought.from_id is not None:
        conditions.append(Notification.from_id == sought.from_id)
    return conditions


def _next_rows(tx: Tx, owner_id: int, sought: Sought, page: Page) -> list[Notification]:
    wide = Page(_AT_ONCE, page.max_id, page.since_id, page.min_id)
    query = select(Notification).where(*_wanted(owner_id, sought))
    return list(tx.session.scalars(paged(query, Notification.id, wide)))


def _begun_before(tx: Tx, owner_id: int, sought: Sought, max_id: int | None) -> frozenset[GroupKey]:
    """Return the groups a page before this one showed: they reach beyond `max_id`."""
    if max_id is None:
        return frozenset()
    end = (max_id // _BUCKET + 1) * _BUCKET
    rows = tx.session.scalars(
        select(Notification).where(
            *_wanted(owner_id, sought), Notification.id >= max_id, Notification.id < end
        )
    )
    return frozenset(group_key(row, sought.grouped) for row in rows)


def _join(group: Group, row: Notification) -> None:
    if row.id > group.newest.id:
        group.newest = row
        group.people.insert(0, row.from_id)
    else:
        group.people.append(row.from_id)
    group.min_id = min(group.min_id, row.id)
    del group.people[MOST_SAMPLES:]


def _count(tx: Tx, owner_id: int, sought: Sought, groups: dict[GroupKey, Group]) -> None:
    """Count what is in each group: one question for the whole page."""
    together = [key for key in groups if key[0]]
    for key, group in groups.items():
        group.count = 0 if key[0] else 1
    if not together:
        return
    low = min(key[2] for key in together) * _BUCKET
    high = (max(key[2] for key in together) + 1) * _BUCKET
    bucket: Any = Notification.id // literal(_BUCKET)
    rows = tx.connection.execute(
        select(Notification.kind, Notification.post_id, bucket, func.count())
        .where(
            *_wanted(owner_id, sought),
            Notification.kind.in_(sorted({key[0] for key in together})),
            Notification.id >= low,
            Notification.id < high,
        )
        .group_by(Notification.kind, Notification.post_id, bucket)
    )
    for kind, post_id, at, count in rows:
        found = groups.get((kind, post_id or 0, int(at)))
        if found is not None:
            found.count = count
