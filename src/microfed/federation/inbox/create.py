"""A Create arrives: someone elsewhere said something, or voted in a neighbour's poll."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from microfed.here import authority
from microfed.operations.agreeing import receipt_arrived
from microfed.operations.deeds import deed_arrived
from microfed.operations.elsewhere import concerns_us, remember_post
from microfed.operations.event_polls import ask_whether_they_come, poll_was_answered
from microfed.operations.forwarding import forward_answer, forward_in_circle
from microfed.operations.group_words import heard_in_groups
from microfed.operations.polls import vote_arrived
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_post, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Create
from microfed.vocab.agreements import receipt_of
from microfed.vocab.audience import (
    Audience,
    circle_named,
    is_open,
    read_audience,
    ring_named,
)
from microfed.vocab.objects import MOST_OPTIONS, Note, is_post, read_note
from microfed.vocab.polls import read_vote
from microfed.vocab.reading import documents, ref, refs


def on_create(tx: Tx, sender: Actor, create: Create) -> None:
    """Keep the post if it concerns anyone here; one sent by its id alone is fetched first."""
    if create.embedded is None:
        need_post(tx, authority(sender.uri, create.object))
        return
    if read_vote(create.embedded) is not None:
        # GoToSocial sends the votes of several answers as a list.
        for said in list(documents(create.document.get("object")))[:MOST_OPTIONS]:
            _vote(tx, sender, said)
        return
    agreement = receipt_of(create.embedded)
    if agreement is not None and receipt_arrived(tx, by=sender, agreement=agreement):
        return
    if not is_post(create.embedded):
        deed_arrived(tx, by=sender, done=create)
        return
    note = read_note({"to": create.to, "cc": create.cc, **create.embedded}, said_by=sender.uri)
    note = replace(note, activity=create.id, hidden=_in_secret(sender, create, note))
    note = replace(note, carried_by=create.carried_by)
    if concerns_us(tx, author=sender, note=note):
        kept = remember_post(tx, author=sender, note=note)
        if kept is not None and note.in_reply_to and tx.here.is_ours(note.in_reply_to):
            ask_whether_they_come(tx, by=sender, answer_id=kept)
        if circle_named(note):
            forward_in_circle(tx, document=create.document, author=sender, uri=note.id)
        heard_in_groups(tx, author=sender, note=note, document=create.document)
        if note.in_reply_to is None or not (is_open(note) or ring_named(note)):
            return
        answered = find_post(tx, note.in_reply_to)
        if answered is not None:
            document = create.document
            forward_answer(tx, document=document, author=sender, answered_id=answered.id)


def _vote(tx: Tx, sender: Actor, said: Mapping[str, Any]) -> None:
    vote = read_vote(said)
    poll = None if vote is None else find_post(tx, vote[0])
    if vote is None or poll is None:
        return
    uri = authority(sender.uri, ref(said), owner=ref(said.get("attributedTo")))
    need_visible_post(tx, Viewer(sender.id, is_local=False), id_=poll.id)
    if vote_arrived(tx, actor=sender, post=poll, title=vote[1], uri=uri):
        poll_was_answered(tx, by=sender, poll_id=poll.id)


def _in_secret(sender: Actor, create: Create, note: Note) -> tuple[str, ...]:
    """Return to whom it was brought by name without being addressed to them (`bto`, `bcc`)."""
    audience = read_audience(to=note.to, cc=note.cc, followers_uri=sender.followers_uri)
    return refs(create.document.get("bto")) if audience is Audience.PEOPLE else ()
