"""Followers kept true between two servers, whatever got lost (FEP-8fcf, as Mastodon does it).

Each side sums up what it believes into one digest; only where the two differ is the list read.
"""

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import select

from microfed.here import authority_of
from microfed.ids import id_at
from microfed.operations.follows import find_follow, follow_was_accepted, unfollow
from microfed.outbound.deliver import deliver_to
from microfed.outbound.render import activity, follow_inside
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Follow

MOST_LISTED = 1_000


def digest_of(uris: Iterable[str]) -> str:
    """Return the sum of some ids: each hashed, all combined, in any order the same."""
    total = 0
    for uri in uris:
        total ^= int.from_bytes(sha256(uri.encode()).digest(), "big")
    return f"{total:064x}"


def followers_at(tx: Tx, actor_id: int, host: str) -> list[str]:
    """Return the followers of a neighbour who live on `host`."""
    query = (
        select(Actor.uri)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == actor_id, Follow.accepted_at.is_not(None), Actor.host != HERE)
        .order_by(Actor.uri)
    )
    return [uri for uri in tx.connection.scalars(query) if authority_of(uri) == host]


def synchronisation_header(tx: Tx, actor_id: int, host: str) -> str:
    """Return what to send along to `host` with what is for a neighbour's followers; "" for none."""
    actor = tx.session.get(Actor, actor_id)
    uris = followers_at(tx, actor_id, host)
    if actor is None or not actor.is_local or not uris:
        return ""
    return (
        f'collectionId="{actor.followers_uri}", '
        f'url="{actor.uri}/followers_synchronization", digest="{digest_of(uris)}"'
    )


def followers_here(tx: Tx, target_id: int) -> list[str]:
    """Return the neighbours who follow somebody elsewhere."""
    query = (
        select(Actor.uri)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == target_id, Follow.accepted_at.is_not(None), Actor.host == HERE)
    )
    return list(tx.connection.scalars(query))


def followers_were_listed(tx: Tx, *, target: Actor, uris: Iterable[str]) -> None:
    """Somebody elsewhere says which neighbours follow them: both sides then agree.

    Who is not listed follows no longer; whose request is open is listed only because it was
    accepted; whoever is listed and does not follow says so.
    """
    listed = {uri for uri in uris if tx.here.is_ours(uri)}
    for uri in followers_here(tx, target.id):
        neighbour = find_neighbour(tx, uri)
        if uri not in listed and neighbour is not None:
            unfollow(tx, follower=neighbour, target=target)
    for uri in sorted(listed)[:MOST_LISTED]:
        neighbour = find_neighbour(tx, uri)
        if neighbour is None:
            continue
        follow = find_follow(tx, follower=neighbour, target=target)
        if follow is None:
            _deny(tx, neighbour, target)
        elif follow.accepted_at is None:
            follow_was_accepted(tx, by=target, follow_uri=follow.uri, follower=neighbour)


def _deny(tx: Tx, neighbour: Actor, target: Actor) -> None:
    uri = tx.here.activity(id_at(tx.now))
    inside = follow_inside(uri=uri, follower=neighbour.uri, target=target.uri)
    undo = activity("Undo", id_=f"{uri}#undo", actor=neighbour.uri, to=[target.uri], object_=inside)
    deliver_to(tx, undo, sender=neighbour, to=target)
