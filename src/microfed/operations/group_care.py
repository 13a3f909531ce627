"""What those do who look after a group: letting in, taking out, showing out, passing the keys on.

Other servers hear of it in Lemmy's form: the group passes the deed on, by whoever did it. Of a
private group they hear what they must, and nothing is passed on.
"""

from typing import Any

from sqlalchemy import delete, select

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.follow_rows import find_follow, need_request
from microfed.operations.follows import accept_follow, reject_follow
from microfed.operations.group_posts import take_out_of_group
from microfed.operations.group_rows import add_moderator, groups_with, take_invitation
from microfed.operations.groups import need_moderator
from microfed.operations.reactions import unboost
from microfed.outbound.deliver import deliver
from microfed.outbound.groups import inboxes_of_group
from microfed.outbound.notify import notify
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render import moderators_uri
from microfed.outbound.render_groups import deed_in_group, passed_on
from microfed.queries.groups import is_moderator, moderators_of
from microfed.queries.people import is_following
from microfed.store.database import Tx
from microfed.store.groups import GroupModerator
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Block
from microfed.store.posts import Post
from microfed.text import clean_text

LONGEST_WHY = 300
MOST_TAKEN_OUT = 500


def let_in(tx: Tx, *, group: Actor, by: Actor, who: Actor) -> dict[str, Any]:
    """Somebody asked to be let into the group, and may. Returns what they are told."""
    need_moderator(tx, group, by)
    return accept_follow(tx, need_request(tx, follower=who, target=group))


def turn_away(tx: Tx, *, group: Actor, by: Actor, who: Actor) -> dict[str, Any]:
    """Somebody asked to be let into the group, and may not; they may ask again. Returns what they
    are told."""
    need_moderator(tx, group, by)
    return reject_follow(tx, need_request(tx, follower=who, target=group))


def take_out(tx: Tx, *, group: Actor, by: Actor, post: Post, why: str = "") -> dict[str, Any]:
    """A post does not belong in the group: it passes it on no more, and says what is returned."""
    need_moderator(tx, group, by)
    if post.boost_of_id is not None:
        post = tx.session.get_one(Post, post.boost_of_id)
    passed = group.id in {one.id for one in groups_with(tx, post)}
    if post.group_id != group.id and not passed:
        raise NotFound("this was not said in the group")
    if passed:
        unboost(tx, actor=group, post=post)
    said = _why(why) or "removed"
    told = _tell(tx, "Delete", group=group, by=by, object_=post.uri, summary=said)
    if post.group_id == group.id:
        take_out_of_group(tx, post)
    return told


def show_out(
    tx: Tx, *, group: Actor, by: Actor, who: Actor, why: str = "", takes_out: bool = False
) -> dict[str, Any]:
    """Somebody has to leave the group, and does not come back until they are let; with
    `takes_out`, what they said in it goes too. Twice is harmless. Returns what others are told."""
    need_moderator(tx, group, by)
    if who.id == by.id or is_moderator(tx, group_id=group.id, actor_id=who.id):
        raise Invalid("who looks after the group is not shown out", {"who": "looks after it"})
    id_ = id_at(tx.now)
    values = {"id": id_, "uri": None, "blocker_id": group.id, "blocked_id": who.id}
    # Their server too is told, as long as they are in it; a second time nobody has to be.
    inboxes = _inboxes(tx, group) if insert_once(tx, Block, values) else set()
    take_invitation(tx, group=group, who=who)
    follow = find_follow(tx, follower=who, target=group)
    if follow is not None:
        reject_follow(tx, follow)
    told = _tell(
        tx,
        "Block",
        group=group,
        by=by,
        object_=who.uri,
        inboxes=inboxes,
        target=group.uri,
        removeData=takes_out,
        summary=_why(why),
    )
    if takes_out:
        said = select(Post).where(Post.group_id == group.id, Post.actor_id == who.id)
        for post in tx.session.scalars(said.limit(MOST_TAKEN_OUT)).all():
            take_out(tx, group=group, by=by, post=post, why=why)
    return told


def let_back(tx: Tx, *, group: Actor, by: Actor, who: Actor) -> dict[str, Any] | None:
    """Somebody who was shown out may ask to join again. Twice is harmless, and None; else what
    others are told is returned."""
    need_moderator(tx, group, by)
    gone = delete(Block).where(Block.blocker_id == group.id, Block.blocked_id == who.id)
    if not tx.connection.execute(gone).rowcount:
        return None
    inside = {"type": "Block", "actor": by.uri, "object": who.uri, "target": group.uri}
    return _tell(tx, "Undo", group=group, by=by, object_=inside)


def trust(tx: Tx, *, group: Actor, by: Actor, who: Actor) -> dict[str, Any]:
    """Somebody who is in the group looks after it from now on, too. Twice is harmless. Returns
    what others are told."""
    need_moderator(tx, group, by)
    if not is_following(tx, follower=who.id, target=group.id):
        raise Invalid("only who is in the group looks after it", {"who": "not in the group"})
    is_new = add_moderator(tx, group=group, who=who)
    if is_new and who.is_local:
        notify(tx, owner_id=who.id, kind="group_care", from_id=by.id, about_id=group.id)
    where = {"object_": who.uri, "target": moderators_uri(group)}
    told = _tell(tx, "Add", group=group, by=by, inboxes=None if is_new else set(), **where)
    if is_new:
        _changed(tx, group)
    return told


def step_down(tx: Tx, *, group: Actor, by: Actor) -> dict[str, Any]:
    """Whoever looks after the group does so no more, and stays in it. Somebody must be left who
    lives here: otherwise make another one first, or close it. Returns what others are told."""
    need_moderator(tx, group, by)
    tx.session.scalars(
        select(GroupModerator).where(GroupModerator.group_id == group.id).with_for_update()
    ).all()
    others = [one for one in moderators_of(tx, group.id) if one.id != by.id]
    if not any(one.is_local for one in others):
        raise Forbidden("somebody has to look after the group: choose who does, first")
    tx.connection.execute(
        delete(GroupModerator).where(
            GroupModerator.group_id == group.id, GroupModerator.actor_id == by.id
        )
    )
    tx.session.expire_all()
    told = _tell(tx, "Remove", group=group, by=by, object_=by.uri, target=moderators_uri(group))
    _changed(tx, group)
    return told


def _changed(tx: Tx, group: Actor) -> None:
    group.version += 1
    tx.flush()
    tx.tell("actor", group.id)


def _why(why: str) -> str | None:
    return clean_text(why).strip()[:LONGEST_WHY] or None


def _inboxes(tx: Tx, group: Actor) -> set[str]:
    return (
        inboxes_of_group(tx, group.id) if group.is_private else inboxes_of_followers(tx, group.id)
    )


def _tell(
    tx: Tx,
    kind: str,
    *,
    group: Actor,
    by: Actor,
    object_: Any,
    inboxes: set[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Have the group pass on what somebody did who looks after it; returns what they did."""
    inside = deed_in_group(
        kind, tx.here.activity(id_at(tx.now)), group=group, by=by, object_=object_, **more
    )
    said = passed_on(tx.here.activity(id_at(tx.now)), group=group, inside=inside)
    where = _inboxes(tx, group) if inboxes is None else inboxes
    deliver(tx, said, sender=group, inboxes=where)
    return inside
