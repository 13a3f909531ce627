"""Votes as ActivityPub documents: a note with a name and no words, in reply to what was asked."""

from collections.abc import Iterable
from typing import Any

from microfed.outbound.render import activity


def vote(*, uris: Iterable[tuple[str, str]], actor: str, author: str, of: str) -> dict[str, Any]:
    """Return the Create of what `actor` chose in a poll of `author`'s: (id, answer) of each."""
    notes = [
        {
            "id": uri,
            "type": "Note",
            "name": title,
            "attributedTo": actor,
            "to": [author],
            "inReplyTo": of,
        }
        for uri, title in uris
    ]
    # One answer stands alone: a list is read by few (GoToSocial sends one).
    said: Any = notes[0] if len(notes) == 1 else notes
    first = f"{notes[0]['id']}/activity"
    return activity("Create", id_=first, actor=actor, to=[author], object_=said)
