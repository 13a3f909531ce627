"""Mutual aid: offering, asking, answering in private, and saying that it is done."""

from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from sqlalchemy import select

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.aid_agreements import (
    bond_of,
    mark_done,
    propose,
    standing,
    tell_declined,
    tell_done,
)
from microfed.operations.aid_rows import (
    LASTS,
    LONGEST,
    Terms,
    change_terms,
    checked,
    plan_expiry,
)
from microfed.operations.event_telling import words_in
from microfed.operations.posts import edit_post, need_own, write_post
from microfed.operations.saying import Draft
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Post
from microfed.vocab.aid import STATES
from microfed.vocab.audience import Audience

# A post carries these words to servers that know nothing of mutual aid.
_SAID = {
    "fr": {
        "offer": "Je propose : ",
        "need": "Je cherche : ",
        "gift": "don",
        "loan": "prêt",
        "service": "service",
        "knowledge": "savoir",
        "sale": "achat-vente",
        "under_way": "[En cours] ",
        "done": "[Fait] ",
        "expired": "[Terminé] ",
        "until": "jusqu’au",
        "take_offer": "Cela m’intéresse.",
        "take_need": "Je peux aider.",
    },
    "en": {
        "offer": "I offer: ",
        "need": "I need: ",
        "gift": "gift",
        "loan": "loan",
        "service": "service",
        "knowledge": "knowledge",
        "sale": "for sale",
        "under_way": "[Under way] ",
        "done": "[Done] ",
        "expired": "[Over] ",
        "until": "until",
        "take_offer": "I am interested.",
        "take_need": "I can help.",
    },
}


def publish_aid(
    tx: Tx,
    *,
    author: Actor,
    terms: Terms,
    audience: Audience,
    language: str = "fr",
    attachments: tuple[int, ...] = (),
    is_sensitive: bool = False,
    people: Draft | None = None,
) -> Post:
    """`author` offers or needs something: it is said, and stands on the board, or neither.

    `people` is a draft whose addressees, or circles, it is for besides. Raises Invalid with the
    field that is wrong.
    """
    terms, id_ = checked(terms, now=tx.now), id_at(tx.now)
    draft = replace(
        people or Draft(),
        id=id_,
        source=_said(tx, id_, terms, "open", language),
        audience=audience,
        language=language,
        attachments=attachments or None,
        is_sensitive=is_sensitive and bool(attachments),
        aid=terms,
    )
    return write_post(tx, author=author, draft=draft)


def edit_aid(
    tx: Tx,
    *,
    author: Actor,
    post: Post,
    terms: Terms,
    attachments: tuple[int, ...] | None = None,
    is_sensitive: bool | None = None,
) -> None:
    """`author` says better what they offer or need; whoever got it gets it anew.

    `attachments` are the pictures it has from now on; None leaves those it has.
    """
    need_own(author, post)
    aid = need_aid(tx, post.id)
    change_terms(tx, aid, checked(terms, now=tx.now))
    if aid.state == "expired":
        aid.state = "open"
    if is_sensitive is not None:
        post.is_sensitive = is_sensitive
    _say_anew(tx, author, post, aid, attachments)


def put_off(tx: Tx, *, author: Actor, post: Post) -> None:
    """`author` lets it stand for a month more; what was over runs again.

    Raises Invalid when it is done, or would stand for more than a year from now.
    """
    need_own(author, post)
    aid = need_aid(tx, post.id)
    if aid.state == "done":
        _refuse("until", "this is done")
    later = max(aid.expires_at, tx.now) + LASTS
    if later > tx.now + LONGEST:
        _refuse("until", "it may last a year at most")
    aid.expires_at = later
    if aid.until is not None:
        aid.until = later
    if aid.state == "expired":
        aid.state = "open"
    tx.flush()
    plan_expiry(tx, aid)
    _say_anew(tx, author, post, aid)


def set_state(tx: Tx, *, author: Actor, post: Post, state: str) -> None:
    """`author` says how it stands; saying it twice changes nothing.

    What is opened again after its time stays for another month.
    """
    need_own(author, post)
    if state not in STATES or state == "expired":
        _refuse("state", "there is no such state")
    aid = need_aid(tx, post.id)
    if aid.state == state:
        return
    aid.state = state
    _settle(tx, author, aid)
    if state != "done" and aid.expires_at <= tx.now:
        aid.until, aid.expires_at = None, tx.now + LASTS
        plan_expiry(tx, aid)
    _say_anew(tx, author, post, aid)


