"""Events of the people who live here: planning, putting off, calling off, having them again."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.operations.event_answers import changed, count_those_who_come, fill_places
from microfed.operations.event_guests import tell_guests
from microfed.operations.event_leaving import forget_those_shut_out, guests_are_told
from microfed.operations.event_rows import (
    Plan,
    checked,
    is_over,
    keep_for_later,
    move_later,
    need_event,
    plan_of,
    plan_of_later,
    plan_reminder,
    tell_those_who_come,
    values_of,
)
from microfed.operations.event_telling import CALLED_OFF, THEN, tell_elsewhere, words_in
from microfed.operations.event_times import Repeat, dates_of
from microfed.operations.posts import edit_post, need_own, send_update, write_post
from microfed.operations.saying import Draft
from microfed.queries.events import later_dates
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience

_MOST_SAID = 6


def publish_event(
    tx: Tx,
    *,
    author: Actor,
    plan: Plan,
    audience: Audience,
    language: str = "fr",
    repeat: Repeat | None = None,
    people: Draft | None = None,
) -> Post:
    """`author` plans something: it is said, and stands in the agenda, or neither.

    What repeats is one event for each date, made when the one before begins: so each has its
    own answers, and nobody's timeline gets them all at once. `people` is a draft whose addressees
    it is for besides. Raises Invalid with the field that is wrong.
    """
    if repeat is not None:
        first, *later = dates_of(plan.starts_at, plan.zone, repeat)
        plan = replace(plan, starts_at=first, later=tuple(later))
    plan = checked(plan, now=tx.now)
    if plan.later and plan.ends_at and plan.later[0] <= plan.ends_at:
        raise Invalid("it begins again before it ends", {"every": "begins before it ends"})
    id_ = id_at(tx.now)
    draft = replace(
        people or Draft(),
        source=_said(tx, id_, plan, "confirmed", language),
        html=None,
        title=None,
        kind="event",
        audience=audience,
        language=language,
        event=plan,
        id=id_,
    )
    return write_post(tx, author=author, draft=draft)


def edit_event(tx: Tx, *, author: Actor, post: Post, plan: Plan, and_later: bool = False) -> None:
    """`author` plans it otherwise; who comes is told, and who waits comes in if there is room.

    What repeats goes on as it was planned, or with `and_later` as this date is now: in its words,
    and put off as it was. Raises Invalid when more people come than there would be room for.
    """
    need_own(author, post)
    event = need_event(tx, post.id)
    _still_on(tx, event)
    plan = checked(plan, now=tx.now, began=event.starts_at)
    if plan.capacity is not None and count_those_who_come(tx, event.id) > plan.capacity:
        why = "more people come already"
        raise Invalid(why, {"capacity": why})
    matters = any(
        getattr(event, name) != getattr(plan, name) for name in ("starts_at", "ends_at", "place")
    )
    before, is_put_off = event.starts_at, event.starts_at != plan.starts_at
    if not and_later:
        keep_for_later(event)
    for name, value in values_of(plan).items():
        setattr(event, name, value)
    if and_later:
        move_later(event, before=before)
    _check_order(event)
    event.sequence += 1
    fill_places(tx, event, post)
    if is_put_off:
        plan_reminder(tx, event)
    _say_anew(tx, author, post, event)
    if matters:
        tell_those_who_come(tx, event, from_id=author.id)
        tell_guests(tx, event, kind="event_changed")
        tell_elsewhere(tx, event, kind="changed")


def cancel_event(tx: Tx, *, author: Actor, post: Post, and_later: bool = False) -> None:
    """`author` calls it off: it stays to be read as such, and who wanted to come is told.

    With `and_later` the dates that follow are called off too; else they stand.
    """
    need_own(author, post)
    event = need_event(tx, post.id)
    _still_on(tx, event)
    event.state = "cancelled"
    event.sequence += 1
    if and_later:
        event.later = None
    _say_anew(tx, author, post, event)
    tell_those_who_come(tx, event, from_id=author.id)
    tell_guests(tx, event, kind="event_off")
    tell_elsewhere(tx, event, kind="off")


def leave_out(tx: Tx, *, author: Actor, post: Post, moment: datetime) -> None:
    """One of the dates that follow does not take place; the others stand. Twice is harmless."""
    need_own(author, post)
    event = need_event(tx, post.id)
    if moment not in later_dates(event):
        return
    event.later = [at.isoformat() for at in later_dates(event) if at != moment] or None
    event.sequence += 1
    if event.state != "cancelled":
        _say_anew(tx, author, post, event)
    tx.flush()


def call_off_all(tx: Tx, who: Actor) -> None:
    """A neighbour is about to be shut out: nothing they planned takes place, and who would have
    come is told so by the place, for nothing of theirs is shown any more."""
    ids = select(Post.id).where(Post.actor_id == who.id, Post.kind == "event", Post.is_local)
    guests_are_told(tx, Post.id.in_(ids))
    for post in tx.session.scalars(select(Post).where(Post.id.in_(ids))).all():
        event = need_event(tx, post.id)
        event.later = None
        if event.state != "cancelled" and not is_over(event, tx.now):
            event.state = "cancelled"
            event.sequence += 1
            _say_anew(tx, who, post, event)
    tx.flush()


def next_date(tx: Tx, post_id: int) -> Post | None:
    """A date of what repeats begins: the one after it is made. Returns it, if there is one."""
    post, event = tx.session.get(Post, post_id), tx.session.get(Event, post_id)
    if post is None or event is None or not event.later or not post.is_local:
        return None
    event = need_event(tx, post_id)
    coming = [moment for moment in later_dates(event) if moment > tx.now]
    event.later = None
    tx.flush()
    author = tx.session.get_one(Actor, post.actor_id)
    if not coming or author.suspended_at is not None or author.gone_at is not None:
        return None
    said = plan_of_later(event)
    lasts = None if said.ends_at is None else said.ends_at - said.starts_at
    plan = replace(
        said,
        starts_at=coming[0],
        ends_at=None if lasts is None else coming[0] + lasts,
        series_id=event.series_id or event.id,
        later=tuple(coming[1:]),
    )
    people = Draft(circles=tuple((post.extras or {}).get("circles", ())))
    try:
        with tx.attempt():
            return publish_event(
                tx,
                author=author,
                plan=plan,
                audience=Audience(post.audience),
                language=post.language or "fr",
                people=people,
            )
    except Invalid:
        if not people.circles:
            raise
        return None  # the circle is gone, or nobody is in it any more: it is for nobody


def tell_counts(tx: Tx, post_id: int) -> None:
    """Send an event of ours, with how many come by now, to everyone who has it."""
    post = tx.session.get(Post, post_id)
    if post is not None and post.is_local:
        send_update(tx, post)


def free_places(tx: Tx, post_id: int) -> None:
    """Places became free without anybody's answer: who waits comes in.

    Whoever was shut out in the very moment of their answer has none.
    """
    post, event = tx.session.get(Post, post_id), tx.session.get(Event, post_id)
    if post is None or event is None or not post.is_local:
        return
    event = need_event(tx, post_id)
    if event.state != "cancelled" and not is_over(event, tx.now):
        forget_those_shut_out(tx, event_id=event.id, organiser_id=post.actor_id)
        fill_places(tx, event, post)
        changed(tx, post)


def _check_order(event: Event) -> None:
    later = later_dates(event)
    if later and (event.ends_at or event.starts_at) >= later[0]:
        raise Invalid("it begins again before it ends", {"every": "begins before it ends"})


def _still_on(tx: Tx, event: Event) -> None:
    if event.state == "cancelled" or is_over(event, tx.now):
        raise Invalid("this is over", {"deed": "over"})


def _say_anew(tx: Tx, author: Actor, post: Post, event: Event) -> None:
    tx.flush()
    plan = replace(plan_of(event), later=tuple(later_dates(event)))
    source = _said(tx, post.id, plan, event.state, post.language)
    draft = Draft(source=source, kind="event", language=post.language)
    edit_post(tx, author=author, post=post, draft=draft)


def _said(tx: Tx, post_id: int, plan: Plan, state: str, language: str | None) -> str:
    """Return the words of the post: what, when and where, readable wherever it goes."""
    words = words_in(language)
    title = plan.title if state != "cancelled" else words.say(CALLED_OFF, title=plan.title)
    where = " · ".join(
        part for part in (words.span(plan.starts_at, plan.ends_at, plan.zone), plan.place) if part
    )
    then = _then(plan.later, plan.zone, language)
    page = tx.here.event_page(post_id)
    return "\n\n".join(part for part in (f"{title}\n{where}", plan.words, then, page) if part)


def _then(later: tuple[datetime, ...], zone: str, language: str | None) -> str:
    if not later:
        return ""
    words = words_in(language)
    shown = [words.weekday(moment.astimezone(ZoneInfo(zone))) for moment in later[:_MOST_SAID]]
    return words.say(THEN, dates=", ".join(shown) + (" …" if len(later) > _MOST_SAID else ""))
