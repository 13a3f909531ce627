"""A Leave arrives: someone elsewhere does not come to an event after all (Mobilizon)."""

from microfed.federation.inbox.join import find_event
from microfed.operations.deeds import deed_arrived
from microfed.operations.event_answers import answer_was_taken_back
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Leave


def on_leave(tx: Tx, sender: Actor, leave: Leave) -> None:
    """Give their place to the next who waits; who leaves something else is shown as a deed."""
    post = find_event(tx, leave.object)
    if post is None:
        deed_arrived(tx, by=sender, done=leave)
    else:
        answer_was_taken_back(tx, by=sender, post=post, uri=None)
