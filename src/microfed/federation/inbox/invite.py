"""An Invite arrives: a group elsewhere would like to have a neighbour in it."""

from microfed.errors import NotFound
from microfed.operations.deeds import deed_arrived
from microfed.operations.groups import invitation_arrived
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Invite
from microfed.vocab.reading import ref


def on_invite(tx: Tx, sender: Actor, invite: Invite) -> None:
    """Take an invitation by the group itself; one to anything else is shown as it is."""
    if invite.object != sender.uri or sender.kind != "Group":
        deed_arrived(tx, by=sender, done=invite)
        return
    whom = ref(invite.document.get("target"))
    neighbour = None if whom is None else find_neighbour(tx, whom)
    if neighbour is None:
        raise NotFound("no such actor here")
    invitation_arrived(tx, by=sender, person=neighbour)
