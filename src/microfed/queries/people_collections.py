"""Collections of people, as their owners and others see them."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import exists, or_, select

from microfed.errors import NotFound
from microfed.store.collections import CollectionItem, PeopleCollection
from microfed.store.database import Tx
from microfed.store.people import Actor, Block


def need_collection(tx: Tx, me: int | None, id_: int) -> PeopleCollection:
    """Return a collection; NotFound when there is none, or its owner blocks the one who looks."""
    found = tx.session.get(PeopleCollection, id_)
    if found is None:
        raise NotFound("there is no such collection")
    blocks = select(Block.id).where(Block.blocker_id == found.owner_id, Block.blocked_id == me)
    if me is not None and tx.connection.scalar(blocks) is not None:
        raise NotFound("there is no such collection")
    return found


def need_own_collection(tx: Tx, me: int, id_: int) -> PeopleCollection:
    """Return a collection of the member's own."""
    found = tx.session.get(PeopleCollection, id_)
    if found is None or found.owner_id != me:
        raise NotFound("there is no such collection")
    return found


def collections_of(
    tx: Tx, me: int | None, owner_id: int, *, limit: int, offset: int
) -> Sequence[PeopleCollection]:
    """Return somebody's collections; others see those that may be found."""
    query = select(PeopleCollection).where(
        PeopleCollection.owner_id == owner_id,
        or_(PeopleCollection.is_discoverable, PeopleCollection.owner_id == me),
    )
    query = query.order_by(PeopleCollection.id.desc()).limit(limit).offset(offset)
    return tx.session.scalars(query).all()


def collections_with(
    tx: Tx, me: int, actor_id: int, *, limit: int, offset: int
) -> Sequence[PeopleCollection]:
    """Return the collections somebody is shown in; all of them for whom it is about."""
    inside = exists(
        select(CollectionItem.id).where(
            CollectionItem.collection_id == PeopleCollection.id,
            CollectionItem.actor_id == actor_id,
            CollectionItem.revoked_at.is_(None),
        )
    )
    query = select(PeopleCollection).where(inside)
    if me != actor_id:
        query = query.where(or_(PeopleCollection.is_discoverable, PeopleCollection.owner_id == me))
    query = query.order_by(PeopleCollection.id.desc()).limit(limit).offset(offset)
    return tx.session.scalars(query).all()


def items_of(tx: Tx, ids: Collection[int]) -> dict[int, list[CollectionItem]]:
    """Return who is shown in each collection, in the order they were added."""
    found: dict[int, list[CollectionItem]] = defaultdict(list)
    for item in tx.session.scalars(
        select(CollectionItem)
        .join(Actor, Actor.id == CollectionItem.actor_id)
        .where(
            CollectionItem.collection_id.in_(ids),
            CollectionItem.revoked_at.is_(None),
            Actor.gone_at.is_(None),
            Actor.suspended_at.is_(None),
        )
        .order_by(CollectionItem.id)
    ):
        found[item.collection_id].append(item)
    return found
