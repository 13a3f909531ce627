"""An Accept arrives: someone elsewhere lets a neighbour follow them."""

from microfed.operations.follows import follow_was_accepted
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Accept, Reject
from microfed.vocab.reading import ref


def on_accept(tx: Tx, sender: Actor, accept: Accept) -> None:
    """Mark our follow request as accepted, found by its id or by who asked whom."""
    follow_was_accepted(
        tx, by=sender, follow_uri=accept.object, follower=who_asked(tx, sender, accept)
    )


def who_asked(tx: Tx, sender: Actor, answer: Accept | Reject) -> Actor | None:
    """Return the neighbour in an embedded Follow, if it is one of `sender`."""
    inside = answer.embedded or {}
    asked, whom = ref(inside.get("actor")), ref(inside.get("object"))
    return None if asked is None or whom != sender.uri else find_neighbour(tx, asked)
