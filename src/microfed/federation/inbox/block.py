"""A Block arrives: someone elsewhere wants nothing more to do with a neighbour."""

from microfed.errors import NotFound
from microfed.here import authority
from microfed.operations.blocks import block
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Block


def on_block(tx: Tx, sender: Actor, activity: Block) -> None:
    """Keep the two apart. Lemmy's Block with a `target` bans from a group: that is not ours."""
    if activity.document.get("target") is not None:
        return
    neighbour = None if activity.object is None else find_neighbour(tx, activity.object)
    if neighbour is None:
        raise NotFound("no such actor here")
    block(tx, blocker=sender, blocked=neighbour, uri=authority(sender.uri, activity.id))
