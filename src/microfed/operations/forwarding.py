"""Answers to our posts, passed on to those who follow the conversation (ActivityPub §7.1.2)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from microfed.here import authority_of
from microfed.outbound.allies import inboxes_of_ring
from microfed.outbound.circles import begun_by, circle_of, readers_of
from microfed.outbound.deliver import forward
from microfed.outbound.recipients import inboxes_of, inboxes_of_followers
from microfed.queries.people import instance_actor
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience


def forward_answer(
    tx: Tx, *, document: Mapping[str, Any], author: Actor, answered_id: int | None
) -> None:
    """Someone elsewhere answered a neighbour in public, changed that or took it back: the
    neighbour's followers elsewhere hear of it, who may not follow whoever answered.

    Only what carries a proof: the others could not tell that we did not make it up.
    """
    if answered_id is None or ("proof" not in document and "signature" not in document):
        return
    asked = tx.session.get(Post, answered_id)
    if asked is None:
        return
    theirs = authority_of(author.uri)
    if Audience(asked.audience) is Audience.RING and asked.ring is None:
        # Whoever begins a conversation in the ring passes it on to the whole of it.
        inboxes, by = inboxes_of_ring(tx, None), instance_actor(tx)
    elif asked.is_local and Audience(asked.audience).is_open:
        by = tx.session.get_one(Actor, asked.actor_id)
        inboxes = inboxes_of_followers(tx, by.id)
    else:
        return
    wanted = {inbox for inbox in inboxes if authority_of(inbox) != theirs}
    forward(tx, document, by=by, inboxes=wanted)


def forward_in_circle(tx: Tx, *, document: Mapping[str, Any], author: Actor, uri: str) -> None:
    """`author` answered in a circle of ours, corrected that or takes it back: those who read along
    elsewhere hear of it by us, who alone know them. A post that is to go is still there."""
    post = tx.session.scalar(select(Post).where(Post.uri == uri, Post.actor_id == author.id))
    if post is None or post.is_local or Audience(post.audience) is not Audience.CIRCLE:
        return
    if "proof" not in document or not tx.here.is_ours(circle_of(post)):
        return
    readers = [reader.id for reader in readers_of(tx, post) if reader.id != author.id]
    whose = begun_by(tx, circle_of(post))
    by = instance_actor(tx) if whose is None else tx.session.get_one(Actor, whose)
    theirs, inboxes = authority_of(author.uri), inboxes_of(tx, readers, is_shared=False)
    wanted = {inbox for inbox in inboxes if authority_of(inbox) != theirs}
    # To whom it was brought here is our own note in it, and nobody else's business.
    bare = {key: value for key, value in document.items() if key != "bto"}
    forward(tx, bare, by=by, inboxes=wanted)
