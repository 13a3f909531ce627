"""Groups: which there are, who is in them, who looks after them, and what is said in them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from microfed.errors import NotFound
from microfed.queries.pages import Page, in_order, paged
from microfed.queries.people import find_actor, is_following, need_local
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.database import Tx
from microfed.store.groups import Group, GroupInvitation, GroupModerator
from microfed.store.people import Actor, Block, Follow
from microfed.store.posts import Post
from microfed.vocab.groups import PRIVATE


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a group."""

    is_member: bool = False
    has_asked: bool = False
    is_invited: bool = False
    is_moderator: bool = False


def need_group(tx: Tx, name: str, viewer: Viewer | None) -> tuple[Group, Actor]:
    """Return a group of ours by its name, for whoever may know of it; NotFound, or Gone."""
    actor = need_local(tx, name, viewer=viewer)
    group = find_group(tx, actor.id)
    if group is None:
        raise NotFound("there is no group of that name here")
    return group, actor


def find_group(tx: Tx, id_: int) -> Group | None:
    """Return what a group of ours is beside its actor."""
    return tx.session.get(Group, id_)


def standing(tx: Tx, *, group_id: int, actor_id: int | None) -> Standing:
    """Return how somebody stands to a group, ours or not."""
    return standings(tx, [group_id], actor_id=actor_id)[group_id]


def standings(tx: Tx, ids: Collection[int], *, actor_id: int | None) -> dict[int, Standing]:
    """Return how somebody stands to each of those groups."""
    if actor_id is None or not ids:
        return dict.fromkeys(ids, Standing())
    rows = tx.connection.execute(
        select(Follow.target_id, Follow.accepted_at).where(
            Follow.follower_id == actor_id, Follow.target_id.in_(ids)
        )
    )
    follows = {row.target_id: row.accepted_at for row in rows}
    invited, moderated = (
        set(
            tx.connection.scalars(
                select(table.group_id).where(table.actor_id == actor_id, table.group_id.in_(ids))
            )
        )
        for table in (GroupInvitation, GroupModerator)
    )
    return {
        id_: Standing(
            is_member=follows.get(id_) is not None,
            has_asked=id_ in follows and follows[id_] is None,
            is_invited=id_ in invited,
            is_moderator=id_ in moderated,
        )
        for id_ in ids
    }


def group_looked_after(tx: Tx, uri: str) -> Actor | None:
    """Return the group of ours whose moderators stand at `uri`, if it is one."""
    if not (tx.here.is_ours(uri) and uri.endswith("/moderators")):
        return None
    group = find_actor(tx, uri.removesuffix("/moderators"))
    return group if group is not None and group.is_local and group.kind == "Group" else None


def is_moderator(tx: Tx, *, group_id: int, actor_id: int) -> bool:
    """Say whether somebody looks after a group of ours."""
    return tx.session.get(GroupModerator, (group_id, actor_id)) is not None


def may_speak(tx: Tx, *, author: Actor, group: Actor) -> bool:
    """Say whether somebody may speak in a group: who is in it may, and no group in another."""
    return (
        author.kind not in ("Group", "Organization", "Application")
        and group.gone_at is None
        and group.suspended_at is None
        and is_following(tx, follower=author.id, target=group.id)
    )


def moderators_of(tx: Tx, group_id: int) -> list[Actor]:
    """Return who looks after a group, whoever does so longest first."""
    query = (
        select(Actor)
        .join(GroupModerator, GroupModerator.actor_id == Actor.id)
        .where(GroupModerator.group_id == group_id, Actor.gone_at.is_(None))
        .order_by(GroupModerator.since, Actor.id)
    )
    return list(tx.session.scalars(query))


def members_of(tx: Tx, group_id: int, page: Page, *, asked: bool = False) -> Sequence[Any]:
    """Return a page of (place, actor's id) of who is in a group, or who asks to be."""
    accepted = Follow.accepted_at.is_(None) if asked else Follow.accepted_at.is_not(None)
    query = (
        select(Follow.id, Follow.follower_id)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(Follow.target_id == group_id, accepted, Actor.gone_at.is_(None))
    )
    return in_order(list(tx.connection.execute(paged(query, Follow.id, page)).all()), page)


def count_asking(tx: Tx, group_id: int) -> int:
    """Count who asks to be let into a group."""
    asked = select(func.count(Follow.id)).where(
        Follow.target_id == group_id, Follow.accepted_at.is_(None)
    )
    return tx.connection.scalar(asked) or 0


def shown_out_of(tx: Tx, group_id: int, *, most: int = 200) -> list[int]:
    """Return whom a group does not let in any more, the latest first."""
    query = select(Block.blocked_id).where(Block.blocker_id == group_id)
    return list(tx.connection.scalars(query.order_by(Block.id.desc()).limit(most)))


def invited_into(tx: Tx, group_id: int, *, most: int = 200) -> list[int]:
    """Return who was invited into a group and has not answered yet."""
    query = select(GroupInvitation.actor_id).where(GroupInvitation.group_id == group_id)
    return list(tx.connection.scalars(query.order_by(GroupInvitation.since.desc()).limit(most)))


def groups_here(tx: Tx, viewer: Viewer | None, *, most: int = 200) -> list[tuple[Group, Actor]]:
    """Return the groups of ours that `viewer` may know of, by name."""
    query = (
        select(Group, Actor)
        .join(Actor, Actor.id == Group.id)
        .where(Actor.gone_at.is_(None), Actor.suspended_at.is_(None))
        .order_by(func.lower(Actor.display_name), Actor.id)
        .limit(most)
    )
    if viewer is None:
        query = query.where(Group.mode != PRIVATE)
    else:
        query = query.where(or_(Group.mode != PRIVATE, _knows(viewer.actor_id)))
    return [(group, actor) for group, actor in tx.session.execute(query)]


def all_groups(tx: Tx, *, most: int = 500) -> list[tuple[Group, Actor]]:
    """Return all groups of ours, for those who look after the place: that they are there, not what
    is said in them."""
    query = select(Group, Actor).join(Actor, Actor.id == Group.id).where(Actor.gone_at.is_(None))
    rows = tx.session.execute(query.order_by(Group.created_at.desc()).limit(most))
    return [(group, actor) for group, actor in rows]


def groups_elsewhere(tx: Tx, actor_id: int, *, most: int = 200) -> list[Actor]:
    """Return the groups on other servers that a member is in, or invited into."""
    query = (
        select(Actor)
        .where(
            Actor.host != "",
            Actor.kind == "Group",
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
            _knows(actor_id),
        )
        .order_by(func.lower(Actor.display_name), Actor.id)
        .limit(most)
    )
    return list(tx.session.scalars(query))


def said_in_group(
    tx: Tx, viewer: Viewer | None, group_id: int, *, limit: int, before: int | None = None
) -> list[int]:
    """Return what began conversations in a group, the newest first, as `viewer` may see it."""
    query = select(Post.id).where(
        Post.group_id == group_id, Post.in_reply_to_uri.is_(None), visible_to(viewer)
    )
    if before is not None:
        query = query.where(Post.id < before)
    return list(tx.connection.scalars(query.order_by(Post.id.desc()).limit(limit)))


def _knows(actor_id: int) -> Any:
    follows = select(Follow.id).where(Follow.target_id == Actor.id, Follow.follower_id == actor_id)
    invited = select(GroupInvitation.group_id).where(
        and_(GroupInvitation.group_id == Actor.id, GroupInvitation.actor_id == actor_id)
    )
    return or_(exists(follows), exists(invited))
