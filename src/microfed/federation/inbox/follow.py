"""A Follow arrives: someone elsewhere asks to follow a neighbour."""

from microfed.errors import NotFound
from microfed.here import authority
from microfed.operations.alliances import place_is_followed
from microfed.operations.follows import request_follow
from microfed.operations.relays import relay_follows_back
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Follow
from microfed.vocab.terms import PUBLIC_FORMS


def on_follow(tx: Tx, sender: Actor, follow: Follow) -> None:
    """Find the neighbour, then ask on the sender's behalf."""
    uri = authority(sender.uri, follow.id)
    if follow.object in (tx.here.instance_actor, *PUBLIC_FORMS):
        if not relay_follows_back(tx, by=sender, uri=uri):
            place_is_followed(tx, by=sender, uri=uri)
        return
    neighbour = None if follow.object is None else find_neighbour(tx, follow.object)
    if neighbour is None:
        raise NotFound("no such actor here")
    request_follow(tx, follower=sender, target=neighbour, uri=uri)
