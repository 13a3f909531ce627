"""Circles as their owners read them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from microfed.errors import NotFound
from microfed.queries.pages import Page, in_order, paged
from microfed.store.circles import Circle, CircleMember
from microfed.store.database import Tx
from microfed.store.people import Actor


def circles_of(tx: Tx, owner_id: int, *, with_actor_id: int | None = None) -> list[Circle]:
    """Return a member's circles by name; with `with_actor_id`, those somebody is in."""
    query = select(Circle).where(Circle.owner_id == owner_id)
    if with_actor_id is not None:
        inside = select(CircleMember.circle_id).where(CircleMember.actor_id == with_actor_id)
        query = query.where(Circle.id.in_(inside))
    return list(tx.session.scalars(query.order_by(Circle.title, Circle.id)))


def need_circle(tx: Tx, owner_id: int, id_: int) -> Circle:
    """Return a circle; NotFound unless it is the member's own."""
    found = tx.session.scalar(select(Circle).where(Circle.id == id_, Circle.owner_id == owner_id))
    if found is None:
        raise NotFound("there is no such circle")
    return found


def inside(tx: Tx, circle_id: int, page: Page | None) -> Sequence[Any]:
    """Return a page, or all, of those in a circle: (place, actor)."""
    query = select(CircleMember.id, CircleMember.actor_id).where(
        CircleMember.circle_id == circle_id
    )
    if page is None:
        return tx.connection.execute(query.order_by(CircleMember.id.desc())).all()
    return in_order(list(tx.connection.execute(paged(query, CircleMember.id, page)).all()), page)


def sizes_of(tx: Tx, owner_id: int) -> dict[int, int]:
    """Return how many are in each circle of a member that is not empty."""
    rows = tx.connection.execute(
        select(CircleMember.circle_id, func.count(CircleMember.id))
        .join(Circle, Circle.id == CircleMember.circle_id)
        .where(Circle.owner_id == owner_id)
        .group_by(CircleMember.circle_id)
    )
    return {row[0]: row[1] for row in rows}


def addresses_in(tx: Tx, circle_id: int) -> list[str]:
    """Return the ids, as the world knows them, of those in a circle."""
    return list(
        tx.connection.scalars(
            select(Actor.uri)
            .join(CircleMember, CircleMember.actor_id == Actor.id)
            .where(CircleMember.circle_id == circle_id)
            .order_by(CircleMember.id)
        )
    )
