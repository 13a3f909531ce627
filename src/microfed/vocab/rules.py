"""Rules about servers as lists say them, and which of two keeps a server further away."""

from dataclasses import dataclass

_STRICTNESS = ("note", "reject_media", "limit", "block")


@dataclass(frozen=True, slots=True)
class ListedRule:
    """One line of a list: what it would do to which server."""

    host: str
    action: str
    rejects_media: bool = False
    rejects_reports: bool = False
    public_comment: str = ""
    is_obfuscated: bool = False


def is_stricter(theirs: str, ours: str) -> bool:
    """Say whether a rule of a list would keep a server further away than ours does."""
    if theirs not in _STRICTNESS or ours not in _STRICTNESS:
        return False  # whom we let in, or are allied with, no list shuts out
    return _STRICTNESS.index(theirs) > _STRICTNESS.index(ours)
