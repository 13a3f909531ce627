"""An Offer arrives: someone elsewhere would take up what a neighbour offers or needs (FEP-0837)."""

from microfed.operations.agreeing import offer_arrived
from microfed.operations.deeds import deed_arrived
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Offer
from microfed.vocab.agreements import satisfied_by


def on_offer(tx: Tx, sender: Actor, offer: Offer) -> None:
    """Note that they would; what else is offered is shown as it is said."""
    satisfies = satisfied_by(offer.embedded)
    if satisfies is None:
        deed_arrived(tx, by=sender, done=offer)
        return
    offer_arrived(tx, by=sender, satisfies=satisfies, uri=offer.id)
