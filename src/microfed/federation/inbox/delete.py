"""A Delete arrives: someone elsewhere took a post back, or left for good."""

from microfed.errors import Invalid
from microfed.operations.elsewhere import post_is_gone
from microfed.operations.people import person_is_gone
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Delete


def on_delete(tx: Tx, sender: Actor, delete: Delete) -> None:
    """Forget the post, or everything of an actor who deletes themselves."""
    if delete.object is None:
        raise Invalid("a Delete needs an object")
    if delete.object == sender.uri:
        person_is_gone(tx, sender)
    else:
        post_is_gone(tx, by=sender, uri=delete.object)
