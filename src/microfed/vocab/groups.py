"""Groups: how one joins them, and the words of the wire for that (FEP-1b12, Lemmy)."""

from collections.abc import Mapping
from typing import Any

from microfed.vocab.reading import flag, types
from microfed.vocab.terms import ACTOR_CONTEXT

OPEN, APPROVAL, PRIVATE = "open", "approval", "private"
MODES = (OPEN, APPROVAL, PRIVATE)

GROUP_CONTEXT: list[Any] = [
    *ACTOR_CONTEXT,
    {
        "lemmy": "https://join-lemmy.org/ns#",
        "sensitive": "as:sensitive",
        "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
        "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
        "membersOnly": "urn:x-microfed:membersOnly",
    },
]


def is_private_group(document: Mapping[str, Any]) -> bool:
    """Say whether an actor is a group whose words are for its members alone.

    Its server hides it from strangers; so do we, whoever of ours is in it.
    """
    return "Group" in types(document) and flag(document.get("membersOnly"))
