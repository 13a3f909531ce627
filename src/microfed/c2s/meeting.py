"""Introductions: a member would like two people to meet, and answers when others would.

Nothing that a client posts of it is passed on: each of the two is asked alone, and what they say is
told to nobody.
"""

from typing import Any

from microfed.c2s.asked import Document, in_words_of
from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.operations.introductions import propose, withdraw
from microfed.operations.introductions_heard import answer_offer, introduction_at
from microfed.outbound.render import activity, stamp
from microfed.queries.people import need_actor
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import bare_text
from microfed.vocab.deeds import said as says
from microfed.vocab.introductions import ACQUAINTANCE
from microfed.vocab.reading import ref

_FIELDS = {"one": "object.subject", "other": "object.object", "reason": "content"}


def introduce(tx: Tx, owner: Actor, document: Document, inside: Document) -> dict[str, Any]:
    """Offer that `subject` and `object` become acquainted; `content` says why."""
    if inside.get("relationship") not in (None, ACQUAINTANCE):
        raise Invalid(
            "only an acquaintance can be proposed", {"object.relationship": f"not {ACQUAINTANCE}"}
        )
    one, other = ref(inside.get("subject")), ref(inside.get("object"))
    if one is None or other is None:
        lacks = {key: "missing" for key in ("subject", "object") if not inside.get(key)}
        raise Invalid(
            "name the two who should meet", {f"object.{key}": lacks[key] for key in lacks}
        )
    reason = bare_text(says(document, "content")[0] or says(inside, "content")[0] or "")
    people = need_actor(tx, one), need_actor(tx, other)
    with in_words_of(_FIELDS):
        made = propose(tx, proposer=owner, one=people[0], other=people[1], reason=reason)
    # Kept nowhere as such: what each of the two gets names nobody else.
    return activity(
        "Offer",
        id_=f"{owner.uri}#introductions/{made.id}",
        actor=owner.uri,
        object_={
            "type": "Relationship",
            "subject": people[0].uri,
            "relationship": ACQUAINTANCE,
            "object": people[1].uri,
        },
        content=made.reason,
        endTime=stamp(made.expires_at),
    )


def answer_introduction(tx: Tx, owner: Actor, uri: str, *, is_yes: bool) -> dict[str, Any] | None:
    """Say yes or no to meeting somebody; None when nobody proposed that."""
    if not answer_offer(tx, who=owner, uri=uri, says="yes" if is_yes else "no"):
        return None
    kind, id_ = "Accept" if is_yes else "Reject", tx.here.activity(id_at(tx.now))
    return activity(kind, id_=id_, actor=owner.uri, object_=uri)


def take_back_introduction(tx: Tx, owner: Actor, uri: str) -> dict[str, Any] | None:
    """Undo what `owner` proposed, by the id of it or of what one of the two got."""
    prefix = f"{owner.uri}#introductions/"
    number = uri.removeprefix(prefix)
    if uri.startswith(prefix) and number.isascii() and number.isdecimal():
        id_ = int(number) if len(number) < 19 else 0
    else:
        made = introduction_at(tx, uri)
        if made is None or made.proposer_id != owner.id:
            return None
        id_ = made.id
    withdraw(tx, proposer=owner, id_=id_)
    return activity("Undo", id_=f"{prefix}{id_}/undo", actor=owner.uri, object_=uri)
