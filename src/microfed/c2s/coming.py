"""Join, Leave, TentativeAccept, and Accept or Reject of an event: whether a member comes.

And the other way round: whoever plans one says yes or no to a Join.
"""

from typing import Any

from microfed.c2s.asked import Document, need_id
from microfed.c2s.saying import do_anything
from microfed.errors import Invalid, Missing, NotFound
from microfed.ids import id_at
from microfed.operations.event_answers import answer_event
from microfed.operations.event_care import answer_join
from microfed.outbound.render import activity
from microfed.queries.activities import last_activity
from microfed.queries.events import answer_by, event_of
from microfed.queries.people import find_actor
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, is_buried, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post

# The activities in which an answer may have gone out, by what was wished.
_SENT_AS = {
    "going": ("Join", "Accept"),
    "maybe": ("TentativeAccept",),
    "declined": ("Leave", "Reject"),
}


def do_join(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Come to an event; who joins anything else is shown as a deed."""
    post = _event(tx, owner, need_id(document))
    if post is None:
        return do_anything(tx, owner, document)
    return _answer(tx, owner, post, "going", "Join")


def do_tentative_accept(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Perhaps come to an event."""
    post = _event(tx, owner, need_id(document))
    if post is None:
        raise NotFound("there is no such event")
    return _answer(tx, owner, post, "maybe", "TentativeAccept")


def do_leave(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Not come after all; who leaves a place is shown as a deed."""
    is_deed = document.get("object") is None or document.get("location") is not None
    post = None if is_deed else _event(tx, owner, need_id(document))
    if post is None:
        return do_anything(tx, owner, document)
    return leave(tx, owner, post)


def leave(tx: Tx, owner: Actor, post: Post) -> dict[str, Any]:
    """Take back that one comes, or may. NotFound when that was never said."""
    if answer_by(tx, post.id, owner.id) in ("", "declined", "refused"):
        raise NotFound("you have not said that you come")
    return _answer(tx, owner, post, "declined", "Leave")


def find_visible_event(tx: Tx, owner: Actor, uri: str | None) -> Post | None:
    """Return an event that is known and that `owner` may see."""
    post = None if uri is None else find_post(tx, uri)
    if post is None or event_of(tx, post.id) is None:
        return None
    return need_visible_post(tx, Viewer(owner.id), id_=post.id)


def answer_by_word(tx: Tx, owner: Actor, uri: str, *, is_yes: bool) -> dict[str, Any] | None:
    """Accept or Reject of an event itself; None when it is none."""
    post = find_visible_event(tx, owner, uri)
    if post is None:
        return None
    kind = "Accept" if is_yes else "Reject"
    return _answer(tx, owner, post, "going" if is_yes else "declined", kind)


def answer_who_joins(tx: Tx, owner: Actor, uri: str, *, is_yes: bool) -> dict[str, Any] | None:
    """Accept or Reject of a Join to an event of `owner`'s; None when it is none."""
    if not answer_join(tx, organiser=owner, join_uri=uri, is_yes=is_yes):
        return None
    kind = "Accept" if is_yes else "Reject"
    said = last_activity(tx, sender_id=owner.id, kind=kind, object_uri=uri)
    return said or activity(kind, id_=tx.here.activity(id_at(tx.now)), actor=owner.uri, object_=uri)


def _answer(tx: Tx, owner: Actor, post: Post, wish: str, kind: str) -> dict[str, Any]:
    answer_event(tx, actor=owner, post=post, wish=wish)
    for sent in _SENT_AS[wish]:
        said = last_activity(tx, sender_id=owner.id, kind=sent, object_uri=post.uri)
        if said is not None:
            return said
    # One's own event, or one whose home knows no such word: it is written down here alone.
    organiser = tx.session.get_one(Actor, post.actor_id)
    id_ = tx.here.activity(id_at(tx.now))
    return activity(kind, id_=id_, actor=owner.uri, to=[organiser.uri], object_=post.uri)


def _event(tx: Tx, owner: Actor, uri: str) -> Post | None:
    """Return the event at `uri`, asked for elsewhere if need be; None for somebody's address."""
    post = find_post(tx, uri)
    if post is None:
        if find_actor(tx, uri) is not None:
            return None
        if tx.here.is_ours(uri) or uri in tx.out_of_reach or is_buried(tx, uri):
            raise NotFound("there is no such event")
        raise Missing(uri)
    post = need_visible_post(tx, Viewer(owner.id), id_=post.id)
    if event_of(tx, post.id) is None:
        raise Invalid("this is no event", {"object": "no event"})
    return post
