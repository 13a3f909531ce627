"""The neighbourhood's letter: when it goes out, what it begins with, and that it goes out once."""

import hashlib
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import aliased

from microfed.errors import Conflict, Invalid
from microfed.here import digest_of
from microfed.ids import first_id_at, id_at, moment_of
from microfed.operations.jobs import add_job
from microfed.operations.journal import need_animator, need_keeper, note_deed
from microfed.operations.letter_pages import as_html, as_mail, as_text, in_short, title_of
from microfed.operations.letter_readers import end_link
from microfed.operations.letters import post_mail
from microfed.operations.place import keep_setting
from microfed.outbound.allies import inboxes_of_listeners
from microfed.outbound.deliver import deliver
from microfed.outbound.render_letter import article, create_letter
from microfed.queries.letter import (
    SCHEDULE,
    WORDS,
    Issue,
    Schedule,
    issue,
    issue_for,
    last_letter,
    need_letter,
    next_words,
    schedule_of,
)
from microfed.queries.letter_sections import gather
from microfed.queries.people import instance_actor
from microfed.settings import ADDRESS
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Member
from microfed.store.weekly import LetterReader, LetterSend, WeeklyLetter
from microfed.text import clean_text
from microfed.words import all_words

LONGEST_WORDS = 3_000  # with the rest, it still fits a page
WEEK = timedelta(days=7)
AT_ONCE = 50


def choose_schedule(tx: Tx, *, by: Actor | None, is_on: bool, day: int, hour: int) -> None:
    """Let the letter go out each week on a day at an hour, or not at all.

    The first goes out the next time that this moment comes, never at once.
    """
    need_keeper(tx, by)
    if not (0 <= day <= 6 and 0 <= hour <= 23):
        raise Invalid("there is no such day or hour", {"day": "unknown"})
    was = schedule_of(tx)
    if (was.is_on, was.day, was.hour) == (is_on, day, hour):
        return
    value = {"is_on": is_on, "day": day, "hour": hour, "since": tx.now.isoformat()}
    keep_setting(tx, SCHEDULE, value)
    note_deed(tx, by=by, action=f"letter_{'on' if is_on else 'off'}", target_kind="place")
    tx.tell("planned")


def write_words(tx: Tx, *, by: Actor, text: str, seen: str = "") -> None:
    """Say what the next letter begins with; whoever animates the place may. Empty: nothing.

    Raises Conflict when it is not what it was when its digest was `seen`.
    """
    need_animator(tx, by)
    words = clean_text(text).replace("\r\n", "\n").strip()
    if len(words) > LONGEST_WORDS:
        raise Invalid(f"a letter begins with at most {LONGEST_WORDS} letters", {"words": "long"})
    if seen and seen != digest_of(next_words(tx)):
        raise Conflict("somebody else wrote here since you opened the page")
    keep_setting(tx, WORDS, words or None)


def begins_at(tx: Tx) -> datetime:
    """Return since when the next letter tells: since the last one, a week ago at most."""
    last = last_letter(tx)
    week_ago = tx.now - WEEK
    return week_ago if last is None else max(moment_of(last.id), week_ago)


def next_letter_at(tx: Tx, zone: ZoneInfo) -> datetime | None:
    """Return when the next letter is due, which may be past: then it is late."""
    schedule = schedule_of(tx)
    if not schedule.is_on:
        return None
    moment = _slot(schedule, tx.now, zone)
    if _is_due(tx, schedule, moment, zone):
        return moment
    while moment <= tx.now:
        moment = _slot(schedule, moment + WEEK, zone)
    return moment


def make_due_letter(tx: Tx, zone: ZoneInfo, *, language: str) -> WeeklyLetter | None:
    """Make the letter of this week if its moment has come: once, however often this is called.

    A week in which nothing happened and nobody wrote has no letter.
    """
    schedule = schedule_of(tx)
    if not schedule.is_on:
        return None
    moment = _slot(schedule, tx.now, zone)
    if moment > tx.now or not _is_due(tx, schedule, moment, zone):
        return None
    words, contents = next_words(tx), gather(tx, begins_at(tx))
    values = {
        "id": id_at(tx.now),
        "week": _week(moment, zone),
        "words": words,
        "contents": contents,
        "is_empty": not (words or contents),
    }
    if not insert_once(tx, WeeklyLetter, values):
        return None  # another process was faster
    letter = tx.session.get_one(WeeklyLetter, values["id"])
    if letter.is_empty:
        return None
    keep_setting(tx, WORDS, None)
    _publish(tx, letter, zone, language)
    add_job(tx, "send_letter", key=str(letter.id), arguments={"letter_id": letter.id})
    return letter


