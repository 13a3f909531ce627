"""The directory on the wire: people with their trade and skills, as an ally's search lists them."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microfed.vocab.reading import documents, link, word

FIELDS = ("trade", "skills", "associations", "area")
LABELS = {
    "fr": {
        "trade": "Métier",
        "skills": "Savoir-faire",
        "associations": "Associations",
        "area": "Coin",
    },
    "en": {
        "trade": "Trade",
        "skills": "Skills",
        "associations": "Associations",
        "area": "Area",
    },
}
MOST_FOUND = 40
_LONGEST_NAME, _LONGEST_VALUE, _MOST_VALUES = 100, 300, 12


@dataclass(frozen=True, slots=True)
class FoundThere:
    """Somebody of an allied place: who they are, where their page is, and what they say."""

    uri: str
    name: str
    username: str
    page: str
    facts: tuple[tuple[str, str], ...]


def property_values(facts: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return facts as actors have them; the values are HTML."""
    return [{"type": "PropertyValue", "name": name, "value": value} for name, value in facts]


def skill_tag(skill: str) -> str:
    """Return a skill as the word of a hashtag: `Réparation de vélos` is `RéparationDeVélos`."""
    plain = unicodedata.normalize("NFC", skill)
    words = "".join(one if one.isalnum() else " " for one in plain).split()
    return "".join(one[:1].upper() + one[1:] for one in words) if len(words) > 1 else "".join(words)


def read_found(document: Mapping[str, Any], origin: str) -> list[FoundThere]:
    """Return whom an allied place found; only people of its own, and no more than MOST_FOUND."""
    found = []
    for item in documents(document.get("items")):
        uri, page = word(item.get("id")) or "", link(item.get("url")) or ""
        username = (word(item.get("preferredUsername")) or "")[:_LONGEST_NAME]
        if not _is_at(uri, origin) or not username:
            continue
        facts = [
            ((word(one.get("name")) or "")[:_LONGEST_NAME], (word(one.get("value")) or ""))
            for one in documents(item.get("attachment"))
        ]
        found.append(
            FoundThere(
                uri,
                (word(item.get("name")) or username)[:_LONGEST_NAME],
                username,
                page if _is_at(page, origin) else uri,
                tuple((name, value[:_LONGEST_VALUE]) for name, value in facts[:_MOST_VALUES]),
            )
        )
        if len(found) == MOST_FOUND:
            break
    return found


def labelled(language: str) -> Mapping[str, str]:
    """Return what the fields are called."""
    return LABELS["fr" if language.startswith("fr") else "en"]


def as_text(value: str | Sequence[str]) -> str:
    """Return a field as one line."""
    return value if isinstance(value, str) else ", ".join(value)


def _is_at(uri: str, origin: str) -> bool:
    return uri.startswith(f"{origin}/") and len(uri) < 1_000
