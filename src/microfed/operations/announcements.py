"""Announcements: said by those who look after the place or animate it, to all who live here."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select

from microfed.errors import Conflict, Invalid, NotFound
from microfed.here import digest_of
from microfed.ids import id_at
from microfed.operations.journal import need_animator, note_deed
from microfed.queries.files import emojis_in
from microfed.store.announcements import (
    Announcement,
    AnnouncementReaction,
    AnnouncementReading,
)
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor
from microfed.text import clean_text, excerpt, is_emoji, plain_to_html

LONGEST = 5_000
MOST_REACTIONS = 8  # different ones, as Mastodon has it


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be announced: from when it is shown (`due_at`), and what time it is about."""

    text: str
    due_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_all_day: bool = False


def announce_here(tx: Tx, *, by: Actor | None, notice: Notice) -> Announcement:
    """Say something to everyone who lives here; now, or when it is due."""
    need_animator(tx, by)
    notice = _checked(notice)
    is_now = notice.due_at is None or notice.due_at <= tx.now
    made = Announcement(
        id=id_at(tx.now),
        text=notice.text,
        content=_content(tx, notice.text),
        starts_at=notice.starts_at,
        ends_at=notice.ends_at,
        is_all_day=notice.is_all_day,
        published_at=tx.now if is_now else None,
        due_at=None if is_now else notice.due_at,
        updated_at=tx.now,
        by_id=None if by is None else by.id,
    )
    tx.session.add(made)
    tx.flush()
    note_deed(
        tx,
        by=by,
        action="announce",
        target_kind="announcement",
        target_id=made.id,
        target_name=excerpt(made.content, 60),
    )
    if is_now:
        tx.tell("stream", ("announcement", made.id))
    else:
        tx.tell("planned")
    return made


def change_announcement(
    tx: Tx, found: Announcement, *, by: Actor | None, notice: Notice, seen: str = ""
) -> None:
    """Say it better. Raises Conflict when its words are not those `seen` by whoever corrects it."""
    need_animator(tx, by)
    if seen and seen != digest_of(found.text):
        raise Conflict("somebody else corrected this just now already")
    notice = _checked(notice)
    found.text, found.content = notice.text, _content(tx, notice.text)
    found.starts_at, found.ends_at = notice.starts_at, notice.ends_at
    found.is_all_day, found.updated_at = notice.is_all_day, tx.now
    if found.published_at is None:
        found.due_at = notice.due_at
        tx.tell("planned")
    tx.flush()
    _note(tx, by, "change_announcement", found)
    if found.published_at is not None:
        tx.tell("stream", ("announcement", found.id))


def take_down(tx: Tx, found: Announcement, *, by: Actor | None) -> None:
    """It is over, or was a mistake."""
    need_animator(tx, by)
    _note(tx, by, "take_down_announcement", found)
    id_ = found.id
    tx.session.delete(found)
    tx.flush()
    tx.tell("stream", ("announcement_delete", id_))


def publish_due(tx: Tx) -> int:
    """Publish what was planned for now; return how many."""
    due = tx.session.scalars(
        select(Announcement).where(
            Announcement.published_at.is_(None), Announcement.due_at <= tx.now
        )
    ).all()
    for found in due:
        found.published_at, found.due_at, found.updated_at = tx.now, None, tx.now
        tx.tell("stream", ("announcement", found.id))
    tx.flush()
    return len(due)


def next_announcement_at(tx: Tx) -> datetime | None:
    """Return when the next planned announcement is due."""
    return tx.connection.scalar(
        select(func.min(Announcement.due_at)).where(Announcement.published_at.is_(None))
    )


def put_away(tx: Tx, found: Announcement, *, member: Actor) -> None:
    """A member has seen it."""
    insert_once(tx, AnnouncementReading, {"announcement_id": found.id, "member_id": member.id})


def react(tx: Tx, found: Announcement, *, member: Actor, name: str) -> None:
    """A member answers with an emoji: a Unicode one, or the short code of one of ours."""
    if not (is_emoji(name) or emojis_in(tx, f":{name}:")):
        raise Invalid("this is no emoji", {"name": "is not a recognized emoji"})
    names = set(
        tx.connection.scalars(
            select(AnnouncementReaction.name).where(
                AnnouncementReaction.announcement_id == found.id
            )
        )
    )
    if name not in names and len(names) >= MOST_REACTIONS:
        raise Invalid(f"at most {MOST_REACTIONS} different emojis", {"name": "too many emojis"})
    values = {"announcement_id": found.id, "member_id": member.id, "name": name}
    if insert_once(tx, AnnouncementReaction, {"id": id_at(tx.now), **values}):
        tx.tell("stream", ("announcement", found.id))


def take_reaction_back(tx: Tx, found: Announcement, *, member: Actor, name: str) -> None:
    """A member takes their emoji back."""
    gone = tx.connection.execute(
        delete(AnnouncementReaction).where(
            AnnouncementReaction.announcement_id == found.id,
            AnnouncementReaction.member_id == member.id,
            AnnouncementReaction.name == name,
        )
    )
    if not gone.rowcount:
        raise NotFound("there is no such answer of yours")
    tx.tell("stream", ("announcement", found.id))


def _checked(notice: Notice) -> Notice:
    text = clean_text(notice.text).strip()
    if not text:
        raise Invalid("an announcement needs words", {"text": "can't be blank"})
    if len(text) > LONGEST:
        raise Invalid(f"at most {LONGEST} characters", {"text": "is too long"})
    if notice.starts_at and notice.ends_at and notice.ends_at < notice.starts_at:
        raise Invalid("this ends before it begins", {"ends_at": "is before starts_at"})
    return replace(notice, text=text)


def _content(tx: Tx, text: str) -> str:
    return plain_to_html(text, named={}, tag_url=tx.here.tag)


def _note(tx: Tx, by: Actor | None, action: str, found: Announcement) -> None:
    note_deed(
        tx,
        by=by,
        action=action,
        target_kind="announcement",
        target_id=found.id,
        target_name=excerpt(found.content, 60),
    )
