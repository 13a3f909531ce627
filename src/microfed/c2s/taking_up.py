"""Agreements of mutual aid (FEP-0837): a member takes something up, agrees, steps back, is done."""

from typing import Any

from microfed.c2s.asked import Document, need_readable
from microfed.errors import Conflict, Forbidden, Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.agreeing import agree, decline, say_done, step_back
from microfed.operations.aid import answer_aid, need_aid, set_state, usual_words
from microfed.operations.aid_agreements import find_bond
from microfed.outbound import render_aid
from microfed.outbound.render import activity
from microfed.queries.activities import kept_activity, last_activity
from microfed.queries.aid import aid_of
from microfed.queries.aid_agreements import own_agreement
from microfed.queries.members import language_of
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import bare_text
from microfed.vocab.agreements import PRIMARY, satisfied_by
from microfed.vocab.deeds import said as says


def take_up(tx: Tx, owner: Actor, document: Document, agreement: Document) -> dict[str, Any]:
    """Offer an Agreement: its author gets it, and the words in `content`, or usual ones."""
    satisfies = satisfied_by(agreement) or ""
    if not satisfies.endswith(PRIMARY):
        raise Invalid(
            "an agreement says what it is about", {"object.stipulates.satisfies": f"no …{PRIMARY}"}
        )
    post = need_readable(tx, owner, satisfies.removesuffix(PRIMARY))
    aid = need_aid(tx, post.id)
    stands = own_agreement(tx, post.id, owner.id)
    if stands is not None and stands.state in ("accepted", "done"):
        raise Conflict("you have agreed on this already")
    words = bare_text(says(document, "content")[0] or "")
    answer_aid(
        tx, author=owner, post=post, words=words or usual_words(aid, language_of(tx, owner.id))
    )
    made = own_agreement(tx, post.id, owner.id)
    offer = None if made is None or made.offer_uri is None else made.offer_uri
    kept = None if offer is None else kept_activity(tx, offer, sender_id=owner.id)
    if kept is None:
        raise NotFound("there is no such offer")
    return kept


def answer_offer(tx: Tx, owner: Actor, uri: str, *, is_yes: bool) -> dict[str, Any] | None:
    """The author of an offer or a need agrees, or does not; None: it is something else."""
    bond = find_bond(tx, offer_uri=uri)
    if bond is None:
        return _answer_words(tx, owner, uri, is_yes=is_yes)
    if owner.id not in (bond.author.id, bond.person.id):
        return None
    if owner.id != bond.author.id:
        raise Forbidden("only its author can agree on an offer")
    if bond.row.state == "withdrawn":
        raise Invalid("they stepped back", {"object": "they stepped back"})
    deed = agree if is_yes else decline
    deed(tx, author=owner, post=bond.post, person_id=bond.person.id)
    kind = "Accept" if is_yes else "Reject"
    kept = last_activity(tx, sender_id=owner.id, kind=kind, object_uri=uri)
    if kept is None:
        raise NotFound("nobody offers this any more")
    return kept


def _answer_words(tx: Tx, owner: Actor, uri: str, *, is_yes: bool) -> dict[str, Any] | None:
    """Say yes or no to who only wrote in private: their server knows no agreements."""
    said = find_post(tx, uri)
    if said is None or said.in_reply_to_id is None or said.in_reply_to_actor_id != owner.id:
        return None
    about = tx.session.get_one(Post, said.in_reply_to_id)
    if aid_of(tx, about.id) is None:
        return None
    need_visible_post(tx, Viewer(owner.id), id_=said.id)
    deed, kind = (agree, "Accept") if is_yes else (decline, "Reject")
    deed(tx, author=owner, post=about, person_id=said.actor_id)
    bond = find_bond(tx, aid_id=about.id, person_id=said.actor_id)
    offer = None if bond is None else bond.row.offer_uri
    kept = last_activity(tx, sender_id=owner.id, kind=kind, object_uri=offer) if offer else None
    id_ = tx.here.activity(id_at(tx.now))
    return kept or activity(kind, id_=id_, actor=owner.uri, object_=uri)


def take_back_offer(tx: Tx, owner: Actor, uri: str) -> str | None:
    """Step back from what one would have taken up; returns the id of the Undo."""
    bond = find_bond(tx, offer_uri=uri)
    if bond is None or bond.person.id != owner.id:
        return None
    if bond.row.state not in ("proposed", "accepted"):
        raise NotFound("there is nothing of yours to undo")
    step_back(tx, person=owner, post=bond.post)
    undo = last_activity(tx, sender_id=owner.id, kind="Undo", object_uri=uri)
    return None if undo is None else str(undo["id"])


def say_it_is_done(tx: Tx, owner: Actor, agreement: str) -> dict[str, Any] | None:
    """One of the two says that it is done (`Create` of a Document); None: no such agreement."""
    bond = find_bond(tx, uri=agreement)
    if bond is None or owner.id not in (bond.author.id, bond.person.id):
        return None
    if bond.row.state not in ("accepted", "done"):
        raise Forbidden("this was not agreed on with you")
    if owner.id == bond.author.id:
        set_state(tx, author=owner, post=bond.post, state="done")
    else:
        say_done(tx, person=owner, post=bond.post)
    id_, other = tx.here.activity(id_at(tx.now)), bond.other_than(owner)
    return render_aid.receipt(id_=id_, actor=owner.uri, to=other.uri, agreement=agreement)
