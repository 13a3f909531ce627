"""A follow as a row: finding it, with both whom it joins."""

from sqlalchemy import select

from microfed.errors import NotFound
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Follow


def find_follow(tx: Tx, *, follower: Actor, target: Actor) -> Follow | None:
    """Return the follow between two actors, accepted or not."""
    found = tx.session.scalar(
        select(Follow).where(Follow.follower_id == follower.id, Follow.target_id == target.id)
    )
    return None if found is None else with_both(tx, found)


def find_own_follow(tx: Tx, *, follower: Actor, uri: str) -> Follow | None:
    """Return the follow of that id, if it is `follower`'s."""
    found = tx.session.scalar(
        select(Follow).where(Follow.uri == uri, Follow.follower_id == follower.id)
    )
    return None if found is None else with_both(tx, found)


def find_follower(
    tx: Tx, *, target: Actor, uri: str | None, follower: Actor | None = None
) -> Follow | None:
    """Return a follow of `target`, asked or accepted, by its id or by who asks."""
    query = select(Follow).where(Follow.target_id == target.id)
    found = None if uri is None else tx.session.scalar(query.where(Follow.uri == uri))
    if found is None and follower is not None:
        found = tx.session.scalar(query.where(Follow.follower_id == follower.id))
    return None if found is None else with_both(tx, found)


def asked_of_group(tx: Tx, uri: str) -> Follow | None:
    """Return the follow of a group of ours by its id, asked or accepted."""
    query = select(Follow).join(Actor, Actor.id == Follow.target_id)
    query = query.where(Follow.uri == uri, Actor.host == HERE, Actor.kind == "Group")
    found = tx.session.scalar(query)
    return None if found is None else with_both(tx, found)


def need_request(tx: Tx, *, follower: Actor, target: Actor) -> Follow:
    """Return the request of `follower` that `target` has not answered yet."""
    follow = find_follow(tx, follower=follower, target=target)
    if follow is None or follow.accepted_at is not None:
        raise NotFound("no such follow request")
    return follow


def asked_of(
    tx: Tx, *, target: Actor, follow_uri: str | None, follower: Actor | None
) -> Follow | None:
    """Return what somebody here asked of `target`, by the id we sent or by who asked."""
    query = select(Follow).where(Follow.target_id == target.id)
    follow = None
    if follow_uri is not None:
        follow = tx.session.scalar(query.where(Follow.uri == follow_uri))
    if follow is None and follower is not None and follower.is_local:
        follow = tx.session.scalar(query.where(Follow.follower_id == follower.id))
    return None if follow is None else with_both(tx, follow)


def with_both(tx: Tx, follow: Follow) -> Follow:
    """Return `follow` with its two actors loaded."""
    follow.follower = tx.session.get_one(Actor, follow.follower_id)
    follow.target = tx.session.get_one(Actor, follow.target_id)
    return follow


def is_free(tx: Tx, uri: str) -> bool:
    """Say whether no follow has this id yet."""
    return tx.connection.scalar(select(Follow.id).where(Follow.uri == uri)) is None
