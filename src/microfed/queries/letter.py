"""The neighbourhood's letter, as its pages, its feed and its mails show it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from microfed.errors import NotFound
from microfed.ids import moment_of
from microfed.queries.letter_sections import Section, gather, sections
from microfed.queries.look import load_look
from microfed.queries.people import instance_actor
from microfed.queries.posts import load_people
from microfed.queries.visibility import Viewer
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import Member
from microfed.store.reading import Conversation
from microfed.store.weekly import LetterReader, WeeklyLetter
from microfed.text import plain_to_html

SCHEDULE, WORDS = "letter", "letter_words"
_NAMED = 5  # people whose words wait, in a mail


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the letter goes out: a day (0 is Monday) and an hour, as clocks show it here."""

    is_on: bool = False
    day: int = 4
    hour: int = 8
    since: datetime | None = None  # nothing is due that would have been before


@dataclass(frozen=True, slots=True)
class Waiting:
    """Conversations in which somebody waits for an answer; for their reader alone."""

    count: int
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Issue:
    """A letter as somebody may read it."""

    week: str
    place: str
    at: datetime
    words: str  # as they were typed
    words_html: str
    sections: Sequence[Section]
    waiting: Waiting | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing in it for whoever reads it."""
        return not (self.words or self.sections or self.waiting)


def schedule_of(tx: Tx) -> Schedule:
    """Return when the letter goes out."""
    kept = tx.connection.scalar(select(Setting.value).where(Setting.name == SCHEDULE))
    if not isinstance(kept, dict):
        return Schedule()
    since = datetime.fromisoformat(kept["since"]) if kept.get("since") else None
    return Schedule(bool(kept.get("is_on")), int(kept["day"]), int(kept["hour"]), since)


def next_words(tx: Tx) -> str:
    """Return what the next letter begins with."""
    kept = tx.connection.scalar(select(Setting.value).where(Setting.name == WORDS))
    return str(kept or "")


def letters(tx: Tx, *, most: int, before: int | None = None) -> list[WeeklyLetter]:
    """Return the issues, the newest first."""
    asked = select(WeeklyLetter).where(~WeeklyLetter.is_empty)
    if before is not None:
        asked = asked.where(WeeklyLetter.id < before)
    return list(tx.session.scalars(asked.order_by(WeeklyLetter.id.desc()).limit(most)))


def need_letter(tx: Tx, week: str) -> WeeklyLetter:
    """Return the letter of a week. Raises NotFound."""
    found = tx.session.scalar(
        select(WeeklyLetter).where(WeeklyLetter.week == week, ~WeeklyLetter.is_empty)
    )
    if found is None:
        raise NotFound("there was no letter that week")
    return found


def last_letter(tx: Tx) -> WeeklyLetter | None:
    """Return the newest issue, even one of a quiet week that was not sent."""
    return tx.session.scalar(select(WeeklyLetter).order_by(WeeklyLetter.id.desc()).limit(1))


def issue(tx: Tx, letter: WeeklyLetter, viewer: Viewer | None) -> Issue:
    """Return a letter as `viewer`, who lives here, may read it; None: as everyone may."""
    return _issue(
        tx, letter.week, moment_of(letter.id), letter.words, dict(letter.contents), viewer
    )


def issue_for(tx: Tx, letter: WeeklyLetter, member_id: int) -> Issue:
    """Return a letter as it is mailed to a member: with what waits for them."""
    return replace(issue(tx, letter, Viewer(member_id)), waiting=_waiting(tx, member_id))


def preview(tx: Tx, since: datetime, viewer: Viewer | None) -> Issue:
    """Return the next letter as it would be if it went out now."""
    return _issue(tx, "", tx.now, next_words(tx), gather(tx, since), viewer)


def reader_of(tx: Tx, member_id: int) -> LetterReader | None:
    """Return how a member gets the letter, if they do."""
    return tx.session.scalar(select(LetterReader).where(LetterReader.member_id == member_id))


def count_readers(tx: Tx) -> int:
    """Return how many get the letter."""
    asked = select(func.count(LetterReader.id)).where(LetterReader.confirmed_at.is_not(None))
    return tx.connection.scalar(asked) or 0


def name_of_the_place(tx: Tx) -> str:
    """Return what the place calls itself."""
    return load_look(tx).title or instance_actor(tx).display_name or tx.here.domain


def _issue(
    tx: Tx,
    week: str,
    at: datetime,
    words: str,
    contents: dict[str, list[int]],
    viewer: Viewer | None,
) -> Issue:
    return Issue(
        week=week,
        place=name_of_the_place(tx),
        at=at,
        words=words,
        words_html=plain_to_html(words, named={}, tag_url=tx.here.tag),
        sections=sections(tx, contents, viewer),
    )


def _waiting(tx: Tx, member_id: int) -> Waiting | None:
    rows = tx.session.scalars(
        select(Conversation)
        .join(Member, Member.id == Conversation.owner_id)
        .where(Conversation.owner_id == member_id, Conversation.is_unread)
        .order_by(Conversation.last_post_id)
    ).all()
    if not rows:
        return None
    people = load_people(tx, {int(id_) for row in rows for id_ in row.people})
    names = [people[id_].display_name for row in rows for id_ in row.people if id_ in people]
    return Waiting(len(rows), tuple(dict.fromkeys(names))[:_NAMED])
