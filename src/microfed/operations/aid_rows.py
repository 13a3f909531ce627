"""The rows of mutual aid beside their posts: of ours, checked; of others, read with care."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from microfed.operations.jobs import add_job
from microfed.operations.titled import check_titled, one_line, refuse
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.text import bare_text, clean_text
from microfed.vocab.aid import (
    CATEGORIES,
    KINDS,
    LONGEST_PLACE,
    LONGEST_TITLE,
    read_proposal,
)

LASTS = timedelta(days=30)
LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a neighbour offers or needs, in their words; `until` is when it is over by itself."""

    kind: str
    category: str
    title: str
    words: str = ""
    place: str = ""
    until: datetime | None = None


def checked(terms: Terms, *, now: datetime) -> Terms:
    """Return the terms as they may stand. Raises Invalid, with the field, when they cannot."""
    title, place = one_line(terms.title), one_line(terms.place)
    words = clean_text(terms.words).strip()
    if terms.kind not in KINDS:
        refuse("kind", "it is an offer or a need")
    if terms.category not in CATEGORIES:
        refuse("category", "there is no such category")
    check_titled(title, place, words, longest_title=LONGEST_TITLE, longest_place=LONGEST_PLACE)
    if terms.until is not None and terms.until <= now:
        refuse("until", "this day has passed")
    if terms.until is not None and terms.until > now + LONGEST:
        refuse("until", "it may last a year at most")
    return Terms(terms.kind, terms.category, title, words, place, terms.until)


def add_aid(tx: Tx, *, post_id: int, terms: Terms) -> Aid:
    """A new post of ours is an offer or a need; the day it expires is written down."""
    aid = Aid(id=post_id, state="open", **_values(terms), expires_at=expiry_of(tx, terms))
    tx.session.add(aid)
    tx.flush()
    plan_expiry(tx, aid)
    return aid


def change_terms(tx: Tx, aid: Aid, terms: Terms) -> None:
    """An offer or a need of ours says something else now."""
    for name, value in _values(terms).items():
        setattr(aid, name, value)
    aid.expires_at = expiry_of(tx, terms)
    tx.flush()
    plan_expiry(tx, aid)


def expiry_of(tx: Tx, terms: Terms) -> datetime:
    """Return when it is over unless its author says more."""
    return terms.until or tx.now + LASTS


def plan_expiry(tx: Tx, aid: Aid) -> None:
    """Have it expire when its time comes."""
    # The moment belongs to the key: one that was put off is a job of its own.
    key = f"{aid.id}:{int(aid.expires_at.timestamp())}"
    arguments = {"post_id": aid.id}
    add_job(tx, "expire_aid", key=key, arguments=arguments, due_at=aid.expires_at)


def remember_aid(tx: Tx, *, post_id: int, document: Mapping[str, Any]) -> None:
    """A post from elsewhere came, or was changed: what it proposes stands on our board too."""
    said = read_proposal(document)
    title = "" if said is None else bare_text(said.title)
    if said is None or not title:
        forget_aid(tx, post_id)
        return
    aid = tx.session.get(Aid, post_id)
    if aid is None:
        aid = Aid(id=post_id, words="")
        tx.session.add(aid)
    aid.kind, aid.category, aid.title = said.kind, said.category, title
    aid.place, aid.until, aid.state = bare_text(said.place), said.until, said.state
    # Nobody elsewhere can keep a place on our board for ever.
    aid.expires_at = min(said.until or tx.now + LASTS, tx.now + LONGEST)
    tx.flush()


def forget_aid(tx: Tx, post_id: int) -> None:
    """A post offers and needs nothing any more."""
    tx.connection.execute(delete(Aid).where(Aid.id == post_id))


def _values(terms: Terms) -> dict[str, Any]:
    names = ("kind", "category", "title", "words", "place", "until")
    return {name: getattr(terms, name) for name in names}
