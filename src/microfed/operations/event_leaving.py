"""What becomes of guests and places when somebody or something goes: answers of whoever leaves, is
shut out or moves house; and guests of what is taken away, who are told that it does not take place.

What takes others' rows, or writes to many people, is a job: done in a moment of its own.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, delete, func, or_, select, update

from microfed.errors import Invalid
from microfed.operations.event_rows import is_over
from microfed.operations.event_words import part_ways
from microfed.operations.jobs import add_job
from microfed.operations.letters import write_letter
from microfed.queries.events import COMING, USUAL
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer, EventPoll
from microfed.store.people import Actor, Block
from microfed.store.posts import Post
from microfed.words import all_words

# So many are told in one go, so that a great feast holds nothing else up.
AT_ONCE = 50


def leave_events(tx: Tx, actor_id: int) -> None:
    """Forget the answers of somebody; others get their places in a moment of their own."""
    _give_back(tx, EventAnswer.actor_id == actor_id)


def leave_events_of(tx: Tx, actors: Select[int]) -> None:
    """Forget the answers of many, whose server is shut out."""
    _give_back(tx, EventAnswer.actor_id.in_(actors))


def shut_out_of_events(tx: Tx, who: Actor) -> None:
    """Somebody is shut out of the place: they are nobody's guest any more."""
    _part(tx, EventAnswer.actor_id == who.id)


def part_at_events(tx: Tx, one: Actor, other: Actor) -> None:
    """Two want nothing more to do with each other: neither is a guest of the other."""
    for guest, host in ((one, other), (other, one)):
        if guest.is_local or host.is_local:
            theirs = select(Post.id).where(Post.actor_id == host.id, Post.kind == "event")
            _part(tx, EventAnswer.actor_id == guest.id, EventAnswer.event_id.in_(theirs))


def take_answers_along(tx: Tx, *, who: Actor, to: Actor) -> None:
    """Somebody moved house: their answers to events here are those of the new account, but where
    it gave its own: then the place of the old one is free."""
    here = select(Post.id).where(Post.is_local, Post.kind == "event")
    theirs = EventAnswer.actor_id == who.id, EventAnswer.event_id.in_(here)
    given = select(EventAnswer.event_id).where(EventAnswer.actor_id == to.id)
    _give_back(tx, *theirs, EventAnswer.event_id.in_(given))
    tx.connection.execute(
        update(EventAnswer)
        .where(*theirs)
        .values(actor_id=to.id)
        .execution_options(synchronize_session=False)
    )
    tx.session.expire_all()


def guests_are_told(tx: Tx, *of: ColumnElement[bool]) -> None:
    """Events are about to be taken away: who would have come hears that they do not take place.

    `of` says whose posts, or which. What is over, or was called off before, tells nobody. Of an
    event elsewhere only neighbours are told, for its home tells the others.
    """
    tx.flush()
    ends = func.coalesce(Event.ends_at, Event.starts_at)
    asked = (
        select(Event, Post)
        .join(Post, Post.id == Event.id)
        .where(*of, Event.state != "cancelled", ends > tx.now - USUAL)
    )
    for event, post in tx.session.execute(asked).all():
        if not is_over(event, tx.now):
            _tell_guests(tx, event, post)


def forget_those_shut_out(tx: Tx, *, event_id: int, organiser_id: int) -> None:
    """Forget the answers of people whom an event's organiser, or the place, shut out."""
    blocked = select(Block.blocked_id).where(Block.blocker_id == organiser_id)
    out = select(Actor.id).where(Actor.suspended_at.is_not(None))
    tx.connection.execute(
        delete(EventAnswer)
        .where(
            EventAnswer.event_id == event_id,
            EventAnswer.state != "refused",
            or_(EventAnswer.actor_id.in_(blocked), EventAnswer.actor_id.in_(out)),
        )
        .execution_options(synchronize_session=False)
    )


def _tell_guests(tx: Tx, event: Event, post: Post) -> None:
    answers = tx.session.scalars(
        select(EventAnswer)
        .where(EventAnswer.event_id == event.id, EventAnswer.state.in_(COMING))
        .order_by(EventAnswer.since, EventAnswer.id)
    ).all()
    for answer in answers:
        if answer.address is not None:
            _write(tx, event, answer)
    people = [answer.actor_id for answer in answers if answer.actor_id is not None]
    asked = questions_to(tx, event.id)
    for at in range(0, len(people), AT_ONCE):
        told = [[id_, asked.get(id_)] for id_ in people[at : at + AT_ONCE] if id_ != post.actor_id]
        arguments = {
            "title": event.title,
            "starts": event.starts_at.isoformat(),
            "ends": event.ends_at and event.ends_at.isoformat(),
            "zone": event.zone,
            "language": post.language,
            "organiser": post.actor_id,
            "people": told,
        }
        add_job(tx, "event_is_off", key=f"{event.id}:{at}", arguments=arguments)


def _write(tx: Tx, event: Event, answer: EventAnswer) -> None:
    words = all_words().get(answer.language) or all_words()["fr"]
    when = words.span(event.starts_at, event.ends_at, event.zone)
    try:
        write_letter(
            tx,
            kind="event_off",
            address=str(answer.address),
            language=answer.language,
            name=event.title,
            link=f"{tx.here.url}/agenda",
            note=". ".join(part for part in (event.title, when, event.place) if part),
        )
    except Invalid:
        return  # an address that takes no mail: the others are told all the same


def questions_to(tx: Tx, event_id: int) -> dict[int, int]:
    """Return the questions by which people were asked: what is said goes on from there."""
    asked = select(EventPoll.actor_id, EventPoll.id).where(EventPoll.event_id == event_id)
    return {row.actor_id: row.id for row in tx.connection.execute(asked.order_by(EventPoll.id))}


def _part(tx: Tx, *whose: ColumnElement[bool]) -> None:
    tx.flush()
    stands = EventAnswer.state != "refused"  # its organiser's no is not forgotten
    asked = (
        select(Event, Post, Actor, EventAnswer)
        .join(Post, Post.id == Event.id)
        .join(EventAnswer, EventAnswer.event_id == Event.id)
        .join(Actor, Actor.id == EventAnswer.actor_id)
        .where(*whose, stands)
    )
    for event, post, guest, answer in tx.session.execute(asked).all():
        if not is_over(event, tx.now) and event.state != "cancelled":
            part_ways(tx, event=event, post=post, guest=guest, answer=answer)
    _give_back(tx, *whose, stands)


def _give_back(tx: Tx, *whose: ColumnElement[bool]) -> None:
    """Answers are as if they had not been; whoever waits comes in by a job, which holds the event
    while it counts: so nobody waits here for a row that somebody else holds."""
    tx.flush()
    had = select(EventAnswer.event_id).where(
        *whose, or_(EventAnswer.state == "going", EventAnswer.state == "waiting")
    )
    ids: Sequence[int] = tx.connection.scalars(had).all()
    for event_id in sorted(set(ids)):
        add_job(tx, "free_places", key=str(event_id), arguments={"post_id": event_id})
    tx.connection.execute(
        delete(EventAnswer).where(*whose).execution_options(synchronize_session=False)
    )
    tx.session.expire_all()
