"""The rows of events beside their posts: of ours, checked; of others, read with care."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from microfed.errors import NotFound
from microfed.operations.jobs import add_job
from microfed.operations.titled import check_titled, one_line, refuse
from microfed.outbound.notify import notify_again
from microfed.queries.events import USUAL
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor
from microfed.text import bare_text, clean_text
from microfed.vocab.events import LONGEST_PLACE, LONGEST_TITLE, is_zone, read_event

MOST_PEOPLE = 100_000
FARTHEST = timedelta(days=2 * 366)
LONGEST = timedelta(days=60)
# Who comes is reminded the day before, or where it was planned later than that, so long before.
LATE = timedelta(hours=1)
_LATER = ("title", "words", "place", "capacity", "takes_mail")
_COLUMNS = ("title", "words", "starts_at", "ends_at", "zone", "place", "capacity", "takes_mail")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a neighbour plans: moments in UTC, `zone` the clock that people there go by."""

    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    zone: str = "UTC"
    words: str = ""
    place: str = ""
    capacity: int | None = None
    takes_mail: bool = False
    series_id: int | None = None  # the first date, where it repeats
    later: tuple[datetime, ...] = ()  # when it begins again


def checked(plan: Plan, *, now: datetime, began: datetime | None = None) -> Plan:
    """Return the plan as it may stand. Raises Invalid, with the field, when it cannot.

    `began` is when it begins so far: what has begun may still be put in better words.
    """
    title, place = one_line(plan.title), one_line(plan.place)
    words = clean_text(plan.words).strip()
    check_titled(title, place, words, longest_title=LONGEST_TITLE, longest_place=LONGEST_PLACE)
    if not is_zone(plan.zone):
        refuse("zone", "there is no such clock")
    if plan.starts_at <= now and plan.starts_at != began:
        refuse("starts", "this has begun already")
    if plan.starts_at > now + FARTHEST:
        refuse("starts", "it begins within two years")
    if plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        refuse("ends", "it ends before it begins")
    if plan.ends_at is not None and plan.ends_at > plan.starts_at + LONGEST:
        refuse("ends", "it lasts two months at most")
    if plan.ends_at is not None and plan.ends_at <= now:
        refuse("ends", "this is over already")
    if plan.capacity is not None and not 1 <= plan.capacity <= MOST_PEOPLE:
        refuse("capacity", "there is room for one person at least")
    return replace(plan, title=title, place=place, words=words)


def add_event(tx: Tx, *, post_id: int, plan: Plan) -> Event:
    """A new post of ours is an event."""
    values = values_of(plan)
    event = Event(id=post_id, state="confirmed", join_mode="free", sequence=0, **values)
    event.later = [moment.isoformat() for moment in plan.later] or None
    event.series_id = plan.series_id or (post_id if plan.later else None)
    if event.series_id is not None:
        event.series_day = f"{plan.starts_at.astimezone(ZoneInfo(plan.zone)):%Y%m%d}"
    tx.session.add(event)
    tx.flush()
    plan_reminder(tx, event)
    if event.later:
        arguments = {"post_id": post_id}
        add_job(tx, "next_date", key=str(post_id), arguments=arguments, due_at=event.starts_at)
    return event


def remember_event(tx: Tx, *, post_id: int, author: Actor, document: Mapping[str, Any]) -> None:
    """A post from elsewhere came, or was changed: what happens stands in our agenda too.

    Neighbours who said that they come are told when it is at another time, or called off.
    """
    said = read_event(document)
    title = "" if said is None else bare_text(said.title)
    if said is None or not title:
        tx.connection.execute(delete(Event).where(Event.id == post_id))
        return
    event = tx.session.get(Event, post_id)
    is_new = event is None
    if event is None:
        event = Event(id=post_id, words="", sequence=0)
        tx.session.add(event)
    before = (event.starts_at, event.ends_at, event.state)
    event.title, event.place = title, bare_text(said.place)
    event.starts_at, event.ends_at, event.zone = said.starts_at, said.ends_at, said.zone
    event.state, event.capacity, event.elsewhere_count = said.state, said.capacity, said.going
    event.join_mode, event.page = said.join_mode, said.page
    if not is_new and before != (event.starts_at, event.ends_at, event.state):
        event.sequence += 1
        tx.flush()
        plan_reminder(tx, event)
        tell_those_who_come(tx, event, from_id=author.id)
    tx.flush()


