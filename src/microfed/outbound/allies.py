"""The ring: the places we are allied with, and what is said in it.

Two places are allied when the actor of each follows that of the other and both said yes. Nothing
else is written down, so taking back one follow ends it at once (docs/adr/0007).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, select
from sqlalchemy.orm import aliased

from microfed.here import Here, authority_of, origin_of
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.people import HERE, INSTANCE_ACTOR, Actor, Follow
from microfed.store.posts import Post
from microfed.store.queues import Activity, Delivery
from microfed.store.ring import RingEntry
from microfed.vocab.audience import RING_PATH, Audience

BACKFILL = 40


@dataclass(frozen=True, slots=True)
class Ally:
    """An allied place: its actor, its server, and where it takes things in."""

    id: int
    uri: str
    host: str
    inbox: str


def us() -> Any:
    """Return the id of the place itself, as part of a question."""
    return (
        select(Actor.id)
        .where(Actor.host == HERE, Actor.name_key == INSTANCE_ACTOR)
        .scalar_subquery()
    )


def is_allied(place: Any) -> ColumnElement[bool]:
    """Return the condition that `place`, an alias of Actor, is the actor of an allied place."""
    ours, theirs = aliased(Follow), aliased(Follow)
    return and_(
        place.host != HERE,
        place.gone_at.is_(None),
        place.suspended_at.is_(None),
        exists(
            select(ours.id).where(
                ours.follower_id == us(),
                ours.target_id == place.id,
                ours.accepted_at.is_not(None),
            )
        ),
        exists(
            select(theirs.id).where(
                theirs.follower_id == place.id,
                theirs.target_id == us(),
                theirs.accepted_at.is_not(None),
            )
        ),
        ~exists(
            select(DomainRule.id).where(DomainRule.host == place.host, DomainRule.action == "block")
        ),
    )


_ALLIES = (
    select(Actor.id, Actor.uri, Actor.host, func.coalesce(Actor.shared_inbox_uri, Actor.inbox_uri))
    .where(is_allied(Actor))
    .order_by(Actor.host)
)


_LISTENERS = (
    select(func.coalesce(Actor.shared_inbox_uri, Actor.inbox_uri))
    .distinct()
    .join(Follow, Follow.follower_id == Actor.id)
    .where(
        Follow.target_id == us(),
        Follow.accepted_at.is_not(None),
        Actor.gone_at.is_(None),
        Actor.suspended_at.is_(None),
    )
)

_ENTER = insert(RingEntry)


def allies(tx: Tx) -> list[Ally]:
    """Return the places we are allied with, by name."""
    known: list[Ally] | None = tx.memo.get("allies")
    if known is None:
        known = tx.memo["allies"] = [Ally(*row) for row in tx.connection.execute(_ALLIES)]
    return known


def ally_at(tx: Tx, host: str) -> Ally | None:
    """Return the allied place on a server, if it is one."""
    return next((ally for ally in allies(tx) if ally.host == host), None)


def ally_of(tx: Tx, actor: Actor) -> Ally | None:
    """Return the allied place somebody belongs to: by their handle, or by their server, because a
    private group has no handle that its place would answer for."""
    theirs = authority_of(actor.uri)
    return ally_at(tx, actor.host) or next(
        (ally for ally in allies(tx) if authority_of(ally.uri) == theirs), None
    )


def inboxes_of_ring(tx: Tx, ring: str | None) -> set[str]:
    """Return where a post in a ring of ours (None), or of the ally on the server `ring`, goes:
    to the shared inboxes of allies, or to that ally, who passes it on to its own."""
    return {ally.inbox for ally in _members(tx, ring)}


def inboxes_of_listeners(tx: Tx) -> set[str]:
    """Return where those take things in who follow the place itself, allied or not."""
    return set(tx.connection.scalars(_LISTENERS))


def ring_addressees(tx: Tx, ring: str | None) -> tuple[str, ...]:
    """Return whom such a post is addressed to: the ring by its name, and its places."""
    members = _members(tx, ring)
    if ring is None:
        return (ring_uri(tx.here), *(ally.uri for ally in members))
    return tuple(uri for ally in members for uri in (f"{origin_of(ally.uri)}{RING_PATH}", ally.uri))


def ring_uri(here: Here) -> str:
    """Return the name of our ring."""
    return f"{here.url}{RING_PATH}"


def neighbours_uri(here: Here) -> str:
    """Return the name of all who live here, as their own programs address them."""
    return f"{here.url}/neighbours"


def place_in_ring(tx: Tx, *, post_id: int, host: str, audience: str, is_answer: bool) -> None:
    """Put a post onto the timeline of the ring: ours and our allies', for all or for the ring."""
    if is_answer or audience not in (Audience.PUBLIC, Audience.RING, Audience.LOCAL):
        return
    if host == HERE or ally_at(tx, host) is not None:
        tx.connection.execute(_ENTER, {"post_id": post_id})


def alliance_began(tx: Tx, place: Actor) -> None:
    """A place became our ally: what we know of its people joins the timeline of the ring."""
    tx.memo.pop("allies", None)
    if ally_at(tx, place.host) is None:
        return
    known = (
        select(Post.id)
        .join(Actor, Actor.id == Post.actor_id)
        .where(
            Actor.host == place.host,
            Post.audience == Audience.PUBLIC,
            Post.boost_of_id.is_(None),
            Post.in_reply_to_uri.is_(None),
            Post.id.not_in(select(RingEntry.post_id)),
        )
        .order_by(Post.id.desc())
        .limit(BACKFILL)
    )
    for post_id in tx.connection.scalars(known).all():
        tx.connection.execute(_ENTER, {"post_id": post_id})


def alliance_ended(tx: Tx, place: Actor) -> None:
    """A place is no ally any more: what still waits to be brought to it stays here."""
    tx.memo.pop("allies", None)
    said = (
        select(Activity.id)
        .join(Post, Post.uri == Activity.object_uri)
        .where(Post.audience.in_((Audience.RING, Audience.GROUP)))
    )
    tx.connection.execute(
        delete(Delivery).where(
            Delivery.host == authority_of(place.uri), Delivery.activity_id.in_(said)
        )
    )


def _members(tx: Tx, ring: str | None) -> list[Ally]:
    return [ally for ally in allies(tx) if ring is None or ally.host == ring]
