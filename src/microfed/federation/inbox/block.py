"""A Block arrives: someone elsewhere wants nothing more to do with a neighbour."""

from microfed.errors import NotFound
from microfed.here import authority
from microfed.operations.blocks import block
from microfed.operations.group_care import show_out
from microfed.queries.people import find_actor, find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Block
from microfed.vocab.reading import flag, ref


def on_block(tx: Tx, sender: Actor, activity: Block) -> None:
    """Keep the two apart. Lemmy's Block with a `target` bans from a group, perhaps one of ours."""
    target = ref(activity.document.get("target"))
    if target is not None:
        group, who = find_neighbour(tx, target), find_actor(tx, activity.object or "")
        if group is not None and group.kind == "Group" and who is not None:
            takes_out = flag(activity.document.get("removeData"))
            show_out(tx, group=group, by=sender, who=who, takes_out=takes_out)
        return
    neighbour = None if activity.object is None else find_neighbour(tx, activity.object)
    if neighbour is None:
        raise NotFound("no such actor here")
    block(tx, blocker=sender, blocked=neighbour, uri=authority(sender.uri, activity.id))
