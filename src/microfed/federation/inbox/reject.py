"""A Reject arrives: someone elsewhere does not, or no longer, let a neighbour follow them."""

from microfed.federation.inbox.accept import who_asked
from microfed.operations.follows import follow_was_rejected
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Reject


def on_reject(tx: Tx, sender: Actor, reject: Reject) -> None:
    """End the follow, whether it was still asked or already accepted."""
    follow_was_rejected(
        tx, by=sender, follow_uri=reject.object, follower=who_asked(tx, sender, reject)
    )
