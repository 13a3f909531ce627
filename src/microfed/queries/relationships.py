"""What stands between one member and others: follows, requests, blocks, mutes, notes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select

from microfed.store.database import Tx
from microfed.store.own import Endorsement, PersonalNote, SilencedHost
from microfed.store.people import Actor, Block, Follow, Mute


@dataclass(slots=True)
class Between:
    """All that stands between the one who looks and `id`."""

    id: int
    host: str = ""
    is_following: bool = False
    has_asked: bool = False
    shows_boosts: bool = False
    notifies: bool = False
    languages: list[str] = field(default_factory=list)
    is_followed_by: bool = False
    was_asked: bool = False
    is_blocking: bool = False
    is_blocked_by: bool = False
    is_muting: bool = False
    is_muting_notifications: bool = False
    mute_expires_at: datetime | None = None
    is_blocking_domain: bool = False
    is_endorsed: bool = False
    note: str = ""


def between(
    tx: Tx, me: int, ids: Sequence[int], *, even_private: bool = False
) -> dict[int, Between]:
    """Return what stands between `me` and each of `ids` that exists; a private group is left out
    unless the caller knows that `me` may know of it (`even_private`)."""
    if not ids:
        return {}
    tx.flush()
    there = select(Actor.id, Actor.host).where(Actor.id.in_(ids), Actor.gone_at.is_(None))
    if not even_private:
        there = there.where(~Actor.is_private)
    found = {row.id: Between(row.id, row.host) for row in tx.connection.execute(there)}
    ids = list(found)
    _follows(tx, me, ids, found)
    _silences(tx, me, ids, found)
    hosts = {one.host for one in found.values() if one.host}
    shut = select(SilencedHost.host).where(
        SilencedHost.owner_id == me, SilencedHost.host.in_(hosts)
    )
    silenced = set(tx.connection.scalars(shut)) if hosts else set()
    for one in found.values():
        one.is_blocking_domain = one.host in silenced
    for about_id, text in tx.connection.execute(
        select(PersonalNote.about_id, PersonalNote.text).where(
            PersonalNote.writer_id == me, PersonalNote.about_id.in_(ids)
        )
    ):
        found[about_id].note = text
    for endorsed_id in tx.connection.scalars(
        select(Endorsement.endorsed_id).where(
            Endorsement.actor_id == me, Endorsement.endorsed_id.in_(ids)
        )
    ):
        found[endorsed_id].is_endorsed = True
    return found


def _follows(tx: Tx, me: int, ids: Sequence[int], found: dict[int, Between]) -> None:
    for follower, target, accepted_at, boosts, notifies, languages in tx.connection.execute(
        select(
            Follow.follower_id,
            Follow.target_id,
            Follow.accepted_at,
            Follow.shows_boosts,
            Follow.notifies,
            Follow.languages,
        ).where(
            or_(
                (Follow.follower_id == me) & Follow.target_id.in_(ids),
                (Follow.target_id == me) & Follow.follower_id.in_(ids),
            )
        )
    ):
        if follower == me and target in found:
            mine = found[target]
            mine.is_following, mine.has_asked = accepted_at is not None, accepted_at is None
            mine.shows_boosts, mine.notifies = boosts, notifies
            mine.languages = list(languages or [])
        elif follower in found:
            theirs = found[follower]
            theirs.is_followed_by, theirs.was_asked = accepted_at is not None, accepted_at is None


def _silences(tx: Tx, me: int, ids: Sequence[int], found: dict[int, Between]) -> None:
    for blocker, blocked in tx.connection.execute(
        select(Block.blocker_id, Block.blocked_id).where(
            or_(
                (Block.blocker_id == me) & Block.blocked_id.in_(ids),
                (Block.blocked_id == me) & Block.blocker_id.in_(ids),
            )
        )
    ):
        if blocker == me and blocked in found:
            found[blocked].is_blocking = True
        elif blocker in found:
            found[blocker].is_blocked_by = True
    for muted, notifications, expires_at in tx.connection.execute(
        select(Mute.muted_id, Mute.hides_notifications, Mute.expires_at).where(
            Mute.muter_id == me, Mute.muted_id.in_(ids)
        )
    ):
        if muted in found and (expires_at is None or expires_at > tx.now):
            found[muted].is_muting = True
            found[muted].is_muting_notifications = notifications
            found[muted].mute_expires_at = expires_at
