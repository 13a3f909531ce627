"""What a group remembers of people: whom it invited, and who looks after it."""

from sqlalchemy import select

from microfed.outbound.inboxes import reach_inbox
from microfed.outbound.notify import notify
from microfed.outbound.render import follow_inside
from microfed.store.database import Tx
from microfed.store.groups import Group, GroupInvitation, GroupModerator
from microfed.store.insert import insert_once
from microfed.store.people import HERE, Actor, Follow
from microfed.store.posts import Post


def take_invitation(tx: Tx, *, group: Actor, who: Actor) -> bool:
    """Somebody answers an invitation by joining. Says whether there was one; it is used up."""
    invitation = tx.session.get(GroupInvitation, (group.id, who.id))
    if invitation is None:
        return False
    tx.session.delete(invitation)
    tx.flush()
    return True


def add_moderator(tx: Tx, *, group: Actor, who: Actor) -> bool:
    """Somebody looks after a group from now on. Says whether that is new."""
    values = {"group_id": group.id, "actor_id": who.id, "since": tx.now}
    return insert_once(tx, GroupModerator, values)


def tell_moderators(tx: Tx, *, group: Actor, of: Actor, uri: str) -> None:
    """Those who live here and look after a group hear that somebody asks to join it; so do their
    programs, by the Follow at `uri`."""
    asked = {**follow_inside(uri=uri, follower=of.uri, target=group.uri), "to": [group.uri]}
    for moderator_id in _moderator_ids(tx, group):
        reach_inbox(tx, asked, owner_id=moderator_id)
        notify(tx, owner_id=moderator_id, kind="group_request", from_id=of.id, about_id=group.id)


def groups_with(tx: Tx, post: Post) -> list[Actor]:
    """Return the groups of ours that passed a post on."""
    tx.flush()
    passed = select(Post.actor_id).where(Post.boost_of_id == post.id, Post.is_local)
    query = select(Actor).where(Actor.id.in_(passed), Actor.kind == "Group", Actor.host == HERE)
    return list(tx.session.scalars(query))


def leaves_all_groups(tx: Tx, who: Actor) -> None:
    """Somebody leaves this place for good: others look after the groups they looked after."""
    theirs = select(Actor).join(GroupModerator, GroupModerator.group_id == Actor.id)
    for group in tx.session.scalars(theirs.where(GroupModerator.actor_id == who.id)).all():
        moderator_left(tx, group=group, who=who)


def moderator_left(tx: Tx, *, group: Actor, who: Actor) -> None:
    """Whoever leaves a group looks after it no more. When they were the last one, whoever has been
    in it longest and lives here does so: a group is never without anybody."""
    known = tx.session.get(GroupModerator, (group.id, who.id))
    if known is None:
        return
    tx.session.delete(known)
    tx.flush()
    if _moderator_ids(tx, group, even_elsewhere=True) or tx.session.get(Group, group.id) is None:
        return
    heir = tx.session.scalar(
        select(Actor)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(
            Follow.target_id == group.id,
            Follow.accepted_at.is_not(None),
            Actor.id != who.id,
            Actor.host == HERE,
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .order_by(Follow.id)
        .limit(1)
    )
    if heir is not None:
        add_moderator(tx, group=group, who=heir)
        notify(tx, owner_id=heir.id, kind="group_care", from_id=who.id, about_id=group.id)


def _moderator_ids(tx: Tx, group: Actor, *, even_elsewhere: bool = False) -> list[int]:
    query = (
        select(Actor.id)
        .join(GroupModerator, GroupModerator.actor_id == Actor.id)
        .where(GroupModerator.group_id == group.id, Actor.gone_at.is_(None))
    )
    if not even_elsewhere:
        query = query.where(Actor.host == HERE)
    return list(tx.connection.scalars(query))
