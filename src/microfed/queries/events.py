"""The agenda: what takes place that a viewer may see, who comes, and calendars of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from microfed.queries.visibility import Viewer, listed_publicly, visible_to
from microfed.store.database import Tx
from microfed.store.events import CalendarKey, Event, EventAnswer
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.text import called
from microfed.vocab.events import Meeting

MOST = 200
MOST_NAMES = 200
# What has no end is over some hours after it began.
USUAL = timedelta(hours=6)
# What a calendar keeps of what is over, and how much a feed holds in all.
_KEPT = timedelta(days=90)
_MOST_FED = 500
COMING = ("going", "maybe", "waiting", "asked")


@dataclass(frozen=True, slots=True)
class Entry:
    """A date in the agenda; `is_later` is one of a series whose turn has not come."""

    event: Event
    post: Post
    starts_at: datetime
    ends_at: datetime | None
    is_later: bool = False

    @property
    def title(self) -> str:
        """What it is called on that date."""
        return str(self._said("title"))

    @property
    def place(self) -> str:
        """Where it is on that date."""
        return str(self._said("place"))

    @property
    def words(self) -> str:
        """What is said of it on that date."""
        return str(self._said("words"))

    def _said(self, name: str) -> Any:
        later = self.event.later_plan if self.is_later else None
        return getattr(self.event, name) if later is None else later[name]


@dataclass(frozen=True, slots=True)
class Answered:
    """One who answered, as those see it who may."""

    name: str
    state: str
    actor_id: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Coming:
    """How many come to an event, perhaps come and wait; and who, where the viewer may know."""

    going: int = 0
    maybe: int = 0
    waiting: int = 0
    people: Sequence[Answered] = field(default_factory=tuple)


def agenda(
    tx: Tx,
    viewer: Viewer | None,
    *,
    is_past: bool = False,
    is_here: bool = False,
    is_on: bool = False,
    before: datetime | None = None,
    most: int = MOST,
) -> list[Entry]:
    """Return what takes place, the next first; of what is over, the latest first. `is_on` leaves
    out what was called off.

    Whoever is not signed in sees what was said here to everyone.
    """
    asked = select(Event, Post).join(Post, Post.id == Event.id).where(visible_to(viewer))
    if viewer is None:
        asked = asked.where(listed_publicly())
    if viewer is None or is_here:
        asked = asked.where(Post.is_local)
    if is_on:
        asked = asked.where(Event.state != "cancelled")
    if before is not None:
        asked = asked.where(Event.starts_at < before)
    asked = asked.where(_is_over(tx.now) if is_past else ~_is_over(tx.now))
    order = Event.starts_at.desc() if is_past else Event.starts_at
    rows = tx.session.execute(asked.order_by(order, Event.id).limit(most)).all()
    entries = [_entry(event, post) for event, post in rows]
    if not is_past:
        entries += [later for event, post in rows for later in _later(event, post, tx.now)]
        entries.sort(key=lambda entry: (entry.starts_at, entry.event.id))
    return entries[:most]


def event_of(tx: Tx, post_id: int) -> Event | None:
    """Return the event that a post says, if it says one; the post's viewer was checked."""
    return tx.session.get(Event, post_id)


def dates_of_series(tx: Tx, viewer: Viewer | None, event: Event) -> list[Event]:
    """Return the other dates of what repeats, as far as they were made."""
    if event.series_id is None:
        return []
    asked = (
        select(Event)
        .join(Post, Post.id == Event.id)
        .where(Event.series_id == event.series_id, Event.id != event.id, visible_to(viewer))
        .order_by(Event.starts_at)
        .limit(MOST)
    )
    return list(tx.session.scalars(asked))


def later_dates(event: Event) -> list[datetime]:
    """Return when something that repeats begins after the dates that were made."""
    return [datetime.fromisoformat(str(said)) for said in event.later or ()]


def coming_to(tx: Tx, event: Event, post: Post, viewer: Viewer | None) -> Coming:
    """Return who comes. Neighbours read the names of who has one here or elsewhere; its author
    also who waits, guests, and what they wrote; everyone else, and of events elsewhere, numbers."""
    counted: dict[str, int] = {
        row.state: row.n
        for row in tx.connection.execute(
            select(EventAnswer.state, func.count().label("n"))
            .where(EventAnswer.event_id == event.id)
            .group_by(EventAnswer.state)
        )
    }
    going = counted.get("going", 0)
    if not post.is_local and event.elsewhere_count is not None:
        going = max(event.elsewhere_count, going)
    people: list[Answered] = []
    if viewer is not None and viewer.is_local:
        is_author = viewer.actor_id == post.actor_id
        people = _people(tx, event.id, is_author=is_author)
    return Coming(going, counted.get("maybe", 0), counted.get("waiting", 0), people)


def answer_by(tx: Tx, event_id: int, actor_id: int) -> str:
    """Return how somebody's answer stands; empty when they gave none."""
    asked = select(EventAnswer.state).where(
        EventAnswer.event_id == event_id, EventAnswer.actor_id == actor_id
    )
    return tx.connection.scalar(asked) or ""


