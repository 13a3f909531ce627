"""Offers and needs on the wire: a Proposal of FEP-0837 inside a post that anyone can read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from microfed.vocab.reading import documents, flag, moment, types, word

KINDS = ("offer", "need")
CATEGORIES = ("gift", "loan", "service", "knowledge", "sale")
STATES = ("open", "under_way", "done", "expired")
LONGEST_TITLE = 120
LONGEST_PLACE = 120
PURPOSES = {"offer": "offer", "request": "need"}
OF_ACTION = {"deliverService": "service", "transfer": "gift"}

_VF = "https://w3id.org/valueflows/ont/vf#"
AID_CONTEXT: dict[str, Any] = {
    "vf": _VF,
    "Proposal": "vf:Proposal",
    "Intent": "vf:Intent",
    "purpose": "vf:purpose",
    "publishes": "vf:publishes",
    "action": "vf:action",
    "finished": "vf:finished",
    "resourceClassifiedAs": "vf:resourceClassifiedAs",
    "proposal": {"@id": "urn:x-microfed:proposal", "@type": "@id"},
    "aidState": "urn:x-microfed:aidState",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody offers or looks for, as a post carries it."""

    kind: str
    category: str
    title: str
    place: str
    until: datetime | None
    state: str
    words: str = ""  # of ours: as its author wrote them, without what frames them in the post


def read_proposal(document: Mapping[str, Any]) -> Proposal | None:
    """Return the proposal inside a post; None when there is none, or none that makes sense.

    A word we do not know costs only itself; one we cannot do without costs the proposal alone,
    never the post.
    """
    said = next(documents(document.get("proposal")), None)
    if said is None or "Proposal" not in types(said):
        return None
    kind = PURPOSES.get(word(said.get("purpose")) or "")
    title = _line(said.get("name"), LONGEST_TITLE)
    if kind is None or not title:
        return None
    intent = next(documents(said.get("publishes")), {})
    category = word(intent.get("resourceClassifiedAs"))
    if category not in CATEGORIES:
        category = OF_ACTION.get(word(intent.get("action")) or "", "service")
    state = word(said.get("aidState"))
    if state not in STATES:
        state = "done" if flag(intent.get("finished")) else "open"
    place = next(documents(said.get("location")), {})
    return Proposal(
        kind=kind,
        category=category,
        title=title,
        place=_line(place.get("name"), LONGEST_PLACE),
        until=moment(said.get("endTime")),
        state=state,
    )


def proposal_document(page: str, proposal: Proposal, *, until: str | None) -> dict[str, Any]:
    """Return a proposal of ours; `page` is the post's address, `until` its end as a stamp."""
    is_service = proposal.category in ("service", "knowledge")
    document: dict[str, Any] = {
        "type": "Proposal",
        "id": f"{page}#proposal",
        "purpose": "offer" if proposal.kind == "offer" else "request",
        "name": proposal.title,
        "aidState": proposal.state,
        "publishes": {
            "type": "Intent",
            "id": f"{page}#primary",
            "action": "deliverService" if is_service else "transfer",
            "resourceClassifiedAs": proposal.category,
            "finished": proposal.state in ("done", "expired"),
        },
    }
    if proposal.words:
        document["content"] = "".join(
            f"<p>{escape(part.strip()).replace(chr(10), '<br>')}</p>"
            for part in proposal.words.split("\n\n")
            if part.strip()
        )
    if proposal.place:
        document["location"] = {"type": "Place", "name": proposal.place}
    if until is not None:
        document["endTime"] = until
    return document


def _line(value: Any, most: int) -> str:
    """Return one line of words, cut where it gets too long."""
    return " ".join((word(value) or "")[: 4 * most].split())[:most]
