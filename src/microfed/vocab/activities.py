"""The activities microfed understands, as frozen values.

Parsing is tolerant (an object may be an id, a document or a one-item list; unknown keys are
ignored); `document` keeps what was sent for handlers that need more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from microfed.errors import Malformed
from microfed.vocab.reading import as_list, ref, refs, types, word


@dataclass(frozen=True, slots=True)
class Activity:
    """What every activity has. `object` is the id of its (first) object, `embedded` its document
    when the sender included it."""

    id: str
    actor: str
    object: str | None
    embedded: Mapping[str, Any] | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    document: Mapping[str, Any] = field(repr=False)
    carried_by: str | None = None  # the server that brought it, when it is not its actor's

    @property
    def type(self) -> str:
        """The ActivityStreams name of this activity."""
        return type(self).__name__


class Follow(Activity):
    """`actor` asks to follow `object`."""


class Accept(Activity):
    """`actor` says yes to `object`."""


class TentativeAccept(Activity):
    """`actor` says perhaps to `object`."""


class Reject(Activity):
    """`actor` says no to `object`."""


class Undo(Activity):
    """`actor` takes back the activity `object`."""


class Create(Activity):
    """`actor` says something."""


class Update(Activity):
    """`actor` changes what they said, or themselves."""


class Delete(Activity):
    """`actor` takes back what they said, or leaves for good."""


class Announce(Activity):
    """`actor` passes `object` on."""


class Like(Activity):
    """`actor` likes `object`."""


class EmojiReact(Activity):
    """`actor` reacts to `object` with an emoji (Pleroma, Akkoma)."""


class Dislike(Activity):
    """`actor` does not like `object` (Lemmy, PeerTube)."""


class Block(Activity):
    """`actor` wants nothing more to do with `object`."""


class Flag(Activity):
    """`actor` reports `object` to whoever keeps the place."""


class Move(Activity):
    """`actor` lives elsewhere from now on."""


class Add(Activity):
    """`actor` puts `object` into a collection of theirs."""


class Remove(Activity):
    """`actor` takes `object` out of a collection of theirs."""


class Join(Activity):
    """`actor` wants to come to the event `object`."""


class Leave(Activity):
    """`actor` will not come to the event `object` after all."""


class Offer(Activity):
    """`actor` offers `object`."""


class Invite(Activity):
    """`actor` invites to `object`."""


class QuoteRequest(Activity):
    """`actor` asks whether they may quote `object` (FEP-044f)."""


KINDS: dict[str, type[Activity]] = {
    kind.__name__: kind
    for kind in (
        Follow,
        Accept,
        TentativeAccept,
        Reject,
        Undo,
        Create,
        Update,
        Delete,
        Announce,
        Like,
        EmojiReact,
        Dislike,
        Block,
        Flag,
        Move,
        Add,
        Remove,
        Join,
        Leave,
        Offer,
        Invite,
        QuoteRequest,
    )
}


def parse(document: Mapping[str, Any], *, carried_by: str | None = None) -> Activity:
    """Return the activity in `document`; of a type we do not know, a plain Activity.

    `carried_by` is the server that brought it, when that is not its actor's. Raises Malformed
    without type or actor.
    """
    kinds = types(document)
    actor = ref(document.get("actor"))
    if not kinds or actor is None:
        raise Malformed("an activity needs a type and an actor")
    kind = next((KINDS[name] for name in kinds if name in KINDS), Activity)
    object_ = document.get("object")
    first = next(iter(as_list(object_)), None)
    return kind(
        id=word(document.get("id")) or "",
        actor=actor,
        object=ref(object_),
        embedded=first if isinstance(first, Mapping) else None,
        to=refs(document.get("to")),
        cc=(*refs(document.get("cc")), *refs(document.get("audience"))),
        document=document,
        carried_by=carried_by,
    )
