"""An introduction on the wire: an Offer of a Relationship whose other side is not named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from microfed.vocab.reading import documents, moment, ref, refs, types, word

ACQUAINTANCE = "http://purl.org/vocab/relationship/acquaintanceOf"


@dataclass(frozen=True, slots=True)
class Proposed:
    """Whom somebody proposes an acquaintance to, why, and until when they may answer."""

    whom: str
    reason: str
    until: datetime | None


def read_introduction(document: Mapping[str, Any]) -> Proposed | None:
    """Return what an Offer proposes, as HTML of theirs; None when it proposes something else."""
    inside = next(documents(document.get("object")), None)
    if inside is None or "Relationship" not in types(inside):
        return None
    whom = ref(inside.get("subject"))
    if whom is None or whom not in (*refs(document.get("to")), *refs(document.get("cc"))):
        return None
    reason = word(document.get("content")) or word(inside.get("content")) or ""
    return Proposed(whom, reason, moment(document.get("endTime")))


def relationship(whom: str) -> dict[str, str]:
    """Return what is offered. The other of the two stays unnamed until both have said yes."""
    return {"type": "Relationship", "subject": whom, "relationship": ACQUAINTANCE}
