"""An Update arrives: someone elsewhere corrected a post, or themselves."""

from microfed.here import authority
from microfed.operations.elsewhere_changed import change_post, read_where_it_lives
from microfed.operations.forwarding import forward_answer, forward_in_circle
from microfed.operations.group_words import corrected_in_groups
from microfed.operations.people import remember_person
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Update
from microfed.vocab.audience import is_open, ring_named
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
        note = read_note(document, said_by=sender.uri)
        if read_where_it_lives(tx, by=sender, uri=note.id):
            return
        change_post(tx, author=sender, note=note)
        corrected_in_groups(tx, author=sender, uri=note.id, document=update.document)
        answered = None if note.in_reply_to is None else find_post(tx, note.in_reply_to)
        forward_in_circle(tx, document=update.document, author=sender, uri=note.id)
        if answered is not None and (is_open(note) or ring_named(note)):
            forward_answer(tx, document=update.document, author=sender, answered_id=answered.id)
