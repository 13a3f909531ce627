"""What somebody hears of their answer to an event, in the way they gave it.

A neighbour reads it among their news, Mobilizon's people get the Accept of their Join, a guest gets
a mail; whoever answered by a poll, and anyone who waits where no Accept says so, a private word.
"""

from microfed.errors import Invalid, TooMany
from microfed.ids import id_at
from microfed.operations.letters import write_letter
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.secrets import unseal
from microfed.outbound.deliver import deliver_to
from microfed.outbound.notify import notify_again
from microfed.outbound.render import activity
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor
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
_WORDS = {"going": _COMES, "waiting": _WAITS, "maybe": _MAY_COME, "declined": _COMES_NOT}
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
    elif answer.way == "join" and answer.uri is not None:
        if answer.state == "going":
            reply_to_join(tx, "Accept", post, to=person, join_uri=answer.uri)
    elif answer.way == "poll" or is_news or answer.state == "waiting":
        words = words_in(post.language)
        _say(tx, organiser, person, post, words.say(_WORDS[answer.state], title=event.title))


def reply_to_join(tx: Tx, kind: str, post: Post, *, to: Actor, join_uri: str) -> None:
    """Say yes or no to somebody elsewhere who asked for a place."""
    organiser = tx.session.get_one(Actor, post.actor_id)
    inside = {"id": join_uri, "type": "Join", "actor": to.uri, "object": post.uri}
    document = activity(
        kind, id_=tx.here.activity(id_at(tx.now)), actor=organiser.uri, to=[to.uri], object_=inside
    )
    deliver_to(tx, document, sender=organiser, to=to)


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


def _say(tx: Tx, organiser: Actor, person: Actor, post: Post, words: str) -> None:
    draft = Draft(
        source=words,
        audience=Audience.PEOPLE,
        in_reply_to=post,
        mentions=(person.uri,),
        language=post.language,
    )
    write_post(tx, author=organiser, draft=draft)
