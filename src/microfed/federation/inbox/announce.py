"""An Announce arrives: someone elsewhere passes a post on, or a group what its members do."""

from microfed.errors import Invalid
from microfed.federation.inbox.group import is_group_traffic, on_group_activity
from microfed.here import authority
from microfed.operations.alliances import is_listened_to
from microfed.operations.elsewhere import is_followed_here
from microfed.operations.elsewhere_changed import read_where_it_lives
from microfed.operations.policies import boost_elsewhere
from microfed.operations.relays import find_relay
from microfed.queries.whole_posts import find_post, need_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Announce
from microfed.vocab.policies import read_approval
from microfed.vocab.reading import refs
from microfed.vocab.terms import PUBLIC_FORMS


def on_announce(tx: Tx, sender: Actor, announce: Announce) -> None:
    """Boost the post, once it is known here. What is embedded is not believed, only its id."""
    uri = authority(sender.uri, announce.id)
    if announce.embedded is not None and is_group_traffic(announce.embedded):
        on_group_activity(tx, sender, announce.embedded, uri)
        return
    if announce.object is None:
        raise Invalid("an Announce needs an object")
    if find_relay(tx, sender) is not None:
        need_post(tx, announce.object)  # to be read here, but nobody's boost
        return
    if is_listened_to(tx, sender):
        need_post(tx, announce.object)  # a place we follow tells what its people say
        return
    if not _is_for_everyone(announce):
        return  # passed on to some alone, and here to be seen by all
    known = find_post(tx, announce.object)
    if known is None and not is_followed_here(tx, sender):
        return  # a stranger passes on what no neighbour would read: nothing is fetched for that
    if known is not None and known.actor_id == sender.id:
        # Mobilizon's groups say so of what has changed.
        read_where_it_lives(tx, by=sender, uri=known.uri, even_own=True)
    post = known or need_post(tx, announce.object)
    if sender.kind == "Group" and post.in_reply_to_uri is not None:
        return  # what answers in a group is read in its conversation
    stamp = read_approval(announce.document, "announce")
    boost_elsewhere(tx, actor=sender, post=post, uri=uri, stamp=stamp)


def _is_for_everyone(announce: Announce) -> bool:
    named = [*refs(announce.document.get("to")), *refs(announce.document.get("cc"))]
    return not named or not PUBLIC_FORMS.isdisjoint(named)
