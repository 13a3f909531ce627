"""Announcements as members read them: what holds now, who answered, what they put away."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select

from microfed.errors import NotFound
from microfed.outbound.media import emojis_shown
from microfed.queries.files import emojis_in
from microfed.store.announcements import (
    Announcement,
    AnnouncementReaction,
    AnnouncementReading,
)
from microfed.store.database import Tx


@dataclass(frozen=True, slots=True)
class Answers:
    """One emoji under an announcement: how many gave it, and whether I did."""

    name: str
    count: int
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """An announcement as a member meets it: its answers, and whether they put it away."""

    said: Announcement
    answers: Sequence[Answers]
    is_put_away: bool
    emojis: Mapping[str, str]  # where those of its words and its answers are shown


def heard_by(tx: Tx, member_id: int, *, is_new: bool = False) -> list[Heard]:
    """Return what holds now, oldest first; only what a member did not put away if `is_new`."""
    found = announcements_now(tx)
    if not found:
        return []
    seen = put_away_by(tx, member_id, [one.id for one in found])
    shown = [one for one in found if not (is_new and one.id in seen)]
    if not shown:
        return []
    answers = answers_to(tx, member_id, [one.id for one in shown])
    words = [one.text for one in shown]
    names = [f":{answer.name}:" for given in answers.values() for answer in given]
    emojis = emojis_shown(tx.here, emojis_in(tx, " ".join(words + names)))
    return [Heard(one, answers.get(one.id, ()), one.id in seen, emojis) for one in shown]


def announcements_now(tx: Tx) -> Sequence[Announcement]:
    """Return what is announced and not over, oldest first: the order it was said in."""
    return tx.session.scalars(
        select(Announcement)
        .where(
            Announcement.published_at.is_not(None),
            or_(Announcement.ends_at.is_(None), Announcement.ends_at > tx.now),
        )
        .order_by(Announcement.published_at, Announcement.id)
    ).all()


def need_announcement(tx: Tx, id_: int) -> Announcement:
    """Return a published announcement."""
    found = tx.session.get(Announcement, id_)
    if found is None or found.published_at is None:
        raise NotFound("there is no such announcement")
    return found


def all_announcements(tx: Tx) -> Sequence[Announcement]:
    """Return every announcement, planned and over too, newest first."""
    return tx.session.scalars(select(Announcement).order_by(Announcement.id.desc())).all()


def put_away_by(tx: Tx, member_id: int, ids: Collection[int]) -> set[int]:
    """Return which announcements a member has put away."""
    return set(
        tx.connection.scalars(
            select(AnnouncementReading.announcement_id).where(
                AnnouncementReading.member_id == member_id,
                AnnouncementReading.announcement_id.in_(ids),
            )
        )
    )


def answers_to(tx: Tx, member_id: int, ids: Collection[int]) -> Mapping[int, list[Answers]]:
    """Return the emojis under each announcement, in the order they were first given."""
    mine = func.max(case((AnnouncementReaction.member_id == member_id, 1), else_=0))
    rows = tx.connection.execute(
        select(
            AnnouncementReaction.announcement_id,
            AnnouncementReaction.name,
            func.count(AnnouncementReaction.id),
            mine,
        )
        .where(AnnouncementReaction.announcement_id.in_(ids))
        .group_by(AnnouncementReaction.announcement_id, AnnouncementReaction.name)
        .order_by(func.min(AnnouncementReaction.id))
    )
    found: dict[int, list[Answers]] = defaultdict(list)
    for id_, name, count, is_mine in rows:
        found[id_].append(Answers(name, count, bool(is_mine)))
    return found
