"""A TentativeAccept arrives: someone elsewhere perhaps comes to an event (Friendica)."""

from microfed.errors import NotFound
from microfed.federation.inbox.join import event_answered
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import TentativeAccept


def on_tentative_accept(tx: Tx, sender: Actor, said: TentativeAccept) -> None:
    """Someone elsewhere perhaps comes."""
    if not event_answered(tx, sender, said):
        raise NotFound("there is no such event here")
