"""An Update arrives: someone elsewhere corrected a post, or themselves."""

from microfed.here import authority
from microfed.operations.elsewhere import change_post
from microfed.operations.people import remember_person
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Update
from microfed.vocab.objects import is_post, read_note
from microfed.vocab.people import is_actor, read_person


def on_update(tx: Tx, sender: Actor, update: Update) -> None:
    """Take over what the sender says about themselves or about a post of theirs."""
    document = update.embedded
    if document is None:
        return
    if is_actor(document):
        authority(sender.uri, update.object, owner=update.object)
        remember_person(tx, read_person(document), host=sender.host)
    elif is_post(document):
        change_post(tx, author=sender, note=read_note(document))
