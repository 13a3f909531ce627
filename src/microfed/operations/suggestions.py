"""A member does not want somebody suggested to them."""

from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import DismissedSuggestion
from microfed.store.people import Actor


def dismiss_suggestion(tx: Tx, *, member: Actor, actor_id: int) -> None:
    """Suggest somebody no more. Twice is harmless, and so is somebody who never was."""
    if tx.session.get(Actor, actor_id) is not None:
        insert_once(tx, DismissedSuggestion, {"owner_id": member.id, "actor_id": actor_id})
