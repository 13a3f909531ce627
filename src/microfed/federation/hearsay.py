"""What one server tells about another: by a proof it counts as said, else it is looked up.

Relays, and servers of whoever was answered, hand on what others said (ActivityPub §7.1.2). Without
a proof only the address is believed, and only if it matters to anyone here.
"""

from microfed.errors import Unauthorized
from microfed.federation.verify import Proven
from microfed.here import authority
from microfed.operations.elsewhere import is_followed_here
from microfed.operations.jobs import add_job
from microfed.operations.relays import find_relay
from microfed.queries.people import find_actor
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.vocab.activities import Activity, Create, Delete, Update
from microfed.vocab.reading import ref


def look_up(tx: Tx, carrier: Proven, activity: Activity) -> None:
    """Have what `carrier` says about somebody else's post read where it lives.

    Raises Unauthorized when nobody here would care: so nobody can send us round at will.
    """
    uri = activity.object
    if (
        not isinstance(activity, Create | Update | Delete)
        or uri is None
        or tx.here.is_ours(uri)
        or not _matters(tx, carrier, activity, uri)
    ):
        raise Unauthorized("the signature is not by the actor of this activity")
    authority(activity.actor, uri)
    is_wanted = find_relay(tx, carrier.actor) is not None
    add_job(tx, "refetch", key=uri, arguments={"uri": uri, "is_wanted": is_wanted})


def _matters(tx: Tx, carrier: Proven, activity: Activity, uri: str) -> bool:
    if not isinstance(activity, Create):
        known = find_post(tx, uri)
        return known is not None and known.boost_of_id is None
    parent = ref((activity.embedded or {}).get("inReplyTo"))
    if parent is not None and find_post(tx, parent) is not None:
        return True
    author = find_actor(tx, activity.actor)
    if author is not None and is_followed_here(tx, author):
        return True
    return find_relay(tx, carrier.actor) is not None
