"""A Move arrives: someone elsewhere lives at another address from now on."""

from microfed.errors import Invalid
from microfed.here import authority
from microfed.operations.moves import person_moved
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Move
from microfed.vocab.reading import ref


def on_move(tx: Tx, sender: Actor, move: Move) -> None:
    """Only who moves may say so, and only once the new account confirms it."""
    authority(sender.uri, move.object, owner=move.object)
    target = ref(move.document.get("target"))
    if target is None:
        raise Invalid("a Move needs a target")
    person_moved(tx, who=sender, target_uri=target)
