"""What a client may post to its owner's outbox: each activity ends in the operation that rules it.

The table is the index. Each row takes the owner and the document, does it, and returns the
activity as the world gets it (ActivityPub §6, interop.md §6.3).
"""

from collections.abc import Callable
from typing import Any

from microfed.c2s.answering import do_accept, do_reject
from microfed.c2s.asked import Document, check_speaker
from microfed.c2s.coming import do_join, do_leave, do_tentative_accept
from microfed.c2s.offering import do_offer
from microfed.c2s.reacting import do_add, do_announce, do_like, do_remove
from microfed.c2s.relating import do_block, do_follow
from microfed.c2s.saying import do_anything, do_create, do_delete, do_update, wrap
from microfed.c2s.undoing import do_undo
from microfed.errors import Invalid
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.deeds import is_activity
from microfed.vocab.reading import types

Perform = Callable[[Tx, Actor, Document], dict[str, Any]]

PERFORM: dict[str, Perform] = {
    "Create": do_create,
    "Update": do_update,
    "Delete": do_delete,
    "Follow": do_follow,
    "Accept": do_accept,
    "Reject": do_reject,
    "Like": do_like,
    "Announce": do_announce,
    "Add": do_add,
    "Remove": do_remove,
    "Block": do_block,
    "Offer": do_offer,
    "Join": do_join,
    "Leave": do_leave,
    "TentativeAccept": do_tentative_accept,
    "Undo": do_undo,
}
# What ActivityPub §6 wants of each: who leaves it out is told which it is.
NEEDS = dict.fromkeys(PERFORM, ("object",)) | {
    "Add": ("object", "target"),
    "Remove": ("object", "target"),
    "Leave": (),  # of a place: checkin.swf.pub names it in `location`
}
# Only the place itself may say these, in other ways than by an outbox.
_ELSEWHERE = {
    "Move": "to move elsewhere, use the settings of the account",
    "Flag": "to report something, use the form for it",
}


def perform(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Do what `document` says in `owner`'s name; a bare object is wrapped in a Create.

    Raises Forbidden when it speaks for somebody else, Invalid when it lacks what its type needs.
    """
    if not types(document):
        raise Invalid("an activity needs a type", {"type": "missing"})
    check_speaker(owner, document)
    if not is_activity(document):
        document = wrap(document)
    kinds = types(document)
    for kind in kinds:
        if kind in _ELSEWHERE:
            raise Invalid(_ELSEWHERE[kind], {"type": f"{kind} cannot be posted here"})
    # A type of one's own beside a known one, `["farm:Plant", "Create"]`, is the known one.
    kind = next((kind for kind in kinds if kind in PERFORM), "")
    if not kind:
        return do_anything(tx, owner, document)
    lacking = {key: "missing" for key in NEEDS[kind] if document.get(key) in (None, "", [], {})}
    if lacking:
        raise Invalid(f"{kind} needs {' and '.join(f'`{key}`' for key in lacking)}", lacking)
    return PERFORM[kind](tx, owner, document)
