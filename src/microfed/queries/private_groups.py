"""Who may know that a private group is there. To everyone else it does not exist, anywhere."""

from sqlalchemy import exists, or_, select

from microfed.outbound.allies import ally_at
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.groups import GroupInvitation
from microfed.store.people import Actor, Follow


def may_know(tx: Tx, group: Actor, viewer: Viewer | None) -> bool:
    """Say whether `viewer` may learn that `group` is there; of all other actors anyone may.

    Who lives here must be in it, or invited. A server elsewhere must be an ally, with somebody who
    is in it or invited: it has to read the group's keys.
    """
    if not group.is_private:
        return True
    if viewer is None:
        return False
    if viewer.actor_id == group.id:
        return True
    follows = select(Follow.id).where(Follow.target_id == group.id)
    invited = select(GroupInvitation.actor_id).where(GroupInvitation.group_id == group.id)
    if viewer.is_local:
        mine = follows.where(Follow.follower_id == viewer.actor_id)
        invited = invited.where(GroupInvitation.actor_id == viewer.actor_id)
    else:
        host = tx.connection.scalar(select(Actor.host).where(Actor.id == viewer.actor_id)) or ""
        if ally_at(tx, host) is None:
            return False
        theirs = select(Actor.id).where(Actor.host == host)
        mine = follows.where(Follow.follower_id.in_(theirs))
        invited = invited.where(GroupInvitation.actor_id.in_(theirs))
    return bool(tx.connection.scalar(select(or_(exists(mine), exists(invited)))))


def is_invited(tx: Tx, *, group_id: int, actor_id: int) -> bool:
    """Say whether somebody was invited into a group, and has not answered yet."""
    return tx.session.get(GroupInvitation, (group_id, actor_id)) is not None
