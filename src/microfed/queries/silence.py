"""Whom a member does not want to read: blocked or muted. Timelines ask here."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from microfed.store.people import Block, Mute


def not_silenced(me: Any, actor_id: Any, now: Any) -> ColumnElement[bool]:
    """Return the condition that `me` neither blocks nor, at `now`, mutes `actor_id`."""
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
    )
