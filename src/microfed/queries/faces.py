"""Actors by their ids: what an account's JSON is kept by, and the rows behind it."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import BigInteger, bindparam, or_, select

from microfed.queries.cards import face_columns
from microfed.store.database import Tx
from microfed.store.people import Actor

_IDS: Any = bindparam("ids", expanding=True, type_=BigInteger)
_FACES = select(*face_columns(Actor)).where(
    Actor.id.in_(_IDS), Actor.gone_at.is_(None), ~Actor.is_private
)
_BY_ID = select(Actor).where(Actor.id.in_(_IDS))
_BY_EITHER = select(Actor).where(
    or_(Actor.id.in_(_IDS), Actor.uri.in_(bindparam("uris", expanding=True)))
)


def faces_of(tx: Tx, ids: Iterable[int]) -> dict[int, Any]:
    """Return the faces of actors that are still there, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    tx.flush()
    rows = tx.connection.execute(_FACES, {"ids": wanted})
    return {row[0]: tuple(row) for row in rows}


def actors_by_id(
    tx: Tx, ids: Collection[int], *, uris: Collection[str] = (), fresh: bool = False
) -> dict[int, Actor]:
    """Return actors by id, found by their id or their uri; `fresh` reads again what was read."""
    if not ids and not uris:
        return {}
    tx.flush()
    given: dict[str, Any] = {"ids": list(ids)} | ({"uris": list(uris)} if uris else {})
    options = {"populate_existing": fresh}
    found = tx.session.scalars(_BY_EITHER if uris else _BY_ID, given, execution_options=options)
    return {actor.id: actor for actor in found}
