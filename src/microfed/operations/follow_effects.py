"""What begins and ends with a follow: words at home, circles, figures, alliances."""

from sqlalchemy import update

from microfed.operations.advice import ask_for_advice, forget_advice
from microfed.operations.circles import leave_circles
from microfed.operations.group_rows import moderator_left
from microfed.outbound.allies import alliance_began, alliance_ended, ally_at
from microfed.outbound.groups import enter_group, leave_group
from microfed.outbound.home import empty_home, fill_home
from microfed.outbound.listed import fill_lists_with, leave_lists
from microfed.outbound.notify import take_back_notification
from microfed.store.database import Tx
from microfed.store.people import INSTANCE_ACTOR, Actor, Follow


def begin_follow(tx: Tx, *, follower: Actor, target: Actor) -> None:
    """A follow was accepted: what follows from it begins."""
    _count(tx, follower=follower, target=target, step=1)
    if (place := other_place(follower, target)) is not None:
        alliance_began(tx, place)
        _ask_an_ally(tx, place)
    elif follower.is_local:
        tx.flush()
        fill_home(tx, owner_id=follower.id, from_id=target.id)
        if target.kind == "Group":
            enter_group(tx, owner_id=follower.id, group=target)
        fill_lists_with(tx, owner_id=follower.id, actor_id=target.id)


def end_follow(tx: Tx, follow: Follow) -> None:
    """A follow, accepted or not, is over: so is all that came with it."""
    follower, target = follow.follower, follow.target
    if follow.accepted_at is not None:
        _count(tx, follower=follower, target=target, step=-1)
    tx.session.delete(follow)
    tx.flush()
    if (place := other_place(follower, target)) is not None:
        alliance_ended(tx, place)
        forget_advice(tx, place.host)
        return
    if target.is_local and target.kind == "Group":
        moderator_left(tx, group=target, who=follower)
    if follower.is_local:
        empty_home(tx, owner_id=follower.id, from_id=target.id)
        leave_group(tx, owner_id=follower.id, group_id=target.id)
        leave_lists(tx, owner_id=follower.id, actor_id=target.id)
    if target.is_local:
        leave_circles(tx, owner_id=target.id, actor_id=follower.id)
        for kind in ("follow", "follow_request"):
            take_back_notification(tx, owner_id=target.id, kind=kind, from_id=follower.id)


def _ask_an_ally(tx: Tx, place: Actor) -> None:
    if ally_at(tx, place.host) is not None:
        ask_for_advice(tx, place.host)


def other_place(follower: Actor, target: Actor) -> Actor | None:
    """Return with whom the place itself has to do, when one of the two is the place."""
    for one, other in ((follower, target), (target, follower)):
        if one.is_local and one.name_key == INSTANCE_ACTOR:
            return other
    return None


def _count(tx: Tx, *, follower: Actor, target: Actor, step: int) -> None:
    """Keep the figures of those who live here; a peer tells its own."""
    tx.flush()
    for actor, column in ((follower, Actor.following_count), (target, Actor.followers_count)):
        # That somebody is in a private group is not to be read off their figures either.
        if actor.is_local and not (target.is_private and actor is follower):
            tx.connection.execute(
                update(Actor).where(Actor.id == actor.id).values({column: column + step})
            )
            tx.session.expire(actor, [column.key])
