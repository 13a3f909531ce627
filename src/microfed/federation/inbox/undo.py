"""An Undo arrives: someone elsewhere takes back a follow, a boost or a like."""

from microfed.federation.inbox.join import find_event
from microfed.here import same_origin
from microfed.operations.agreeing import offer_was_withdrawn
from microfed.operations.blocks import block_was_undone
from microfed.operations.deeds import deed_was_undone
from microfed.operations.elsewhere_gone import post_came_back
from microfed.operations.event_answers import answer_was_taken_back
from microfed.operations.follows import follow_was_rejected, follow_was_undone
from microfed.operations.introductions_heard import introduction_was_undone
from microfed.operations.reactions import (
    find_boost,
    find_like,
    reaction_was_undone,
    unboost,
    unlike,
)
from microfed.operations.receive import note_seen
from microfed.queries.people import find_neighbour
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Undo
from microfed.vocab.reading import ref, types

_ANSWERS = frozenset(("Accept", "TentativeAccept", "Reject", "Join"))


def on_undo(tx: Tx, sender: Actor, undo: Undo) -> None:
    """Find what is undone by its id, else by what it was done to."""
    inside = undo.embedded or {}
    kinds, what = set(types(inside)), ref(inside.get("object"))
    if _by_id(tx, sender, undo) or _by_pair(tx, sender, kinds, what, undo):
        return
    # The Undo may have overtaken what it undoes: that must then not be applied when it comes.
    if undo.object is not None and same_origin(undo.object, sender.uri):
        note_seen(tx, undo.object)


def _by_id(tx: Tx, sender: Actor, undo: Undo) -> bool:
    uri = undo.object
    return uri is not None and (
        follow_was_undone(tx, by=sender, follow_uri=uri, target=None)
        or offer_was_withdrawn(tx, by=sender, offer_uri=uri)
        or block_was_undone(tx, by=sender, uri=uri, blocked=None)
        or reaction_was_undone(tx, by=sender, uri=uri, document=undo.document)
        or introduction_was_undone(tx, by=sender, uri=uri)
        or deed_was_undone(tx, by=sender, uri=uri)
        or answer_was_taken_back(tx, by=sender, post=None, uri=uri)
    )


def _by_pair(tx: Tx, sender: Actor, kinds: set[str], what: str | None, undo: Undo) -> bool:
    if what is None:
        return False
    if "Follow" in kinds:
        neighbour = find_neighbour(tx, what)
        return neighbour is not None and follow_was_undone(
            tx, by=sender, follow_uri=None, target=neighbour
        )
    if "Block" in kinds:
        neighbour = find_neighbour(tx, what)
        return neighbour is not None and block_was_undone(
            tx, by=sender, uri=None, blocked=neighbour
        )
    event = find_event(tx, what) if kinds & _ANSWERS else None
    if event is not None:  # Friendica takes an answer to an event back
        return answer_was_taken_back(tx, by=sender, post=event, uri=None)
    if "Accept" in kinds:  # a yes taken back is a no (interop.md §3.2)
        follow_was_rejected(tx, by=sender, follow_uri=what, follower=None)
        return True
    if "Delete" in kinds:  # Lemmy and NodeBB bring deleted posts back
        return post_came_back(tx, by=sender, uri=what)
    post = find_post(tx, what)
    if post is None:
        return False
    if "Announce" in kinds:
        if find_boost(tx, actor_id=sender.id, post_id=post.id) is None:
            return False
        unboost(tx, actor=sender, post=post)
    elif kinds & {"Like", "EmojiReact"}:
        if find_like(tx, actor_id=sender.id, post_id=post.id) is None:
            return False
        unlike(tx, actor=sender, post=post, document=undo.document)
    else:
        return False
    return True