def need_event(tx: Tx, post_id: int) -> Event:
    """Return the event that a post says, held until this is done; NotFound if it says none."""
    tx.flush()
    asked = select(Event).where(Event.id == post_id).with_for_update()
    event = tx.session.scalar(asked, execution_options={"populate_existing": True})
    if event is None:
        raise NotFound("this is no event")
    return event


def is_over(event: Event, now: datetime) -> bool:
    """Say whether nobody can come any more."""
    return (event.ends_at or event.starts_at + USUAL) <= now


def values_of(plan: Plan) -> dict[str, Any]:
    """Return the columns of a plan."""
    return {name: getattr(plan, name) for name in _COLUMNS}


def plan_of(event: Event) -> Plan:
    """Return what an event says now."""
    return Plan(**{name: getattr(event, name) for name in _COLUMNS})


def plan_of_later(event: Event) -> Plan:
    """Return what the dates that follow say, beginning when this one does."""
    said = dict(event.later_plan or {})
    if not said:
        return plan_of(event)
    lasts = said.pop("lasts")
    ends = None if lasts is None else event.starts_at + timedelta(seconds=lasts)
    return replace(plan_of(event), **said, ends_at=ends)


def keep_for_later(event: Event) -> None:
    """This date alone becomes another: what follows keeps what it says now."""
    if not event.later or event.later_plan is not None:
        return
    kept = plan_of_later(event)
    lasts = None if kept.ends_at is None else (kept.ends_at - kept.starts_at).total_seconds()
    event.later_plan = {name: getattr(kept, name) for name in _LATER} | {"lasts": lasts}


def move_later(event: Event, *, before: datetime) -> None:
    """What follows is put off as this date was, by the clock on the wall."""
    clock, event.later_plan = ZoneInfo(event.zone), None
    was, now = (at.astimezone(clock).replace(tzinfo=None) for at in (before, event.starts_at))
    moved = [
        (datetime.fromisoformat(said).astimezone(clock).replace(tzinfo=None) + (now - was))
        .replace(tzinfo=clock)
        .astimezone(UTC)
        for said in event.later or ()
    ]
    event.later = [at.isoformat() for at in moved] or None


def plan_reminder(tx: Tx, event: Event) -> None:
    """Have those who come reminded before it begins; another time is another job."""
    for due in (day_before(event), event.starts_at - LATE):
        if due > tx.now:
            starts = int(event.starts_at.timestamp())
            arguments = {"post_id": event.id, "starts": starts, "due": int(due.timestamp())}
            add_job(tx, "remind_event", key=f"{event.id}:{starts}", arguments=arguments, due_at=due)
            return


def day_before(event: Event) -> datetime:
    """Return when whoever comes is reminded: the day before, at the same hour on the wall."""
    clock = ZoneInfo(event.zone)
    local = event.starts_at.astimezone(clock).replace(tzinfo=None) - timedelta(days=1)
    return local.replace(tzinfo=clock).astimezone(UTC)


def tell_those_who_come(tx: Tx, event: Event, *, from_id: int) -> None:
    """Tell the neighbours who come, may come, wait or have asked that something has changed."""
    asked = select(EventAnswer.actor_id).where(
        EventAnswer.event_id == event.id,
        EventAnswer.actor_id.is_not(None),
        EventAnswer.state.in_(("going", "maybe", "waiting", "asked")),
    )
    for actor_id in tx.connection.scalars(asked).all():
        if actor_id is not None:
            notify_again(tx, owner_id=actor_id, kind="event", from_id=from_id, post_id=event.id)
