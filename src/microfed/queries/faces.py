"""Actors by their ids: what an account's JSON is kept by, and the rows behind it."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import or_, select

from microfed.queries.cards import face_columns
from microfed.store.database import Tx
from microfed.store.people import Actor


def faces_of(tx: Tx, ids: Iterable[int]) -> dict[int, Any]:
    """Return the faces of actors that are still there, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    tx.flush()
    rows = tx.connection.execute(
        select(*face_columns(Actor)).where(Actor.id.in_(wanted), Actor.gone_at.is_(None))
    )
    return {row[0]: tuple(row) for row in rows}


def actors_by_id(
    tx: Tx, ids: Collection[int], *, uris: Collection[str] = (), fresh: bool = False
) -> dict[int, Actor]:
    """Return actors by id, found by their id or their uri; `fresh` reads again what was read."""
    if not ids and not uris:
        return {}
    tx.flush()
    query = select(Actor).where(or_(Actor.id.in_(list(ids)), Actor.uri.in_(list(uris))))
    if fresh:
        query = query.execution_options(populate_existing=True)
    return {actor.id: actor for actor in tx.session.scalars(query)}
