"""Relays: hearing public posts of places nobody here follows, and being heard there (FEP-ae0c).

Of what a relay brings only addresses are believed; each post is read where it lives.
"""

from typing import Any

from sqlalchemy import select

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.here import same_origin
from microfed.ids import id_at
from microfed.operations.follow_rows import find_follow
from microfed.operations.follows import accept_follow
from microfed.outbound.deliver import deliver
from microfed.outbound.render import activity
from microfed.queries.people import instance_actor, need_actor
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.posts import Post
from microfed.store.relays import Relay
from microfed.vocab.terms import PUBLIC

_ACCEPTED = select(Relay).where(Relay.accepted_at.is_not(None))


def subscribe(tx: Tx, *, address: str) -> Relay:
    """The admin asks a relay to take us in: by its inbox (`…/inbox`, as Mastodon's admins do) or
    by its actor's id. Raises Missing when the actor must be asked for first."""
    if not address.startswith(("https://", "http://")):
        raise Invalid("a relay is named by an address that begins with https://")
    actor = None if address.rstrip("/").endswith("/inbox") else need_actor(tx, address)
    inbox = address if actor is None else actor.inbox_uri
    if tx.session.scalar(select(Relay).where(Relay.inbox_uri == inbox)) is not None:
        raise Invalid("this relay was asked already")
    id_ = id_at(tx.now)
    relay = Relay(
        id=id_,
        inbox_uri=inbox,
        actor_uri=None if actor is None else actor.uri,
        follow_uri=tx.here.activity(id_),
    )
    tx.session.add(relay)
    tx.flush()
    place = instance_actor(tx)
    document = activity("Follow", id_=relay.follow_uri, actor=place.uri, **_whom(relay))
    deliver(tx, document, sender=place, inboxes=[inbox])
    return relay


def unsubscribe(tx: Tx, *, address: str) -> None:
    """The admin leaves a relay."""
    relay = tx.session.scalar(
        select(Relay).where((Relay.inbox_uri == address) | (Relay.actor_uri == address))
    )
    if relay is None:
        raise NotFound("there is no such relay")
    place = instance_actor(tx)
    whom = _whom(relay)
    inside = {
        "id": relay.follow_uri,
        "type": "Follow",
        "actor": place.uri,
        "object": whom["object_"],
    }
    document = activity(
        "Undo", id_=f"{relay.follow_uri}#undo", actor=place.uri, to=whom["to"], object_=inside
    )
    deliver(tx, document, sender=place, inboxes=[relay.inbox_uri])
    tx.session.delete(relay)
    tx.flush()


def list_relays(tx: Tx) -> list[Relay]:
    """Return all relays we asked."""
    return list(tx.session.scalars(select(Relay).order_by(Relay.id)))


def relay_answered(tx: Tx, *, by: Actor, follow_uri: str | None, is_yes: bool) -> bool:
    """Someone answers a Follow of the place. Returns whether it was one to a relay."""
    if follow_uri is None:
        return False
    relay = tx.session.scalar(select(Relay).where(Relay.follow_uri == follow_uri))
    if relay is None:
        return False
    if not same_origin(relay.inbox_uri, by.uri):
        raise Forbidden("only the relay itself may answer")
    relay.accepted_at = tx.now if is_yes else None
    relay.actor_uri = relay.actor_uri or by.uri
    tx.flush()
    return True


def relay_follows_back(tx: Tx, *, by: Actor, uri: str) -> bool:
    """A LitePub relay we follow follows the place. Returns whether it was one."""
    if find_relay(tx, by) is None:
        return False
    place = instance_actor(tx)
    follow = find_follow(tx, follower=by, target=place)
    if follow is None:
        follow = Follow(id=id_at(tx.now), uri=uri, follower=by, target=place)
        follow.follower_id, follow.target_id = by.id, place.id
        tx.session.add(follow)
        tx.flush()
    accept_follow(tx, follow)
    return True


def find_relay(tx: Tx, actor: Actor) -> Relay | None:
    """Return the relay somebody is, if it took us in or was asked to."""
    relays = tx.session.scalars(select(Relay)).all()
    for relay in relays:
        if relay.actor_uri == actor.uri or (
            relay.actor_uri is None and same_origin(relay.inbox_uri, actor.uri)
        ):
            return relay
    return None


def tell_relays(tx: Tx, *, author: Actor, post: Post, document: dict[str, Any]) -> None:
    """A neighbour said something to everyone: relays that took us in get it, each in its way."""
    for relay in tx.session.scalars(_ACCEPTED):
        if relay.follow_uri and relay.actor_uri and _is_litepub(tx, relay):
            place = instance_actor(tx)
            passed_on = activity(
                "Announce",
                id_=f"{post.uri}#relayed",
                actor=place.uri,
                to=[place.followers_uri or ""],
                cc=[PUBLIC],
                object_=post.uri,
            )
            deliver(tx, passed_on, sender=place, inboxes=[relay.inbox_uri])
        else:
            deliver(tx, document, sender=author, inboxes=[relay.inbox_uri])


def _is_litepub(tx: Tx, relay: Relay) -> bool:
    """Say whether a relay follows us too, as those of Pleroma's kind do."""
    query = (
        select(Follow.id)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(Actor.uri == relay.actor_uri, Follow.target_id == instance_actor(tx).id)
    )
    return tx.connection.scalar(query) is not None


def _whom(relay: Relay) -> dict[str, Any]:
    whom = relay.actor_uri or PUBLIC
    return {"object_": whom, "to": [whom]}
