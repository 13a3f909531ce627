"""An Announce arrives: someone elsewhere passes a post on."""

from microfed.errors import Invalid
from microfed.here import authority
from microfed.operations.elsewhere import is_followed_here
from microfed.operations.reactions import boost
from microfed.queries.whole_posts import find_post, need_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Announce


def on_announce(tx: Tx, sender: Actor, announce: Announce) -> None:
    """Boost the post, once it is known here. What is embedded is not believed, only its id."""
    if announce.object is None:
        raise Invalid("an Announce needs an object")
    uri = authority(sender.uri, announce.id)
    if find_post(tx, announce.object) is None and not is_followed_here(tx, sender):
        return  # a stranger passes on what no neighbour would read: nothing is fetched for that
    post = need_post(tx, announce.object)
    boost(tx, actor=sender, post=post, uri=uri)