def send_letter(tx: Tx, *, letter_id: int, zone: ZoneInfo, after: int = 0) -> int:
    """Write the letter to the next readers, by their number; done again, to nobody twice.

    Returns how many readers were looked at; while there are more, the rest is a job.
    """
    letter = tx.session.get(WeeklyLetter, letter_id)
    if letter is None:
        return 0
    readers = tx.session.scalars(
        select(LetterReader)
        .where(
            LetterReader.id > after,
            LetterReader.confirmed_at.is_not(None),
            LetterReader.confirmed_at <= moment_of(letter_id),
        )
        .order_by(LetterReader.id)
        .limit(AT_ONCE)
    ).all()
    public = issue(tx, letter, None)
    for reader in readers:
        _write_to(tx, letter, reader, zone, public=public)
    if len(readers) == AT_ONCE:
        last = readers[-1].id
        arguments = {"letter_id": letter_id, "after": last}
        add_job(tx, "send_letter", key=f"{letter_id}:{last}", arguments=arguments)
    return len(readers)


def letter_document(tx: Tx, week: str, zone: ZoneInfo, *, language: str) -> dict[str, object]:
    """Return the public part of a letter as other servers read it. Raises NotFound."""
    letter = need_letter(tx, week)
    words, read = all_words()[language], issue(tx, letter, None)
    return article(
        tx.here,
        instance_actor(tx),
        week=letter.week,
        title=title_of(words, read, zone),
        summary=in_short(words, read, zone),
        content=as_html(words, read, zone, url=tx.here.url),
        language=language,
        published=moment_of(letter.id),
    )


def drop_old_sends(tx: Tx) -> int:
    """Forget to whom letters went, once they cannot go there a second time."""
    old = LetterSend.id < first_id_at(tx.now - 4 * WEEK)
    return tx.connection.execute(delete(LetterSend).where(old)).rowcount


def _publish(tx: Tx, letter: WeeklyLetter, zone: ZoneInfo, language: str) -> None:
    """Tell the places that follow ours; nothing to say to everyone is not said."""
    if issue(tx, letter, None).is_quiet:
        return
    place = instance_actor(tx)
    document = letter_document(tx, letter.week, zone, language=language)
    deliver(tx, create_letter(document, place), sender=place, inboxes=inboxes_of_listeners(tx))


def _write_to(
    tx: Tx, letter: WeeklyLetter, reader: LetterReader, zone: ZoneInfo, *, public: Issue
) -> None:
    address, language = _address_of(tx, reader)
    if address is None:
        return
    if reader.member_id is None:
        read = public
        if read.is_quiet:  # all that happened was among neighbours
            return
    else:
        read = issue_for(tx, letter, reader.member_id)
    digest = hashlib.sha256(address.encode()).hexdigest()
    sent = {"id": id_at(tx.now), "letter_id": letter.id, "digest": digest}
    if not insert_once(tx, LetterSend, sent):
        return
    words = all_words().get(language) or all_words()["en"]
    stop, url = end_link(tx, reader), tx.here.url
    post_mail(
        tx,
        kind="weekly",
        address=address,
        subject=title_of(words, read, zone),
        text=as_text(words, read, zone, url=url, stop=stop),
        html=as_mail(words, read, zone, url=url, stop=stop),
        unsubscribe=stop,
    )


def _address_of(tx: Tx, reader: LetterReader) -> tuple[str | None, str]:
    """Return where a reader gets the letter now, and their language; a member gets it once."""
    if reader.member_id is None:
        member = aliased(Member)
        is_members = exists(
            select(LetterReader.id)
            .join(member, member.id == LetterReader.member_id)
            .where(member.email == reader.address, LetterReader.confirmed_at.is_not(None))
        )
        is_known = tx.connection.scalar(select(is_members))
        return (None if is_known else reader.address), reader.language
    row = tx.connection.execute(
        select(Member.email, Member.language)
        .join(Actor, Actor.id == Member.id)
        .where(
            Member.id == reader.member_id,
            Member.approved_at.is_not(None),
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    ).first()
    if row is None or not row.email or ADDRESS.fullmatch(row.email) is None:
        return None, reader.language
    return row.email.lower(), row.language


def _is_due(tx: Tx, schedule: Schedule, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the letter of the week of `moment` is still to be made."""
    if schedule.since is not None and moment < schedule.since:
        return False
    made = select(WeeklyLetter.id).where(WeeklyLetter.week == _week(moment, zone))
    return tx.connection.scalar(made) is None


def _slot(schedule: Schedule, near: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of the letter in the week of `near`, as clocks show it here."""
    local = near.astimezone(zone)
    day = local.date() + timedelta(days=schedule.day - local.weekday())
    return datetime.combine(day, time(schedule.hour), zone).astimezone(UTC)


def _week(moment: datetime, zone: ZoneInfo) -> str:
    year, week, _ = moment.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"
