"""Lists as their owners read them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, select

from microfed.errors import NotFound
from microfed.queries.cards import (
    Card,
    Shape,
    cards_select,
    not_silenced_here,
    page_like,
    run,
    shape_of,
)
from microfed.queries.pages import Page, in_order, paged
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.lists import ListEntry, ListMember, PeopleList


def lists_of(tx: Tx, owner_id: int, *, with_actor_id: int | None = None) -> list[PeopleList]:
    """Return a member's lists; with `with_actor_id`, those somebody is on."""
    query = select(PeopleList).where(PeopleList.owner_id == owner_id)
    if with_actor_id is not None:
        on_it = select(ListMember.list_id).where(ListMember.actor_id == with_actor_id)
        query = query.where(PeopleList.id.in_(on_it))
    return list(tx.session.scalars(query.order_by(PeopleList.title, PeopleList.id)))


def need_list(tx: Tx, owner_id: int, id_: int) -> PeopleList:
    """Return a list; NotFound unless it is the member's own."""
    found = tx.session.scalar(
        select(PeopleList).where(PeopleList.id == id_, PeopleList.owner_id == owner_id)
    )
    if found is None:
        raise NotFound("there is no such list")
    return found


def people_on(tx: Tx, list_id: int, page: Page | None) -> Sequence[Any]:
    """Return a page, or all, of those on a list: (place, actor)."""
    query = select(ListMember.id, ListMember.actor_id).where(ListMember.list_id == list_id)
    if page is None:
        return tx.connection.execute(query.order_by(ListMember.id.desc())).all()
    return in_order(list(tx.connection.execute(paged(query, ListMember.id, page)).all()), page)


def list_cards(tx: Tx, viewer: Viewer, list_id: int, page: Page) -> list[Card]:
    """Return a page of a list's timeline; whose list it is, the caller has made sure."""
    return run(tx, _list(shape_of(page)), viewer, page, list=list_id)


@lru_cache(8)
def _list(shape: Shape) -> Any:
    query = cards_select(ListEntry.post_id, has_viewer=True, source=ListEntry).where(
        ListEntry.list_id == bindparam("list", type_=BigInteger), not_silenced_here()
    )
    return paged(query, ListEntry.post_id, page_like(shape))
