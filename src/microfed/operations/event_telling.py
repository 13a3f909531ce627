"""What somebody hears of their answer to an event, in the way they gave it.

A neighbour reads it among their news, Mobilizon's people get the Accept of their Join, a guest gets
a mail; whoever answered by a poll, and anyone who waits where no Accept says so, a private word.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from microfed.errors import Invalid, TooMany
from microfed.operations.event_leaving import AT_ONCE, questions_to
from microfed.operations.event_words import reply_to_join
from microfed.operations.jobs import add_job
from microfed.operations.letters import write_letter
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.secrets import unseal
from microfed.outbound.notify import notify_again
from microfed.queries.events import COMING
from microfed.queries.people import instance_actor
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import HERE, Actor, Member
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from microfed.words import N_, Words, all_words

CALLED_OFF = N_("Called off: %(title)s")
THEN = N_("Then: %(dates)s")
DO_YOU_COME = N_("Do you come? %(title)s")
CHOICES = (N_("Yes"), N_("Maybe"), N_("No"))
_COMES = N_("It is written down: you come. %(title)s")
_WAITS = N_("It is full for now: you are on the waiting list. %(title)s")
_MAY_COME = N_("It is written down: perhaps you come. %(title)s")
_COMES_NOT = N_("It is written down: you do not come. %(title)s")
_NEWS = {"off": CALLED_OFF, "changed": N_("It has changed: %(title)s")}
_NO_PLACE = N_("There is no place for you this time. %(title)s")
_REPLIES = {"going": "Accept", "refused": "Reject"}
_WORDS = {
    "going": _COMES,
    "waiting": _WAITS,
    "maybe": _MAY_COME,
    "declined": _COMES_NOT,
    "refused": _NO_PLACE,
}
_MAILS = {"going": "event_in", "waiting": "event_waits"}


def tell_answer(tx: Tx, event: Event, post: Post, answer: EventAnswer, *, is_news: bool) -> None:
    """Tell somebody how their answer stands. `is_news` when it changed without their doing."""
    organiser = tx.session.get_one(Actor, post.actor_id)
    if answer.actor_id is None:
        kind = _MAILS.get(answer.state)
        if kind is not None:
            write_to_guest(tx, event, answer, kind=kind)
        return
    person = tx.session.get_one(Actor, answer.actor_id)
    if person.is_local:
        if is_news:
            notify_again(
                tx, owner_id=person.id, kind="event", from_id=organiser.id, post_id=post.id
            )
        elif answer.way == "poll":  # an app shows no more of it than what is said
            words = words_in(post.language)
            said = words.say(_WORDS[answer.state], title=event.title)
            say_in_private(tx, organiser, person, post, said)
        if answer.uri is not None:  # their programs read what a server would get
            _reply(tx, post, answer, person)
    elif answer.way == "join" and answer.uri is not None:
        _reply(tx, post, answer, person)
    elif answer.way == "poll" or is_news or answer.state == "waiting":
        words = words_in(post.language)
        say_in_private(
            tx, organiser, person, post, words.say(_WORDS[answer.state], title=event.title)
        )


def _reply(tx: Tx, post: Post, answer: EventAnswer, person: Actor) -> None:
    """Answer a Join once it is decided; who waits hears nothing yet."""
    kind = _REPLIES.get(answer.state)
    if kind is not None:
        reply_to_join(tx, kind, post, to=person, join_uri=answer.uri or "")


def say_that_it_is_off(tx: Tx, arguments: Mapping[str, Any]) -> int:
    """An event was taken away: those who would have come are told in private; returns how many.

    Neighbours hear it from the place. So do all others where its organiser can speak no more.
    """
    organiser = tx.session.get(Actor, arguments["organiser"])
    speaks = (
        organiser is not None
        and organiser.is_local
        and not (organiser.gone_at or organiser.suspended_at)
    )
    place, ends = instance_actor(tx), arguments["ends"]
    span = (datetime.fromisoformat(arguments["starts"]), ends and datetime.fromisoformat(ends))
    for person_id, question_id in arguments["people"]:
        person = tx.session.get(Actor, person_id)
        if person is None or person.gone_at or person.suspended_at:
            continue
        member = tx.session.get(Member, person_id)
        words = words_in(arguments["language"] if member is None else member.language)
        said = words.say(CALLED_OFF, title=arguments["title"])
        question = None if question_id is None else tx.session.get(Post, question_id)
        by = organiser if speaks and organiser is not None and member is None else place
        draft = Draft(
            source=f"{said}\n{words.span(*span, arguments['zone'])}",
            audience=Audience.PEOPLE,
            in_reply_to=question if question is not None and by is organiser else None,
            mentions=(person.uri,),
            language=words.language,
        )
        write_post(tx, author=by, draft=draft)
    return len(arguments["people"])


def tell_elsewhere(tx: Tx, event: Event, *, kind: str) -> None:
    """Who answered from a server that shows no news of events is told in private, by and by."""
    arguments = {"post_id": event.id, "kind": kind, "sequence": event.sequence}
    add_job(tx, "tell_elsewhere", key=f"{event.id}:{kind}:{event.sequence}", arguments=arguments)


def write_to_people_elsewhere(
    tx: Tx, post_id: int, *, kind: str, sequence: int, after: int = 0
) -> None:
    """Write to the next of those who answered by a poll or a word; nothing, if it changed anew."""
    post, event = tx.session.get(Post, post_id), tx.session.get(Event, post_id)
    if post is None or event is None or event.sequence != sequence:
        return
    organiser = tx.session.get_one(Actor, post.actor_id)
    if organiser.gone_at or organiser.suspended_at:
        return
    asked = (
        select(EventAnswer.id, Actor)
        .join(Actor, Actor.id == EventAnswer.actor_id)
        .where(
            EventAnswer.event_id == event.id,
            EventAnswer.state.in_(COMING),
            EventAnswer.way.in_(("poll", "word")),
            EventAnswer.id > after,
            Actor.host != HERE,
        )
        .order_by(EventAnswer.id)
        .limit(AT_ONCE)
    )
    found, questions = tx.session.execute(asked).all(), questions_to(tx, event.id)
    words = words_in(post.language)
    title = words.say(_NEWS[kind], title=event.title)
    page = tx.here.event_page(post.id)
    said = "\n".join(part for part in (title, when(event, words), event.place, page) if part)
    for _, person in found:
        question = tx.session.get(Post, questions.get(person.id, post.id))
        say_in_private(tx, organiser, person, question or post, said)
    if len(found) == AT_ONCE:
        last = {"post_id": post_id, "kind": kind, "sequence": sequence, "after": found[-1][0]}
        add_job(tx, "tell_elsewhere", key=f"{post_id}:{found[-1][0]}", arguments=last)


def write_to_guest(tx: Tx, event: Event, answer: EventAnswer, *, kind: str) -> None:
    """Write to a guest who has no account, with the link by which they answer."""
    if answer.address is None or answer.token is None:
        return
    words = words_in(answer.language)
    said = ". ".join(part for part in (event.title, when(event, words), event.place) if part)
    try:
        with tx.attempt():
            write_letter(
                tx,
                kind=kind,
                address=answer.address,
                language=answer.language,
                name=event.title,
                link=f"{tx.here.url}/agenda/answer/{unseal(tx, answer.token)}",
                note=said,
            )
    except (Invalid, TooMany):
        if kind == "event_ask":  # whoever asks for it hears why there is none
            raise


def when(event: Event, words: Words) -> str:
    """Return from when until when it is, by the clock there."""
    return words.span(event.starts_at, event.ends_at, event.zone)


def words_in(language: str | None) -> Words:
    """Return the words of a language; English for one we do not speak."""
    return all_words().get(language or "fr") or all_words()["en"]


def say_in_private(tx: Tx, organiser: Actor, person: Actor, post: Post, words: str) -> None:
    """Write to one person, in answer to a post."""
    draft = Draft(
        source=words,
        audience=Audience.PEOPLE,
        in_reply_to=post,
        mentions=(person.uri,),
        language=post.language,
    )
    write_post(tx, author=organiser, draft=draft)
