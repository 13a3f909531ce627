"""A Delete arrives: someone elsewhere took a post back, or left for good."""

from microfed.errors import Invalid
from microfed.operations.elsewhere_gone import post_is_gone
from microfed.operations.forwarding import forward_answer, forward_in_circle
from microfed.operations.group_care import take_out
from microfed.operations.group_words import leaves_groups
from microfed.operations.people import person_is_gone
from microfed.operations.posts import send_update
from microfed.operations.quotes import stamp_was_revoked
from microfed.queries.groups import is_moderator
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Delete
from microfed.vocab.audience import Audience
from microfed.vocab.reading import word

# What was said between few is taken back between few.
_HEARD = (Audience.PUBLIC, Audience.QUIET, Audience.RING)


def on_delete(tx: Tx, sender: Actor, delete: Delete) -> None:
    """Forget the post, or everything of an actor who deletes themselves."""
    if delete.object is None:
        raise Invalid("a Delete needs an object")
    if delete.object == sender.uri:
        person_is_gone(tx, sender)
    elif (quoting := stamp_was_revoked(tx, by=sender, uri=delete.object)) is not None:
        if quoting.is_local:
            send_update(tx, quoting)
    else:
        known = find_post(tx, delete.object)
        was_heard = known is not None and Audience(known.audience) in _HEARD
        answered_id = known.in_reply_to_id if known is not None and was_heard else None
        if known is not None and known.actor_id != sender.id:
            group = None if known.group_id is None else tx.session.get(Actor, known.group_id)
            if group is not None and is_moderator(tx, group_id=group.id, actor_id=sender.id):
                why = word(delete.document.get("summary")) or ""
                take_out(tx, group=group, by=sender, post=known, why=why)
                return
        if known is not None:
            leaves_groups(tx, author=sender, post=known, document=delete.document)
        forward_in_circle(tx, document=delete.document, author=sender, uri=delete.object)
        post_is_gone(tx, by=sender, uri=delete.object)
        forward_answer(tx, document=delete.document, author=sender, answered_id=answered_id)