def answers_by(tx: Tx, actor_id: int, ids: Collection[int]) -> dict[int, str]:
    """Return how somebody's answers stand, by event."""
    asked = select(EventAnswer.event_id, EventAnswer.state).where(
        EventAnswer.actor_id == actor_id, EventAnswer.event_id.in_(list(ids))
    )
    return {row.event_id: row.state for row in tx.connection.execute(asked)}


def fed_publicly(tx: Tx) -> list[Entry]:
    """Return what the calendar of the place holds: what was said here to everyone."""
    asked = _fed(tx).where(visible_to(None), listed_publicly(), Post.is_local)
    return _with_later(tx, asked)


def fed_to(tx: Tx, member_id: int) -> list[Entry]:
    """Return what a member's calendar holds: what they planned, and what they said yes to."""
    mine = select(EventAnswer.event_id).where(
        EventAnswer.actor_id == member_id, EventAnswer.state.in_(COMING)
    )
    asked = _fed(tx).where(
        visible_to(Viewer(member_id)), or_(Post.actor_id == member_id, Event.id.in_(mine))
    )
    return _with_later(tx, asked)


def entries_of(event: Event, post: Post, now: datetime) -> list[Entry]:
    """Return what the calendar of one event holds: it, and the dates it repeats on."""
    return [_entry(event, post), *_later(event, post, now)]


def member_of_calendar(tx: Tx, token_hash: str) -> int | None:
    """Return whose calendar a secret address opens; nobody's, once they are shut out."""
    asked = (
        select(CalendarKey.id)
        .join(Member, Member.id == CalendarKey.id)
        .join(Actor, Actor.id == CalendarKey.id)
        .where(
            CalendarKey.token_hash == token_hash,
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    )
    return tx.connection.scalar(asked)


def meetings_of(tx: Tx, ids: Sequence[int]) -> dict[int, Meeting]:
    """Return the events that posts of ours say, with how many come, for their documents."""
    if not ids:
        return {}
    counted = {
        row.event_id: row.n
        for row in tx.connection.execute(
            select(EventAnswer.event_id, func.count().label("n"))
            .where(EventAnswer.event_id.in_(ids), EventAnswer.state == "going")
            .group_by(EventAnswer.event_id)
        )
    }
    return {
        event.id: Meeting(
            title=event.title,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            zone=event.zone,
            place=event.place,
            state=event.state,
            capacity=event.capacity,
            join_mode=event.join_mode,
            page=event.page,
            going=counted.get(event.id, 0),
            takes_mail=event.takes_mail,
        )
        for event in tx.session.scalars(select(Event).where(Event.id.in_(ids)))
    }


def _people(tx: Tx, event_id: int, *, is_author: bool) -> list[Answered]:
    states = ("going", "waiting", "maybe", "declined") if is_author else ("going", "maybe")
    asked: Any = (
        select(EventAnswer, Actor.display_name, Actor.username, Actor.emojis, Actor.gone_at)
        .outerjoin(Actor, Actor.id == EventAnswer.actor_id)
        .where(EventAnswer.event_id == event_id, EventAnswer.state.in_(states))
        .order_by(EventAnswer.since, EventAnswer.id)
        .limit(MOST_NAMES)
    )
    if not is_author:
        asked = asked.where(EventAnswer.actor_id.is_not(None))
    found = []
    for answer, display_name, username, emojis, gone_at in tx.session.execute(asked):
        if gone_at is None:
            name = answer.name or called(display_name or "", username, emojis)
            words = answer.words if is_author else ""
            found.append(Answered(name, answer.state, answer.actor_id, words))
    return found


def _fed(tx: Tx) -> Any:
    return (
        select(Event, Post)
        .join(Post, Post.id == Event.id)
        .where(Event.starts_at > tx.now - _KEPT)
        .order_by(Event.starts_at, Event.id)
        .limit(_MOST_FED)
    )


def _with_later(tx: Tx, asked: Any) -> list[Entry]:
    rows = tx.session.execute(asked).all()
    return [entry for event, post in rows for entry in entries_of(event, post, tx.now)]


def _entry(event: Event, post: Post) -> Entry:
    return Entry(event, post, event.starts_at, event.ends_at)


def _later(event: Event, post: Post, now: datetime) -> list[Entry]:
    lasts = None if event.ends_at is None else event.ends_at - event.starts_at
    if event.later_plan is not None:
        seconds = event.later_plan["lasts"]
        lasts = None if seconds is None else timedelta(seconds=seconds)
    return [
        Entry(event, post, moment, None if lasts is None else moment + lasts, is_later=True)
        for moment in later_dates(event)
        if moment > now
    ]


def _is_over(now: datetime) -> ColumnElement[bool]:
    # Never unknown: what has no end must be found by the opposite of this too.
    return or_(
        Event.ends_at.is_not(None) & (Event.ends_at <= now),
        Event.ends_at.is_(None) & (Event.starts_at <= now - USUAL),
    )
