"""Who is who: finding actors by id, name or address."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, func, or_, select

from microfed.errors import Gone, Missing, NotFound
from microfed.queries.private_groups import may_know
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import HERE, INSTANCE_ACTOR, Actor, ActorKey, Block, Follow, Member
from microfed.store.posts import Tombstone


def find_actor(tx: Tx, uri: str) -> Actor | None:
    """Return the actor at `uri`, from here or elsewhere, if known."""
    return tx.session.scalar(select(Actor).where(Actor.uri == uri))


_LOCAL = select(Actor).where(Actor.host == HERE, Actor.name_key == bindparam("name"))


def find_local(tx: Tx, name: str) -> Actor | None:
    """Return the actor of that name who lives here, standing or not."""
    return tx.session.scalar(_LOCAL, {"name": name.lower()})


def find_neighbour(tx: Tx, uri: str) -> Actor | None:
    """Return the actor at `uri` if they live here and can be reached."""
    return tx.session.scalar(
        select(Actor).where(
            Actor.uri == uri,
            Actor.host == HERE,
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
        )
    )


def need_local(
    tx: Tx, name: str, *, even_suspended: bool = False, viewer: Viewer | None = None
) -> Actor:
    """Return the actor of that name who lives here; NotFound, or Gone once they have left.

    A private group is there for those alone who may know of it (`viewer`).
    """
    actor = find_local(tx, name)
    if actor is not None and not may_know(tx, actor, viewer):
        raise NotFound("nobody of that name lives here")
    if actor is None:
        gone = tx.session.get(Tombstone, tx.here.actor(name.lower()))
        if gone is not None:
            raise Gone("this account was deleted", gone.uri)
        raise NotFound("nobody of that name lives here")
    if actor.gone_at is not None or (actor.suspended_at is not None and not even_suspended):
        raise Gone("this account is no longer here", actor.uri)
    return actor


def need_actor(tx: Tx, uri: str) -> Actor:
    """Return the actor at `uri`; Missing when another server must be asked first."""
    actor = find_actor(tx, uri)
    if actor is not None:
        return actor
    if tx.here.is_ours(uri) or uri in tx.out_of_reach:
        raise NotFound(f"there is no such account: {uri}")
    raise Missing(uri)


def need_actor_by_id(tx: Tx, id_: int, *, viewer: Viewer | None = None) -> Actor:
    """Return the actor with that id of ours; a private group for those alone who know of it."""
    actor = tx.session.get(Actor, id_)
    if actor is None or actor.gone_at is not None or not may_know(tx, actor, viewer):
        raise NotFound("there is no such account")
    return actor


def find_by_handle(tx: Tx, handle: str, *, even_private: bool = False) -> Actor | None:
    """Return the actor called `ana` or `bob@north.example`, if known.

    A private group is not found by its name, but by rules that know what to do with it.
    """
    found = _find_by_handle(tx, handle)
    return None if found is not None and found.is_private and not even_private else found


def _find_by_handle(tx: Tx, handle: str) -> Actor | None:
    name = tx.here.local_name(handle)
    if name is not None:
        return find_local(tx, name)
    user, _, host = handle.removeprefix("acct:").removeprefix("@").partition("@")
    return tx.session.scalar(
        select(Actor)
        .where(Actor.host == host.lower(), Actor.name_key == user.lower(), Actor.gone_at.is_(None))
        .order_by(Actor.id.desc())
        .limit(1)
    )


def actors_at(tx: Tx, uris: Collection[str]) -> dict[str, Actor]:
    """Return the known actors among ids or profile addresses, by whichever was given."""
    if not uris:
        return {}
    found = tx.session.scalars(select(Actor).where(or_(Actor.uri.in_(uris), Actor.url.in_(uris))))
    by_uri: dict[str, Actor] = {}
    for actor in found:
        by_uri[actor.uri] = actor
        if actor.url is not None:
            by_uri.setdefault(actor.url, actor)
    return {uri: by_uri[uri] for uri in uris if uri in by_uri}


def people_by_id(tx: Tx, ids: Sequence[int]) -> list[Actor]:
    """Return the actors with `ids`, in their order."""
    found = {
        actor.id: actor for actor in tx.session.scalars(select(Actor).where(Actor.id.in_(ids)))
    }
    return [found[id_] for id_ in ids if id_ in found]


def keys_of(tx: Tx, actor_id: int) -> list[ActorKey]:
    """Return an actor's keys, oldest first."""
    return list(
        tx.session.scalars(
            select(ActorKey).where(ActorKey.actor_id == actor_id).order_by(ActorKey.id)
        )
    )


def instance_actor(tx: Tx) -> Actor:
    """Return the actor that speaks for the whole place."""
    actor = find_local(tx, INSTANCE_ACTOR)
    if actor is None:
        raise NotFound("this place has no actor yet")
    return actor


def is_blocked(tx: Tx, *, by: int, whom: int) -> bool:
    """Say whether `by` blocks `whom`."""
    found = select(Block.id).where(Block.blocker_id == by, Block.blocked_id == whom)
    return tx.connection.scalar(found) is not None


def is_following(tx: Tx, *, follower: int, target: int) -> bool:
    """Say whether a follow stands, accepted."""
    found = select(Follow.id).where(
        Follow.follower_id == follower,
        Follow.target_id == target,
        Follow.accepted_at.is_not(None),
    )
    return tx.connection.scalar(found) is not None


def count_members(tx: Tx) -> int:
    """Return how many people live here."""
    return tx.connection.scalar(select(func.count(Member.id))) or 0
