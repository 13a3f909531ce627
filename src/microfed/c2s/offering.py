"""Offer: a member would take up what somebody offers or needs, or would like two people to meet.

What else is offered is a deed."""

from typing import Any

from microfed.c2s.asked import Document, embedded
from microfed.c2s.meeting import introduce
from microfed.c2s.saying import do_anything
from microfed.c2s.taking_up import take_up
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.reading import types


def do_offer(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Do what is offered by the rule of it, if there is one."""
    inside = embedded(document) or {}
    if "Agreement" in types(inside):
        return take_up(tx, owner, document, inside)
    if "Relationship" in types(inside):
        return introduce(tx, owner, document, inside)
    return do_anything(tx, owner, document)
