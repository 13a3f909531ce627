"""Mutual aid: offering, asking, answering in private, and saying that it is done."""

from typing import NoReturn

from sqlalchemy import select

from microfed.errors import Invalid, NotFound
from microfed.operations.aid_rows import (
    LASTS,
    Terms,
    change_terms,
    checked,
    plan_expiry,
)
from microfed.operations.posts import Draft, edit_post, need_own, write_post
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
) -> Post:
    """`author` offers or needs something: it is said, and stands on the board, or neither.

    Raises Invalid with the field that is wrong.
    """
    terms = checked(terms, now=tx.now)
    draft = Draft(
        source=_said(terms, "open", language),
        audience=audience,
        language=language,
        attachments=attachments or None,
        aid=terms,
    )
    return write_post(tx, author=author, draft=draft)


def edit_aid(tx: Tx, *, author: Actor, post: Post, terms: Terms) -> None:
    """`author` says better what they offer or need; whoever got it gets it anew."""
    need_own(author, post)
    aid = need_aid(tx, post.id)
    change_terms(tx, aid, checked(terms, now=tx.now))
    if aid.state == "expired":
        aid.state = "open"
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
    if state != "done" and aid.expires_at <= tx.now:
        aid.until, aid.expires_at = None, tx.now + LASTS
        plan_expiry(tx, aid)
    _say_anew(tx, author, post, aid)


def answer_aid(tx: Tx, *, author: Actor, post: Post, words: str) -> Post:
    """`author` answers an offer or a need: a conversation between the two begins."""
    aid = need_aid(tx, post.id)
    if post.actor_id == author.id:
        _refuse("words", "this is your own")
    if aid.state in ("done", "expired") or aid.expires_at <= tx.now:
        _refuse("words", "this is over")
    draft = Draft(source=words, audience=Audience.PEOPLE, in_reply_to=post)
    return write_post(tx, author=author, draft=draft)


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


def terms_of(aid: Aid) -> Terms:
    """Return what an offer or a need says now."""
    return Terms(aid.kind, aid.category, aid.title, aid.words, aid.place, aid.until)


def _locked(tx: Tx, post_id: int) -> Aid | None:
    tx.flush()
    asked = select(Aid).where(Aid.id == post_id).with_for_update()
    return tx.session.scalar(asked, execution_options={"populate_existing": True})


def _say_anew(tx: Tx, author: Actor, post: Post, aid: Aid) -> None:
    tx.flush()
    kept = tx.connection.scalars(
        select(Attachment.id).where(Attachment.post_id == post.id).order_by(Attachment.position)
    )
    language = post.language or "fr"
    edit_post(
        tx,
        author=author,
        post=post,
        draft=Draft(
            source=_said(terms_of(aid), aid.state, language),
            language=language,
            warning=post.warning,
            is_sensitive=post.is_sensitive,
            attachments=tuple(kept) or None,
        ),
    )


def _said(terms: Terms, state: str, language: str) -> str:
    """Return the words of the post: readable wherever it goes."""
    words = _SAID.get(language, _SAID["en"])
    first = f"{words.get(state, '')}{words[terms.kind]}{terms.title} ({words[terms.category]})"
    day = terms.until and f"{words['until']} {terms.until:%d/%m/%Y}"
    where = " · ".join(part for part in (terms.place, day) if part)
    return "\n\n".join(part for part in (first, terms.words, where, "#Entraide") if part)


def _refuse(field: str, why: str) -> NoReturn:
    raise Invalid(why, {field: why})
