"""A Follow arrives: someone elsewhere asks to follow a neighbour."""

from microfed.errors import NotFound
from microfed.here import authority
from microfed.operations.follows import request_follow
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Follow


def on_follow(tx: Tx, sender: Actor, follow: Follow) -> None:
    """Find the neighbour, then ask on the sender's behalf."""
    neighbour = None if follow.object is None else find_neighbour(tx, follow.object)
    if neighbour is None:
        raise NotFound("no such actor here")
    uri = authority(sender.uri, follow.id)
    request_follow(tx, follower=sender, target=neighbour, uri=uri)
