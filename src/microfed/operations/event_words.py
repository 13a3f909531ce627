"""What is said between the home of an event and the homes of its guests, in words of both."""

from microfed.ids import id_at
from microfed.outbound.deliver import deliver_to
from microfed.outbound.render import activity
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor
from microfed.store.posts import Post

# How one answers an event whose home knows no Join (Friendica).
SAYS = {"going": "Accept", "maybe": "TentativeAccept", "declined": "Reject"}


def reply_to_join(tx: Tx, kind: str, post: Post, *, to: Actor, join_uri: str) -> None:
    """Say yes or no to somebody elsewhere who asked for a place."""
    organiser = tx.session.get_one(Actor, post.actor_id)
    inside = {"id": join_uri, "type": "Join", "actor": to.uri, "object": post.uri}
    document = activity(
        kind, id_=tx.here.activity(id_at(tx.now)), actor=organiser.uri, to=[to.uri], object_=inside
    )
    deliver_to(tx, document, sender=organiser, to=to)


def say_to_home(tx: Tx, kind: str, *, actor: Actor, post: Post) -> str:
    """Tell the organiser of an event elsewhere what a neighbour wishes; returns the id of it."""
    uri, organiser = tx.here.activity(id_at(tx.now)), tx.session.get_one(Actor, post.actor_id)
    document = activity(kind, id_=uri, actor=actor.uri, to=[organiser.uri], object_=post.uri)
    deliver_to(tx, document, sender=actor, to=organiser)
    return uri


def part_ways(tx: Tx, *, event: Event, post: Post, guest: Actor, answer: EventAnswer) -> None:
    """A guest comes no more, whether or not they wished so: the other home is told."""
    if post.is_local and not guest.is_local and answer.way == "join" and answer.uri is not None:
        reply_to_join(tx, "Reject", post, to=guest, join_uri=answer.uri)
    elif guest.is_local and not post.is_local and answer.state in ("asked", "going", "maybe"):
        say_to_home(tx, "Leave" if event.join_mode else SAYS["declined"], actor=guest, post=post)
