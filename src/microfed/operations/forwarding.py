"""Answers to our posts, passed on to those who follow the conversation (ActivityPub §7.1.2)."""

from collections.abc import Mapping
from typing import Any

from microfed.here import authority_of
from microfed.outbound.deliver import forward
from microfed.outbound.recipients import inboxes_of_followers
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
    if asked is None or not asked.is_local or not Audience(asked.audience).is_open:
        return
    asker = tx.session.get_one(Actor, asked.actor_id)
    theirs = authority_of(author.uri)
    inboxes = {
        inbox for inbox in inboxes_of_followers(tx, asker.id) if authority_of(inbox) != theirs
    }
    forward(tx, document, by=asker, inboxes=inboxes)
