"""A Join arrives: someone elsewhere comes to an event of a neighbour (Mobilizon).

Friendica says it with an Accept, a TentativeAccept or a Reject of the event itself.
"""

from microfed.operations.event_answers import event_was_answered
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.activities import Accept, Join, Reject, TentativeAccept
from microfed.vocab.reading import word

_WISHES = {"Accept": "going", "TentativeAccept": "maybe", "Reject": "declined"}


def on_join(tx: Tx, sender: Actor, join: Join) -> None:
    """Give them a place, or put them on the waiting list; what is no event of ours has none."""
    post = find_event(tx, join.object)
    if post is None:
        return
    need_visible_post(tx, Viewer(sender.id, is_local=False), id_=post.id)
    words = word(join.document.get("participationMessage")) or ""
    event_was_answered(
        tx, by=sender, post=post, wish="going", way="join", uri=join.id or None, words=words
    )


def event_answered(tx: Tx, sender: Actor, said: Accept | TentativeAccept | Reject) -> bool:
    """Someone elsewhere answers an event itself, as Friendica does; False when it is none."""
    post = find_event(tx, said.object)
    if post is None:
        return False
    need_visible_post(tx, Viewer(sender.id, is_local=False), id_=post.id)
    wish = _WISHES[said.type]
    event_was_answered(tx, by=sender, post=post, wish=wish, way="word", uri=said.id or None)
    return True


def find_event(tx: Tx, uri: str | None) -> Post | None:
    """Return an event of ours by its id."""
    if uri is None or not tx.here.is_ours(uri):
        return None
    post = find_post(tx, uri)
    return post if post is not None and post.kind == "event" and post.is_local else None
