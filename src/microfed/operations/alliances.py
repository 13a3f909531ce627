"""Alliances between neighbourhoods: each place's actor follows the other's (neighbourhood.md 1).

Following us is free for places: they hear what is said here to everyone, as a relay would tell
them. An alliance is more, and begins when both places follow: each by its own admin's decision.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from microfed.errors import Conflict, Forbidden, Invalid
from microfed.ids import id_at, moment_of
from microfed.operations.follow_rows import find_follow
from microfed.operations.follows import accept_follow, reject_follow, request_follow, unfollow
from microfed.operations.journal import need_keeper, note_deed
from microfed.outbound.allies import alliance_began, inboxes_of_listeners, us
from microfed.outbound.deliver import deliver
from microfed.outbound.render import activity
from microfed.queries.people import instance_actor
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.posts import Post
from microfed.vocab.terms import PUBLIC

PLACES = frozenset(("Application", "Service"))  # no person, no group


@dataclass(frozen=True, slots=True)
class Alliance:
    """How we stand with a place: whether we asked, whether it follows us, since when."""

    id: int
    host: str
    uri: str
    name: str
    we_asked: datetime | None
    it_said_yes: bool
    it_follows: datetime | None

    @property
    def state(self) -> str:
        """In one word: `allied`, `asked` (we wait), or `offered` (it waits, or only listens)."""
        if self.we_asked is None:
            return "offered"
        return "allied" if self.it_said_yes and self.it_follows is not None else "asked"


def propose_alliance(tx: Tx, *, place: Actor, by: Actor | None = None) -> Follow:
    """An admin proposes an alliance to a place, or says yes to its own proposal.

    The caller has made sure that `place` is the actor its server names as itself (FEP-2677).
    Asking again is harmless, and sends the question once more.
    """
    need_keeper(tx, by)
    if place.is_local or place.kind not in PLACES:
        raise Invalid("an alliance is made with a place, not with somebody who lives there")
    is_new = find_follow(tx, follower=instance_actor(tx), target=place) is None
    follow = request_follow(tx, follower=instance_actor(tx), target=place)
    if follow is None:
        raise Forbidden("this place does not want an alliance")
    if is_new:
        note_deed(
            tx, by=by, action="alliance_propose", target_kind="domain", target_name=place.host
        )
    tx.tell("elsewhere")
    return follow


def end_alliance(tx: Tx, *, place: Actor, by: Actor | None = None) -> None:
    """An admin ends an alliance, or a question of either side, on both sides and at once.

    Raises Conflict when there is none.
    """
    need_keeper(tx, by)
    we = instance_actor(tx)
    theirs = find_follow(tx, follower=place, target=we)
    if theirs is None and find_follow(tx, follower=we, target=place) is None:
        raise Conflict("this was ended already, perhaps by somebody else just now")
    if theirs is not None:
        reject_follow(tx, theirs)
    unfollow(tx, follower=we, target=place)
    note_deed(tx, by=by, action="alliance_end", target_kind="domain", target_name=place.host)
    tx.tell("elsewhere")


def place_is_followed(tx: Tx, *, by: Actor, uri: str) -> None:
    """Another place follows ours: to hear what is said to everyone, or to be allied.

    The yes is given at once, as it opens nothing that is not open. Where our admin asked for an
    alliance before, and was perhaps not heard, the question is sent again.
    """
    if by.kind not in PLACES:
        raise Forbidden("this place is followed by places alone")
    we = instance_actor(tx)
    follow = find_follow(tx, follower=by, target=we)
    if follow is None:
        follow = Follow(
            id=id_at(tx.now),
            uri=uri,
            follower=by,
            target=we,
            follower_id=by.id,
            target_id=we.id,
        )
        tx.session.add(follow)
        tx.flush()
    elif follow.uri != uri and tx.session.scalar(select(Follow).where(Follow.uri == uri)) is None:
        follow.uri = uri
    accept_follow(tx, follow)
    asked = find_follow(tx, follower=we, target=by)
    if asked is not None and asked.accepted_at is None:
        request_follow(tx, follower=we, target=by)
    alliance_began(tx, by)
    tx.tell("elsewhere")


def list_alliances(tx: Tx) -> list[Alliance]:
    """Return how we stand with every place that follows ours, or that ours asked; by name."""
    follows = tx.session.scalars(
        select(Follow).where(or_(Follow.follower_id == us(), Follow.target_id == us()))
    ).all()
    we = instance_actor(tx).id
    asked = {follow.target_id: follow for follow in follows if follow.follower_id == we}
    heard = {follow.follower_id: follow for follow in follows if follow.target_id == we}
    places = tx.session.scalars(
        select(Actor).where(Actor.id.in_({*asked, *heard})).order_by(Actor.host, Actor.id)
    )
    return [
        Alliance(
            id=place.id,
            host=place.host,
            uri=place.uri,
            name=place.display_name or place.host,
            we_asked=moment_of(asked[place.id].id) if place.id in asked else None,
            it_said_yes=place.id in asked and asked[place.id].accepted_at is not None,
            it_follows=heard[place.id].accepted_at if place.id in heard else None,
        )
        for place in places
    ]


def is_listened_to(tx: Tx, actor: Actor) -> bool:
    """Say whether our place follows another and hears what its people say."""
    return (
        tx.connection.scalar(
            select(Follow.id).where(
                Follow.follower_id == us(),
                Follow.target_id == actor.id,
                Follow.accepted_at.is_not(None),
            )
        )
        is not None
    )


def tell_those_who_listen(tx: Tx, post: Post) -> None:
    """Somebody here said something to everyone: places that follow ours are told where it is."""
    inboxes = inboxes_of_listeners(tx)
    if not inboxes:
        return
    place = instance_actor(tx)
    passed_on = activity(
        "Announce",
        id_=f"{post.uri}#told",
        actor=place.uri,
        to=[place.followers_uri or f"{place.uri}/followers"],
        cc=[PUBLIC],
        object_=post.uri,
    )
    deliver(tx, passed_on, sender=place, inboxes=inboxes)
