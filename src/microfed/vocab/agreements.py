"""Agreements on the wire (FEP-0837): who takes up an offer, who says yes, and that it is done."""

from collections.abc import Mapping
from typing import Any

from microfed.vocab.reading import documents, ref, types

_VF = "https://w3id.org/valueflows/ont/vf#"
AGREEMENT_CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    {
        "vf": _VF,
        "Agreement": "vf:Agreement",
        "Commitment": "vf:Commitment",
        "stipulates": "vf:stipulates",
        "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
        "resourceQuantity": "vf:resourceQuantity",
        "hasUnit": "om2:hasUnit",
        "hasNumericalValue": "om2:hasNumericalValue",
        "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
    },
]
PRIMARY = "#primary"  # the part of our proposals that somebody takes up


def agreement_document(satisfies: str, *, id_: str | None = None, by: str = "") -> dict[str, Any]:
    """Return an agreement about what a post offers or needs; with an id once its author agreed."""
    document: dict[str, Any] = {
        "type": "Agreement",
        "stipulates": {
            "type": "Commitment",
            "satisfies": satisfies,
            "resourceQuantity": {"hasUnit": "one", "hasNumericalValue": "1"},
        },
    }
    return document if id_ is None else {"id": id_, **document, "attributedTo": by}


def satisfied_by(document: Mapping[str, Any] | None) -> str | None:
    """Return what an agreement takes up, by its id; None for what is no agreement."""
    if document is None or "Agreement" not in types(document):
        return None
    commitment = next(documents(document.get("stipulates")), {})
    return ref(commitment.get("satisfies"))


def receipt_of(document: Mapping[str, Any] | None) -> str | None:
    """Return the id of the agreement that somebody says is carried out; None: it is no receipt."""
    if document is None or "Document" not in types(document):
        return None
    return ref(document.get("context"))
