"""What a member has chosen, as they typed it, for the pages where they change it."""

from dataclasses import dataclass
from typing import Any

from microfed.outbound.media import avatar_url, header_url
from microfed.store.database import Tx
from microfed.store.people import Actor, Member


@dataclass(frozen=True, slots=True)
class MyProfile:
    """How a member shows themselves, in the words they typed."""

    display_name: str
    note: str
    fields: tuple[tuple[str, str], ...]
    is_locked: bool
    is_discoverable: bool
    is_indexable: bool
    hides_follows: bool
    avatar_url: str | None
    avatar_description: str
    header_url: str | None
    header_description: str


def load_profile(tx: Tx, actor_id: int) -> MyProfile:
    """Return how a member shows themselves."""
    actor = tx.session.get_one(Actor, actor_id)
    return MyProfile(
        display_name=actor.display_name,
        note=actor.note_source or "",
        fields=tuple((one["name"], one.get("source", one["value"])) for one in actor.fields),
        is_locked=actor.is_locked,
        is_discoverable=actor.is_discoverable,
        is_indexable=actor.is_indexable,
        hides_follows=actor.hides_follows,
        avatar_url=avatar_url(tx.here, actor.id, actor.avatar_uri),
        avatar_description=actor.avatar_description or "",
        header_url=header_url(tx.here, actor.id, actor.header_uri),
        header_description=actor.header_description or "",
    )


def load_habits(tx: Tx, member_id: int) -> dict[str, Any]:
    """Return what a member is used to, by name."""
    return dict(tx.session.get_one(Member, member_id).preferences or {})
