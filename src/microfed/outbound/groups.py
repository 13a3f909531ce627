"""Where the words of groups go: to the homes of members here, and to the servers of the others."""

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import aliased

from microfed.outbound.allies import allies
from microfed.outbound.recipients import inboxes_of
from microfed.store.database import Tx
from microfed.store.insert import insert_all, insert_once
from microfed.store.people import HERE, Actor, Follow
from microfed.store.posts import HomeEntry, Post
from microfed.vocab.audience import Audience

BACKFILL = 40


def place_in_group(tx: Tx, *, post_id: int, group_id: int, author: Actor, is_answer: bool) -> None:
    """Put what was said in a private group into the homes of its members here; an answer stands
    in its conversation, and in the home of whoever wrote it."""
    if author.is_local:
        insert_once(tx, HomeEntry, {"owner_id": author.id, "post_id": post_id})
    if is_answer:
        return
    members = (
        select(Follow.follower_id, Post.id)
        .join(Actor, Actor.id == Follow.follower_id)
        .join(Post, Post.id == post_id)
        .where(
            Follow.target_id == group_id,
            Follow.accepted_at.is_not(None),
            Actor.host == HERE,
            Actor.id != author.id,
        )
    )
    tx.connection.execute(insert(HomeEntry).from_select(["owner_id", "post_id"], members))


def enter_group(tx: Tx, *, owner_id: int, group: Actor) -> None:
    """Somebody here joined a group: what was said in a private one lately joins their home; of
    what another one passed on, nothing that is in their home already stands there twice."""
    if not group.is_private:
        original, passed_on = aliased(HomeEntry), aliased(Post)
        twice = (
            select(passed_on.id)
            .join(original, original.post_id == passed_on.boost_of_id)
            .where(passed_on.actor_id == group.id, original.owner_id == owner_id)
        )
        tx.connection.execute(
            delete(HomeEntry).where(HomeEntry.owner_id == owner_id, HomeEntry.post_id.in_(twice))
        )
        return
    latest = tx.connection.scalars(
        select(Post.id)
        .where(Post.group_id == group.id, Post.in_reply_to_uri.is_(None))
        .order_by(Post.id.desc())
        .limit(BACKFILL)
    ).all()
    insert_all(tx, HomeEntry, [{"owner_id": owner_id, "post_id": post_id} for post_id in latest])


def leave_group(tx: Tx, *, owner_id: int, group_id: int) -> None:
    """Somebody here is in a private group no more: its words leave their home."""
    said = select(Post.id).where(
        Post.group_id == group_id, Post.audience == Audience.GROUP, Post.actor_id != owner_id
    )
    tx.connection.execute(
        delete(HomeEntry).where(HomeEntry.owner_id == owner_id, HomeEntry.post_id.in_(said))
    )


def once_in_homes(tx: Tx, passed_on: Post) -> None:
    """Whoever has a post in their home already does not get it a second time from a group."""
    have = select(HomeEntry.owner_id).where(HomeEntry.post_id == passed_on.boost_of_id)
    tx.connection.execute(
        delete(HomeEntry).where(HomeEntry.post_id == passed_on.id, HomeEntry.owner_id.in_(have))
    )


def inboxes_of_group(tx: Tx, group_id: int | None) -> set[str]:
    """Return where the words of a private group go: to the servers of its members, as far as they
    are allies; or, when the group lives elsewhere, to it alone, and it passes them on."""
    group = None if group_id is None else tx.session.get(Actor, group_id)
    if group is None:
        return set()
    if not group.is_local:
        return inboxes_of(tx, [group.id], is_shared=True)
    elsewhere = (
        select(Follow.follower_id)
        .join(Actor, Actor.id == Follow.follower_id)
        .where(
            Follow.target_id == group.id,
            Follow.accepted_at.is_not(None),
            Actor.host.in_([ally.host for ally in allies(tx)]),
        )
    )
    return inboxes_of(tx, tx.connection.scalars(elsewhere).all(), is_shared=True)
