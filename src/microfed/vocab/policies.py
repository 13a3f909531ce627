"""Interaction policies as GoToSocial writes them: who may answer, like and pass on a post."""

from collections.abc import Mapping
from typing import Any

from microfed.vocab.reading import ref, refs, types
from microfed.vocab.terms import PUBLIC_FORMS

# Of each deed: who may at once, and who may once the author said yes. Kept as JSON.
Policy = Mapping[str, Mapping[str, list[str]]]

DEEDS = {"reply": "canReply", "like": "canLike", "announce": "canAnnounce"}
# The second name of each is the one of the first versions.
LEAVES = {
    "reply": frozenset(("ReplyAuthorization", "ReplyApproval")),
    "announce": frozenset(("AnnounceAuthorization", "AnnounceApproval")),
}
MOST_NAMED = 50


def read_policy(document: Mapping[str, Any]) -> dict[str, dict[str, list[str]]] | None:
    """Return the deeds a post is not open to everyone for; None when it is for all of them."""
    said = document.get("interactionPolicy")
    if not isinstance(said, Mapping):
        return None
    found = {}
    for deed, key in DEEDS.items():
        rule = said.get(key)
        if not isinstance(rule, Mapping):
            continue  # what is not said is open to whoever can read it
        at_once = _named(rule, "automaticApproval", "always")
        if PUBLIC_FORMS.isdisjoint(at_once):
            asked = _named(rule, "manualApproval", "approvalRequired")
            found[deed] = {"automatic": at_once, "manual": asked}
    return found or None


def read_approval(document: Mapping[str, Any], deed: str) -> str | None:
    """Return the id of the leave that an answer or a boost says it has."""
    return ref(document.get(f"{deed}Authorization")) or ref(document.get("approvedBy"))


def is_approval(
    document: Mapping[str, Any], *, deed: str, author: str, did: str, target: str
) -> bool:
    """Say whether what stands at a leave's address is `author`'s leave for just this.

    Until version 0.20 the leave was the Accept itself.
    """
    if "Accept" in types(document):
        return ref(document.get("actor")) == author and ref(document.get("object")) == did
    return (
        not LEAVES[deed].isdisjoint(types(document))
        and ref(document.get("attributedTo")) == author
        and ref(document.get("interactingObject") or document.get("object")) == did
        and ref(document.get("interactionTarget") or document.get("target")) == target
    )


def _named(rule: Mapping[str, Any], *keys: str) -> list[str]:
    return [uri for key in keys for uri in refs(rule.get(key))][:MOST_NAMED]
