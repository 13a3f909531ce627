"""Events as Mobilizon, Gancio and others write them: when and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from microfed.vocab.reading import documents, moment, types, word


@dataclass(frozen=True, slots=True)
class Happening:
    """When something happens, and where, in the words of its organiser."""

    starts_at: datetime
    ends_at: datetime | None
    place: str
    starts: str  # as written, with its own offset: nobody comes at a time in UTC


def read_happening(document: Mapping[str, Any]) -> Happening | None:
    """Return when and where an event is, if the document says when."""
    starts = word(document.get("startTime"))
    starts_at = moment(starts)
    if starts is None or starts_at is None:
        return None
    return Happening(starts_at, moment(document.get("endTime")), _place(document), starts)


def _place(document: Mapping[str, Any]) -> str:
    for item in documents(document.get("location")):
        if not {"Place", "VirtualLocation"} & set(types(item)):
            continue
        parts = [word(item.get("name"))]
        address = item.get("address")
        if isinstance(address, str):
            parts.append(address)
        elif isinstance(address, Mapping):
            keys = ("streetAddress", "postalCode", "addressLocality")
            parts += [word(address.get(key)) for key in keys]
        parts.append(word(item.get("url")) if "VirtualLocation" in types(item) else None)
        return ", ".join(dict.fromkeys(part for part in parts if part))[:500]
    return ""
