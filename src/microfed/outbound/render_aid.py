"""Agreements of mutual aid as ActivityPub documents (FEP-0837)."""

from typing import Any

from microfed.outbound.render import activity
from microfed.vocab.agreements import AGREEMENT_CONTEXT, agreement_document


def take_up(*, id_: str, actor: str, author: str, satisfies: str) -> dict[str, Any]:
    """Return the Offer of somebody who takes up what a post of `author` offers or needs."""
    return _in_words(
        activity("Offer", id_=id_, actor=actor, to=[author], object_=agreement_document(satisfies))
    )


def agree(
    *, id_: str, actor: str, person: str, offer: str, agreement: str, satisfies: str
) -> dict[str, Any]:
    """Return the yes of an author, with the agreement and its name."""
    result = agreement_document(satisfies, id_=agreement, by=actor)
    return _in_words(
        activity("Accept", id_=id_, actor=actor, to=[person], object_=offer, result=result)
    )


def decline(*, id_: str, actor: str, person: str, offer: str) -> dict[str, Any]:
    """Return the no of an author, at once or after a yes."""
    return _in_words(activity("Reject", id_=id_, actor=actor, to=[person], object_=offer))


def step_back(*, id_: str, actor: str, author: str, offer: str) -> dict[str, Any]:
    """Return how somebody takes back that they would take it up."""
    inside = {"id": offer, "type": "Offer", "actor": actor}
    return _in_words(activity("Undo", id_=id_, actor=actor, to=[author], object_=inside))


def receipt(*, id_: str, actor: str, to: str, agreement: str) -> dict[str, Any]:
    """Return how one of the two says that it is done."""
    inside = {
        "id": f"{id_}#receipt",
        "type": "Document",
        "attributedTo": actor,
        "name": "Receipt",
        "context": agreement,
        "to": [to],
    }
    return _in_words(activity("Create", id_=id_, actor=actor, to=[to], object_=inside))


def _in_words(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "@context": AGREEMENT_CONTEXT}
