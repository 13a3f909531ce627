"""Reminders: whoever comes hears of it the day before, once, and in the way they wish.

Neighbours read it among their news, and by mail if they chose so; guests without an account get a
mail, and people who answered by a poll, whose server knows no events, one private word. Mobilizon
and Friendica remind their people themselves.
"""

from datetime import UTC, datetime

from sqlalchemy import or_, select

from microfed.errors import Invalid
from microfed.operations.event_leaving import AT_ONCE, questions_to
from microfed.operations.event_rows import LATE, day_before
from microfed.operations.event_telling import say_in_private, when, words_in, write_to_guest
from microfed.operations.jobs import add_job
from microfed.operations.letters import write_letter
from microfed.outbound.notify import notify_again
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.words import N_

# How a member is reminded: among their news, by mail as well, or not at all.
WAYS = ("news", "mail", "none")
SOON = N_("It begins soon: %(title)s")


def choose_reminders(tx: Tx, *, member_id: int, way: str) -> None:
    """A member says how they are reminded of what they come to."""
    if way not in WAYS:
        raise Invalid("there is no such way", {"event_reminder": "unknown"})
    member = tx.session.get_one(Member, member_id)
    member.preferences = {**member.preferences, "event_reminder": way}
    tx.flush()
    tx.tell("actor", member_id)


def remind(tx: Tx, post_id: int, *, starts: int, due: int | None = None, after: int = 0) -> int:
    """It begins soon: those who come, or perhaps come, are reminded. Returns how many.

    Whoever answered once this was due knows it; whoever was reminded of this hour is not again,
    however often the server was woken. What was put off meanwhile has a reminder of its own.
    """
    post, event = tx.session.get(Post, post_id), tx.session.get(Event, post_id)
    if post is None or event is None or event.state == "cancelled":
        return 0
    if int(event.starts_at.timestamp()) != starts or event.starts_at <= tx.now:
        return 0
    organiser = tx.session.get_one(Actor, post.actor_id)
    if organiser.suspended_at or organiser.gone_at:
        return 0
    asked = (
        select(EventAnswer)
        .where(
            EventAnswer.event_id == event.id,
            EventAnswer.state.in_(("going", "maybe")),
            EventAnswer.since <= _due_at(event, due),
            or_(EventAnswer.reminded_of.is_(None), EventAnswer.reminded_of != starts),
            EventAnswer.id > after,
        )
        .order_by(EventAnswer.id)
        .limit(AT_ONCE)
    )
    found = tx.session.scalars(asked).all()
    for answer in found:
        answer.reminded_of = starts
        _remind_one(tx, event, post, organiser, answer)
    tx.flush()
    if len(found) == AT_ONCE:
        last = {"post_id": post_id, "starts": starts, "due": due, "after": found[-1].id}
        add_job(tx, "remind_event", key=f"{post_id}:{starts}:{found[-1].id}", arguments=last)
    return len(found)


def _due_at(event: Event, due: int | None) -> datetime:
    if due is not None:
        return datetime.fromtimestamp(due, UTC)
    return max(
        day_before(event), event.starts_at - LATE
    )  # of a job from before it was written down


def _remind_one(tx: Tx, event: Event, post: Post, organiser: Actor, answer: EventAnswer) -> None:
    if answer.actor_id is None:
        write_to_guest(tx, event, answer, kind="event_soon")
        return
    member = tx.session.get(Member, answer.actor_id)
    if member is not None:
        _remind_member(tx, event, post, member)
    elif answer.way == "poll" and post.is_local:
        person, words = tx.session.get_one(Actor, answer.actor_id), words_in(post.language)
        question = tx.session.get(Post, questions_to(tx, event.id).get(person.id, post.id))
        title, page = words.say(SOON, title=event.title), tx.here.event_page(post.id)
        said = "\n".join(part for part in (title, when(event, words), event.place, page) if part)
        say_in_private(tx, organiser, person, question or post, said)


def _remind_member(tx: Tx, event: Event, post: Post, member: Member) -> None:
    way = (member.preferences or {}).get("event_reminder", "news")
    if way == "none" or member.suspended_at is not None:
        return
    notify_again(tx, owner_id=member.id, kind="reminder", from_id=post.actor_id, post_id=post.id)
    if way != "mail" or not member.email:
        return
    words = words_in(member.language)
    said = ". ".join(part for part in (event.title, when(event, words), event.place) if part)
    try:
        write_letter(
            tx,
            kind="event_soon",
            address=member.email,
            language=member.language,
            name=event.title,
            link=tx.here.event_page(post.id),
            note=said,
        )
    except Invalid:
        return  # an address from before we looked closely: the news says it all the same
