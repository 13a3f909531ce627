"""What a group of ours passes on, as ActivityPub (FEP-1b12, in Lemmy's form)."""

from collections.abc import Mapping
from typing import Any

from microfed.outbound.render import moderators_uri
from microfed.store.people import Actor
from microfed.vocab.terms import AS2, PUBLIC

# These go with an activity that is passed on; nobody else has to read to whom it went in secret.
_SECRET = ("bto", "bcc")


def passed_on(uri: str, *, group: Actor, inside: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Announce of a whole activity, unchanged, to all who follow a group."""
    return {
        "@context": AS2,
        "id": uri,
        "type": "Announce",
        "actor": group.uri,
        **_readers(group),
        "object": {key: value for key, value in inside.items() if key not in _SECRET},
    }


def deed_in_group(
    kind: str, uri: str, *, group: Actor, by: Actor, object_: Any, **more: Any
) -> dict[str, Any]:
    """Return what somebody does who looks after a group, as the group passes it on."""
    return {
        "@context": AS2,
        "id": uri,
        "type": kind,
        "actor": by.uri,
        "to": _readers(group)["to"],
        "cc": [group.uri],
        "audience": group.uri,
        "object": object_,
        **{key: value for key, value in more.items() if value is not None},
    }


def _readers(group: Actor) -> dict[str, list[str]]:
    """Return for whom a group passes on: a private one for its members alone."""
    followers = group.followers_uri or f"{group.uri}/followers"
    return {"to": [followers]} if group.is_private else {"to": [PUBLIC], "cc": [followers]}


def invitation(uri: str, *, group: Actor, person: Actor) -> dict[str, Any]:
    """Return the word of a private group by which somebody elsewhere learns that it is there."""
    return {
        "@context": AS2,
        "id": uri,
        "type": "Invite",
        "actor": group.uri,
        "to": [person.uri],
        "object": group.uri,
        "target": person.uri,
    }


def moderators(group: Actor, uris: list[str]) -> dict[str, Any]:
    """Return the collection of those who look after a group, whole: Lemmy reads no pages of it."""
    return {
        "@context": AS2,
        "id": moderators_uri(group),
        "type": "OrderedCollection",
        "totalItems": len(uris),
        "orderedItems": uris,
    }
