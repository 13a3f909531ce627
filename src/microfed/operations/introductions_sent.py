"""What introductions send: a private word with links, an Offer, an answer, and the conversation."""

import secrets
from collections.abc import Sequence
from html import escape
from typing import Any

from sqlalchemy import delete, exists, select

from microfed.here import authority_of
from microfed.ids import id_at
from microfed.operations.event_telling import words_in
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.secrets import signed
from microfed.outbound.deliver import deliver_to, say_more
from microfed.outbound.render import activity, stamp
from microfed.outbound.render_activities import create
from microfed.queries.whole_posts import handle_of, whole_post
from microfed.store.database import Tx
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.store.queues import Activity, Delivery, Host
from microfed.vocab.audience import Audience
from microfed.vocab.introductions import relationship

SOFTWARE = "microfed"
# A post carries these words to people who may not know this place at all.
_SAID = {
    "fr": {
        "ask": "{whom} J’aimerais vous faire rencontrer quelqu’un.",
        "how": "Si vous dites oui tous les deux, une conversation s’ouvre entre nous trois ; "
        "sinon, personne n’apprend rien. Répondez avant le {day} :",
        "yes": "Oui, volontiers",
        "no": "Non, merci",
        "met": "{one} {other} Vous avez dit oui tous les deux : faites connaissance !",
    },
    "en": {
        "ask": "{whom} I would like you to meet somebody.",
        "how": "If you both say yes, a conversation of the three of us begins; if not, nobody "
        "learns anything. Please answer before {day}:",
        "yes": "Yes, gladly",
        "no": "No, thank you",
        "met": "{one} {other} You both said yes: please meet!",
    },
}


def ask_elsewhere(
    tx: Tx, *, introduction: Introduction, side: IntroductionSide, proposer: Actor, to: Actor
) -> str:
    """Ask somebody who lives elsewhere, by a private word; return the secret of their link.

    The links stand only in what is sent: the post that stays here, which its author reads, has
    none. A place like ours is told besides in words that its pages understand.
    """
    said, language = _words(tx, proposer)
    text = f"{said['ask'].format(whom=handle_of(to, tx.here.domain))}\n\n{introduction.reason}"
    draft = Draft(source=text, audience=Audience.PEOPLE, mentions=(to.uri,), language=language)
    post = write_post(tx, author=proposer, draft=draft)
    token = signed(tx, secrets.token_urlsafe(24))
    document = create(tx.here, whole_post(tx, post))
    day = words_in(language).day(introduction.expires_at)
    _with_links(document["object"], said, day, f"{tx.here.url}/meet/{token}")
    say_more(tx, document)
    side.asked_by = post.id
    if _is_like_us(tx, to):
        offer(tx, introduction=introduction, side=side, proposer=proposer, to=to)
    return token


def open_conversation(
    tx: Tx, *, introduction: Introduction, proposer: Actor, people: Sequence[Actor]
) -> Post:
    """Both said yes: a word of the one who proposed it, to the two, by name."""
    said, language = _words(tx, proposer)
    one, other = (handle_of(who, tx.here.domain) for who in people)
    text = f"{said['met'].format(one=one, other=other)}\n\n{introduction.reason}"
    uris = tuple(who.uri for who in people)
    draft = Draft(source=text, audience=Audience.PEOPLE, mentions=uris, language=language)
    return write_post(tx, author=proposer, draft=draft)


def send_answer(tx: Tx, *, uri: str, who: Actor, proposer: Actor, says: str) -> None:
    """Tell the place where it was proposed what a neighbour says; that place keeps it to itself."""
    offered = {"id": uri, "type": "Offer", "actor": proposer.uri, "object": relationship(who.uri)}
    kinds = {"yes": _answer(tx, who, "Accept", offered), "no": _answer(tx, who, "Reject", offered)}
    deliver_to(tx, kinds[says], sender=who, to=proposer)


def send_withdrawal(tx: Tx, *, uri: str, proposer: Actor, to: Actor) -> None:
    """Tell a place like ours that nobody is asked any more."""
    offered = {"id": uri, "type": "Offer", "actor": proposer.uri, "object": relationship(to.uri)}
    undo = activity("Undo", id_=f"{uri}/undo", actor=proposer.uri, to=[to.uri], object_=offered)
    deliver_to(tx, undo, sender=proposer, to=to)


def forget_letters(tx: Tx) -> None:
    """What carried links is kept no longer than until it has arrived."""
    sent = (
        select(Post.uri).join(IntroductionSide, IntroductionSide.asked_by == Post.id).limit(1_000)
    )
    uris = [f"{uri}/activity" for uri in tx.connection.scalars(sent)]
    waits = exists(select(Delivery.id).where(Delivery.activity_id == Activity.id))
    tx.connection.execute(delete(Activity).where(Activity.uri.in_(uris), ~waits))


def forget_offers(tx: Tx, *, before: int) -> None:
    """What was offered before a moment, as an id, is remembered by no outbox of ours."""
    old = select(IntroductionSide.offer_uri).where(IntroductionSide.introduction_id < before)
    waits = exists(select(Delivery.id).where(Delivery.activity_id == Activity.id))
    tx.connection.execute(delete(Activity).where(Activity.uri.in_(old), ~waits))


def offer(
    tx: Tx, *, introduction: Introduction, side: IntroductionSide, proposer: Actor, to: Actor
) -> None:
    """Ask somebody in the words of places like ours: theirs understands them, or their program."""
    side.offer_uri = tx.here.activity(id_at(tx.now))
    document = activity(
        "Offer",
        id_=side.offer_uri,
        actor=proposer.uri,
        to=[to.uri],
        object_=relationship(to.uri),
        content=f"<p>{escape(introduction.reason)}</p>",
        endTime=stamp(introduction.expires_at),
    )
    deliver_to(tx, document, sender=proposer, to=to)


def _answer(tx: Tx, who: Actor, kind: str, offered: dict[str, Any]) -> dict[str, Any]:
    # Addressed to nobody: it is for the place, and the one who proposed is not to read it.
    return activity(kind, id_=tx.here.activity(id_at(tx.now)), actor=who.uri, object_=offered)


def _with_links(document: dict[str, Any], said: dict[str, str], day: str, link: str) -> None:
    lines = [
        f'<a href="{link}?answer={answer}" rel="nofollow noopener">{said[answer]}</a>'
        for answer in ("yes", "no")
    ]
    more = f"<p>{said['how'].format(day=day)}<br>{'<br>'.join(lines)}</p>"
    document["content"] += more
    for language, content in document.get("contentMap", {}).items():
        document["contentMap"][language] = content + more
    document.pop("source", None)


def _words(tx: Tx, proposer: Actor) -> tuple[dict[str, str], str]:
    member = tx.session.get(Member, proposer.id)
    language = "fr" if member is None or member.language.startswith("fr") else "en"
    return _SAID[language], language


def _is_like_us(tx: Tx, who: Actor) -> bool:
    """Say whether somebody lives at a place that understands Offers of acquaintance.

    Their actor says by what it was made; where it does not, what their server told of itself.
    """
    if (who.extras or {}).get("generator") == SOFTWARE:
        return True
    host = select(Host.software).where(Host.host == authority_of(who.uri))
    return (tx.connection.scalar(host) or "").lower().startswith(SOFTWARE)
