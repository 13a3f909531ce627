"""Followers kept true between two servers, whatever got lost (FEP-8fcf, as Mastodon does it).

Each side sums up what it believes into one digest; only where the two differ is the list read.
"""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import bindparam, select

from microfed.here import authority_of
from microfed.ids import id_at
from microfed.operations.follow_rows import find_follow
from microfed.operations.follows import follow_was_accepted, unfollow
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


_ELSEWHERE = (
    select(Actor.uri)
    .join(Follow, Follow.follower_id == Actor.id)
    .where(
        Follow.target_id == bindparam("actor"),
        Follow.accepted_at.is_not(None),
        Actor.host != HERE,
    )
    .order_by(Actor.uri)
)


def followers_at(tx: Tx, actor_id: int, host: str) -> list[str]:
    """Return the followers of a neighbour who live on `host`."""
    uris = tx.connection.scalars(_ELSEWHERE, {"actor": actor_id})
    return [uri for uri in uris if authority_of(uri) == host]


def synchronisation_headers(tx: Tx, actor_id: int) -> dict[str, str]:
    """Return, by server, what to send along with what is for a neighbour's followers there.

    For all servers in one look: asking for each of two hundred cost more than sending.
    """
    actor = tx.session.get(Actor, actor_id)
    if actor is None or not actor.is_local:
        return {}
    by_host: dict[str, list[str]] = defaultdict(list)
    for uri in tx.connection.scalars(_ELSEWHERE, {"actor": actor_id}):
        by_host[authority_of(uri)].append(uri)
    list_uri = f"{actor.uri}/followers_synchronization"
    return {
        host: f'collectionId="{actor.followers_uri}", url="{list_uri}", digest="{digest_of(uris)}"'
        for host, uris in by_host.items()
    }


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
    undo = activity("Undo", id_=f"{uri}/undo", actor=neighbour.uri, to=[target.uri], object_=inside)
    deliver_to(tx, undo, sender=neighbour, to=target)
