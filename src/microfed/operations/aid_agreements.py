"""Who takes up an offer or a need: the rows of the two, and what their places tell each other.

Nothing here decides; `agreeing` does. Those who live here need no wire, the rows are the same; what
would go over it stands in their inboxes, for programs of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from microfed.ids import id_at
from microfed.outbound import render_aid
from microfed.outbound.deliver import deliver_to
from microfed.outbound.notify import notify
from microfed.store.aid import Aid, AidAgreement
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.agreements import PRIMARY

FREE = ("proposed", "refused", "withdrawn")  # what may be asked, or asked again


@dataclass(frozen=True, slots=True)
class Bond:
    """An agreement with the two people and what it is about."""

    row: AidAgreement
    post: Post
    author: Actor
    person: Actor

    def other_than(self, who: Actor) -> Actor:
        """Return the other of the two."""
        return self.person if who.id == self.author.id else self.author


def find_bond(
    tx: Tx,
    *,
    aid_id: int | None = None,
    person_id: int | None = None,
    offer_uri: str | None = None,
    uri: str | None = None,
) -> Bond | None:
    """Return an agreement, held until this is done, with what it is about."""
    tx.flush()
    asked = select(AidAgreement)
    if offer_uri is not None:
        asked = asked.where(AidAgreement.offer_uri == offer_uri)
    elif uri is not None:
        asked = asked.where(AidAgreement.uri == uri).order_by(AidAgreement.id)
    else:
        asked = asked.where(AidAgreement.aid_id == aid_id, AidAgreement.person_id == person_id)
    # What it is about is held first, always: so of two who act at once, one waits for the other.
    about = tx.connection.scalar(asked.with_only_columns(AidAgreement.aid_id).limit(1))
    if about is not None:
        tx.connection.execute(select(Aid.id).where(Aid.id == about).with_for_update())
    found = tx.session.scalars(
        asked.limit(1).with_for_update(), execution_options={"populate_existing": True}
    ).first()
    return None if found is None else bond_of(tx, found)


def bond_of(tx: Tx, row: AidAgreement) -> Bond:
    """Return an agreement with what it is about and the two it is between."""
    post = tx.session.get_one(Post, row.aid_id)
    author = tx.session.get_one(Actor, post.actor_id)
    return Bond(row, post, author, tx.session.get_one(Actor, row.person_id))


def standing(tx: Tx, aid_id: int) -> Sequence[AidAgreement]:
    """Return what was agreed on about an offer or a need and is not done yet, held."""
    tx.flush()
    asked = select(AidAgreement).where(
        AidAgreement.aid_id == aid_id, AidAgreement.state == "accepted"
    )
    return tx.session.scalars(
        asked.order_by(AidAgreement.id).with_for_update(),
        execution_options={"populate_existing": True},
    ).all()


def propose(tx: Tx, *, person: Actor, aid: Aid, post: Post) -> AidAgreement:
    """`person` would take it up; its author hears of it where they live. Twice is harmless."""
    row = note_proposal(tx, person=person, aid=aid, offer_uri=None)
    author = tx.session.get_one(Actor, post.actor_id)
    if row.state != "proposed" or row.offer_uri is not None:
        return row
    row.offer_uri = tx.here.activity(id_at(tx.now))
    tx.flush()
    document = render_aid.take_up(
        id_=row.offer_uri, actor=person.uri, author=author.uri, satisfies=f"{post.uri}{PRIMARY}"
    )
    deliver_to(tx, document, sender=person, to=author)
    return row


def note_proposal(tx: Tx, *, person: Actor, aid: Aid, offer_uri: str | None) -> AidAgreement:
    """Write down that `person` would take it up; what stands or is done is left as it is."""
    bond = find_bond(tx, aid_id=aid.id, person_id=person.id)
    if bond is None:
        row = AidAgreement(
            id=id_at(tx.now),
            aid_id=aid.id,
            person_id=person.id,
            state="proposed",
            offer_uri=offer_uri,
        )
        tx.session.add(row)
    else:
        row = bond.row
        if row.state not in FREE:
            return row
        if row.state != "proposed":
            row.uri = row.accepted_at = row.author_done_at = row.person_done_at = None
            row.offer_uri = None
        row.state, row.offer_uri = "proposed", offer_uri or row.offer_uri
    tx.flush()
    return row


def tell_agreed(tx: Tx, bond: Bond) -> None:
    """The author said yes: the other hears of it."""
    row, person = bond.row, bond.person
    if person.is_local:
        _news(tx, "aid_agreed", bond, to=person)
    if row.offer_uri is not None and bond.author.is_local:
        row.uri = f"{bond.post.uri}/agreements/{row.id}"
        tx.flush()
        document = render_aid.agree(
            id_=tx.here.activity(id_at(tx.now)),
            actor=bond.author.uri,
            person=person.uri,
            offer=row.offer_uri,
            agreement=row.uri,
            satisfies=f"{bond.post.uri}{PRIMARY}",
        )
        deliver_to(tx, document, sender=bond.author, to=person)


def tell_declined(tx: Tx, bond: Bond, *, stood: bool) -> None:
    """The author said no: whoever had a yes hears of it; a server is always told."""
    if bond.person.is_local and stood:
        _news(tx, "aid_off", bond, to=bond.person)
    if bond.row.offer_uri is not None and bond.author.is_local:
        document = render_aid.decline(
            id_=tx.here.activity(id_at(tx.now)),
            actor=bond.author.uri,
            person=bond.person.uri,
            offer=bond.row.offer_uri,
        )
        deliver_to(tx, document, sender=bond.author, to=bond.person)


def tell_withdrawn(tx: Tx, bond: Bond, *, stood: bool) -> None:
    """Somebody steps back: the author hears of it."""
    if bond.author.is_local and stood:
        _news(tx, "aid_off", bond, to=bond.author)
    if bond.row.offer_uri is not None and bond.person.is_local:
        document = render_aid.step_back(
            id_=tx.here.activity(id_at(tx.now)),
            actor=bond.person.uri,
            author=bond.author.uri,
            offer=bond.row.offer_uri,
        )
        deliver_to(tx, document, sender=bond.person, to=bond.author)


def mark_done(tx: Tx, bond: Bond, *, by: Actor) -> bool:
    """One of the two says that it is done; once both have, it is. Says whether that was news."""
    row = bond.row
    if row.state != "accepted":
        return False
    name = "author_done_at" if by.id == bond.author.id else "person_done_at"
    if getattr(row, name) is not None:
        return False
    setattr(row, name, tx.now)
    other = bond.other_than(by)
    if row.author_done_at is not None and row.person_done_at is not None:
        row.state = "done"
    elif other.is_local:
        _news(tx, "aid_done", bond, to=other)
    tx.flush()
    return True


def tell_done(tx: Tx, bond: Bond, *, by: Actor) -> None:
    """A neighbour said that it is done: the other's server hears of it."""
    other = bond.other_than(by)
    if other.is_local or bond.row.uri is None:
        return
    document = render_aid.receipt(
        id_=tx.here.activity(id_at(tx.now)), actor=by.uri, to=other.uri, agreement=bond.row.uri
    )
    deliver_to(tx, document, sender=by, to=other)


def _news(tx: Tx, kind: str, bond: Bond, *, to: Actor) -> None:
    other = bond.other_than(to)
    notify(tx, owner_id=to.id, kind=kind, from_id=other.id, post_id=bond.post.id)
