"""Whom a member does not want to read: blocked, muted, or of a server they shut out.

Timelines ask here.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from microfed.queries.pages import Page, in_order, paged
from microfed.store.database import Tx
from microfed.store.own import SilencedHost
from microfed.store.people import Actor, Block, Mute


def not_silenced(me: Any, actor_id: Any, now: Any, host: Any = None) -> ColumnElement[bool]:
    """Return the condition that `me` neither blocks nor, at `now`, mutes `actor_id`.

    `host` is the column of their server, when the query has it at hand.
    """
    block, mute = aliased(Block), aliased(Mute)
    return and_(
        ~exists(select(block.id).where(block.blocker_id == me, block.blocked_id == actor_id)),
        ~exists(
            select(mute.id).where(
                mute.muter_id == me,
                mute.muted_id == actor_id,
                or_(mute.expires_at.is_(None), mute.expires_at > now),
            )
        ),
        ~_host_is_silenced(me, actor_id, host),
    )


def _host_is_silenced(me: Any, actor_id: Any, host: Any) -> ColumnElement[bool]:
    shut = aliased(SilencedHost)
    query = select(shut.id).where(shut.owner_id == me)
    if host is not None:
        return exists(query.where(shut.host == host))
    person = aliased(Actor)
    return exists(query.join(person, person.host == shut.host).where(person.id == actor_id))


def blocked_by(tx: Tx, me: int, page: Page) -> Sequence[Any]:
    """Return a page of whom a member blocks: (place in the list, actor)."""
    query = select(Block.id, Block.blocked_id).where(Block.blocker_id == me)
    return in_order(list(tx.connection.execute(paged(query, Block.id, page)).all()), page)


def muted_by(tx: Tx, me: int, page: Page) -> Sequence[Any]:
    """Return a page of whom a member mutes now: (place in the list, actor, until when)."""
    query = select(Mute.id, Mute.muted_id, Mute.expires_at).where(
        Mute.muter_id == me, or_(Mute.expires_at.is_(None), Mute.expires_at > tx.now)
    )
    return in_order(list(tx.connection.execute(paged(query, Mute.id, page)).all()), page)


def hosts_silenced_by(tx: Tx, me: int, page: Page) -> Sequence[Any]:
    """Return a page of the servers a member shut out: (place in the list, host)."""
    query = select(SilencedHost.id, SilencedHost.host).where(SilencedHost.owner_id == me)
    return in_order(list(tx.connection.execute(paged(query, SilencedHost.id, page)).all()), page)
