"""Guests: people without an account say by mail that they come, and can say no by the same link."""

import secrets

from sqlalchemy import delete, func, select

from microfed.errors import Gone, Invalid, NotFound, TooMany
from microfed.ids import id_at
from microfed.operations.event_answers import forget_answer, settle
from microfed.operations.event_rows import is_over, need_event
from microfed.operations.event_telling import write_to_guest
from microfed.operations.secrets import seal
from microfed.operations.titled import one_line
from microfed.operations.tokens import hash_of
from microfed.queries.events import USUAL
from microfed.settings import ADDRESS
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.posts import Post

LONGEST_NAME = 60
# An address that nobody has proven takes no place, but a row; there are only so many of them.
MOST_UNPROVEN = 200


def ask_guest(tx: Tx, *, post: Post, name: str, address: str, language: str) -> None:
    """Somebody without an account wants to come: a mail asks whether the address is theirs.

    Until its link is followed nothing is counted. Who has answered already gets the same link
    again, and whoever asks is not told so. Raises Invalid, with the field, or TooMany.
    """
    event = need_event(tx, post.id)
    if not (post.is_local and event.takes_mail):
        raise NotFound("this event takes no answers by mail")
    if is_over(event, tx.now) or event.state == "cancelled":
        raise Invalid("this is over", {"answer": "this is over"})
    name, address = one_line(name), address.strip().lower()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid("it needs a name", {"name": "it needs a name"})
    if ADDRESS.fullmatch(address) is None or len(address) > 254:
        raise Invalid("this is not an e-mail address", {"address": "not an e-mail address"})
    asked = select(EventAnswer).where(
        EventAnswer.event_id == event.id, EventAnswer.address == address
    )
    answer = tx.session.scalar(asked)
    if answer is None:
        _check_room(tx, event)
        token = secrets.token_urlsafe(32)
        answer = EventAnswer(
            id=id_at(tx.now),
            event_id=event.id,
            state="unproven",
            since=tx.now,
            way="mail",
            name=name,
            address=address,
            language=language,
            token_hash=hash_of(token),
            token=seal(tx, token),
        )
        tx.session.add(answer)
        tx.flush()
    write_to_guest(tx, event, answer, kind="event_ask")


def need_guest(tx: Tx, token: str) -> EventAnswer:
    """Return what a guest's link stands for. Raises Gone when it is good no more."""
    answer = tx.session.scalar(select(EventAnswer).where(EventAnswer.token_hash == hash_of(token)))
    if answer is None:
        raise Gone("this link is good no more")
    return answer


def guest_comes(tx: Tx, *, token: str) -> EventAnswer:
    """A guest followed the link and says that they come. Raises Invalid when it is over."""
    answer = need_guest(tx, token)
    event, post = need_event(tx, answer.event_id), tx.session.get_one(Post, answer.event_id)
    # While we waited for the event it may have been taken back, and forgotten.
    tx.session.expire(answer)
    answer = need_guest(tx, token)
    if is_over(event, tx.now) or event.state == "cancelled":
        raise Invalid("this is over", {"answer": "this is over"})
    return settle(tx, event, post, answer, "going")


def guest_does_not_come(tx: Tx, *, token: str) -> int:
    """A guest takes it back: their name and address are forgotten. Returns the event's id."""
    answer = need_guest(tx, token)
    event, post = need_event(tx, answer.event_id), tx.session.get_one(Post, answer.event_id)
    forget_answer(tx, event, post, answer)
    return event.id


def tell_guests(tx: Tx, event: Event, *, kind: str) -> None:
    """Write to all guests who come or wait that something has changed."""
    asked = select(EventAnswer).where(
        EventAnswer.event_id == event.id,
        EventAnswer.address.is_not(None),
        EventAnswer.state.in_(("going", "waiting")),
    )
    for answer in tx.session.scalars(asked).all():
        write_to_guest(tx, event, answer, kind=kind)


def forget_guests(tx: Tx) -> int:
    """Forget names and addresses of guests once it is over, and unproven ones after a day."""
    over = select(Event.id).where(
        func.coalesce(Event.ends_at, Event.starts_at) < tx.now - 7 * 4 * USUAL
    )
    old = EventAnswer.event_id.in_(over) | (
        (EventAnswer.state == "unproven") & (EventAnswer.since < tx.now - 4 * USUAL)
    )
    return tx.connection.execute(
        delete(EventAnswer).where(EventAnswer.address.is_not(None), old)
    ).rowcount


def _check_room(tx: Tx, event: Event) -> None:
    waiting = select(func.count(EventAnswer.id)).where(
        EventAnswer.event_id == event.id, EventAnswer.state == "unproven"
    )
    if (tx.connection.scalar(waiting) or 0) >= MOST_UNPROVEN:
        raise TooMany("many ask at once; try again tomorrow", 3_600)
