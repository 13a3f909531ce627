"""An Offer arrives: someone elsewhere would take up what a neighbour offers or needs (FEP-0837),
or would like a neighbour to meet somebody."""

from microfed.errors import NotFound
from microfed.operations.agreeing import offer_arrived
from microfed.operations.deeds import deed_arrived
from microfed.operations.introductions_heard import introduction_arrived
from microfed.queries.people import find_neighbour
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import bare_text
from microfed.vocab.activities import Offer
from microfed.vocab.agreements import satisfied_by
from microfed.vocab.introductions import Proposed, read_introduction


def on_offer(tx: Tx, sender: Actor, offer: Offer) -> None:
    """Note that they would, or ask the neighbour; what else is offered is shown as it is said."""
    satisfies = satisfied_by(offer.embedded)
    proposed = read_introduction(offer.document)
    if satisfies is not None:
        offer_arrived(tx, by=sender, satisfies=satisfies, uri=offer.id)
    elif proposed is not None:
        _ask(tx, sender, offer.id, proposed)
    else:
        deed_arrived(tx, by=sender, done=offer)


def _ask(tx: Tx, sender: Actor, uri: str, proposed: Proposed) -> None:
    neighbour = find_neighbour(tx, proposed.whom)
    if neighbour is None:
        raise NotFound("no such actor here")
    reason = bare_text(proposed.reason)
    introduction_arrived(tx, by=sender, uri=uri, to=neighbour, reason=reason, until=proposed.until)
