"""A Like arrives: someone elsewhere likes a neighbour's post."""

from microfed.errors import NotFound
from microfed.here import authority
from microfed.operations.reactions import like
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Like
from microfed.vocab.reading import word


def on_like(tx: Tx, sender: Actor, activity: Like) -> None:
    """Note the like; Misskey says with which emoji."""
    post = None if activity.object is None else find_post(tx, activity.object)
    if post is None:
        raise NotFound("we do not have this post")
    uri = authority(sender.uri, activity.id)
    emoji = word(activity.document.get("content"))
    like(tx, actor=sender, post=post, uri=uri, emoji=emoji and emoji[:100])
