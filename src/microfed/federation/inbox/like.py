"""A Like arrives: someone elsewhere likes a neighbour's post."""

from microfed.errors import NotFound
from microfed.here import authority
from microfed.operations.reactions import like
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Activity, Like
from microfed.vocab.reading import word

LONGEST_EMOJI = 100


def on_like(tx: Tx, sender: Actor, activity: Like) -> None:
    """Note the like; Misskey says with which emoji."""
    react(tx, sender, activity)


def react(tx: Tx, sender: Actor, activity: Activity) -> None:
    """Note that `sender` likes a post they may see, with the emoji they name, if any."""
    post = None if activity.object is None else find_post(tx, activity.object)
    if post is None:
        raise NotFound("we do not have this post")
    need_visible_post(tx, Viewer(sender.id, is_local=False), id_=post.id)
    document = activity.document
    emoji = word(document.get("content")) or word(document.get("_misskey_reaction"))
    uri = authority(sender.uri, activity.id)
    short = emoji and emoji[:LONGEST_EMOJI]
    like(tx, actor=sender, post=post, uri=uri, emoji=short, document=document)
