"""What an archive says of its owner beside posts and lists: profile, filters, balance, and so on.

Ours is told as we wrote it; of other places the profile and Mastodon's filters are read.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from microfed.errors import Invalid
from microfed.vocab.directory import LABELS
from microfed.vocab.reading import documents, link, ref, word

MOST = 2_000  # of each kind
# Our profiles show what the directory shows to everyone; it comes along with that.
_OF_THE_DIRECTORY = frozenset(label for said in LABELS.values() for label in said.values())


@dataclass(frozen=True, slots=True)
class OldProfile:
    """How somebody showed themselves elsewhere; words as HTML, pictures as addresses."""

    name: str
    note: str
    fields: tuple[tuple[str, str], ...]
    avatar: str | None
    header: str | None


def read_own(part: str, data: bytes) -> list[dict[str, Any]]:
    """Return the things of a part, each an object; Invalid when there are none."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        raise Invalid("no_text") from None
    if isinstance(said, Mapping):
        said = said.get("custom_filters", [said] if part == "profile" else None)
    if not isinstance(said, list):
        raise Invalid("other_kind")
    if part == "tags":
        said = [{"name": each} for each in said if isinstance(each, str)]
    things = [dict(each) for each in said[:MOST] if isinstance(each, Mapping)]
    if part == "directory":
        things = [each for each in things if any(each.get(name) for name in _FOUND_BY)]
    if part == "profile" and not _says_something(things):
        things = []
    if not things:
        raise Invalid("empty")
    return things


_FOUND_BY = ("trade", "skills", "associations", "area")


def _says_something(things: list[dict[str, Any]]) -> bool:
    profile = read_profile(things[0]) if things else None
    return profile is not None and bool(
        profile.name or profile.note or profile.fields or profile.avatar or profile.header
    )


def read_profile(actor: Mapping[str, Any]) -> OldProfile:
    """Return the profile in an actor."""
    fields = [
        (word(each.get("name")) or "", word(each.get("value")) or "")
        for each in documents(actor.get("attachment"))
        if each.get("type") == "PropertyValue" and each.get("name") not in _OF_THE_DIRECTORY
    ]
    return OldProfile(
        name=word(actor.get("name")) or "",
        note=word(actor.get("summary")) or "",
        fields=tuple(fields),
        avatar=_picture(actor.get("icon")),
        header=_picture(actor.get("image")),
    )


def day_of(said: Any) -> date | None:
    """Return a day as our archive writes it; None for anything else."""
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        return None


def texts(said: Any) -> list[str]:
    """Return the words in a list; none for anything else."""
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def _picture(said: Any) -> str | None:
    for each in documents(said):
        # Inside an archive it is a path, which is no link.
        return link(each.get("url")) or ref(each.get("url"))
    return None