def answer_aid(tx: Tx, *, author: Actor, post: Post, words: str) -> Post:
    """`author` answers an offer or a need: a conversation between the two begins, and they would
    take it up if its author agrees."""
    aid = need_aid(tx, post.id)
    if post.actor_id == author.id:
        _refuse("author", "this is your own")
    if is_over(aid, now=tx.now):
        _refuse("state", "this is over")
    draft = Draft(source=words, audience=Audience.PEOPLE, in_reply_to=post)
    answer = write_post(tx, author=author, draft=draft)
    propose(tx, person=author, aid=aid, post=post)
    return answer


def usual_words(aid: Aid, language: str) -> str:
    """Return what somebody says who takes it up and gives no words of their own."""
    return _SAID.get(language, _SAID["en"])[f"take_{aid.kind}"]


def is_over(aid: Aid, *, now: datetime) -> bool:
    """Whether nobody can take it up any more."""
    return aid.state in ("done", "expired") or aid.expires_at <= now


def expire_aid(tx: Tx, post_id: int) -> bool:
    """Its time has come: unless it was put off or is done, it is over. Says whether it is."""
    aid = _locked(tx, post_id)
    if aid is None or aid.state in ("done", "expired") or aid.expires_at > tx.now:
        return False
    post = tx.session.get(Post, post_id)
    if post is None or not post.is_local:
        return False
    aid.state = "expired"
    _say_anew(tx, tx.session.get_one(Actor, post.actor_id), post, aid)
    return True


def need_aid(tx: Tx, post_id: int) -> Aid:
    """Return the offer or need that a post says, held until this is done; NotFound if none."""
    aid = _locked(tx, post_id)
    if aid is None:
        raise NotFound("this is neither an offer nor a need")
    return aid


def _settle(tx: Tx, author: Actor, aid: Aid) -> None:
    """What its author says now is said to those it was agreed on with, too.

    Done: each of them is asked. Open again: it came to nothing with them.
    """
    if aid.state == "under_way":
        return
    for row in standing(tx, aid.id):
        bond = bond_of(tx, row)
        if aid.state == "open":
            row.state = "refused"
            tx.flush()
            tell_declined(tx, bond, stood=True)
        elif mark_done(tx, bond, by=author):
            tell_done(tx, bond, by=author)


def terms_of(aid: Aid) -> Terms:
    """Return what an offer or a need says now."""
    return Terms(aid.kind, aid.category, aid.title, aid.words, aid.place, aid.until)


def _locked(tx: Tx, post_id: int) -> Aid | None:
    tx.flush()
    asked = select(Aid).where(Aid.id == post_id).with_for_update()
    return tx.session.scalar(asked, execution_options={"populate_existing": True})


def _say_anew(
    tx: Tx, author: Actor, post: Post, aid: Aid, attachments: tuple[int, ...] | None = None
) -> None:
    tx.flush()
    if attachments is None:
        kept = select(Attachment.id).where(Attachment.post_id == post.id)
        attachments = tuple(tx.connection.scalars(kept.order_by(Attachment.position)))
    language = post.language or "fr"
    edit_post(
        tx,
        author=author,
        post=post,
        draft=Draft(
            source=_said(tx, aid.id, terms_of(aid), aid.state, language),
            language=language,
            warning=post.warning,
            is_sensitive=post.is_sensitive,
            attachments=attachments,
        ),
    )


def _said(tx: Tx, id_: int, terms: Terms, state: str, language: str) -> str:
    """Return the words of the post: readable wherever it goes, with the way to the board."""
    words = _SAID.get(language, _SAID["en"])
    first = f"{words.get(state, '')}{words[terms.kind]}{terms.title} ({words[terms.category]})"
    day = terms.until and f"{words['until']} {words_in(language).day(terms.until)}"
    where = " · ".join(part for part in (terms.place, day) if part)
    parts = (first, terms.words, where, tx.here.aid_page(id_), "#Entraide")
    return "\n\n".join(part for part in parts if part)


def _refuse(field: str, why: str) -> NoReturn:
    raise Invalid(why, {field: why})
