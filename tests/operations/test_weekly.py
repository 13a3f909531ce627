"""The neighbourhood's letter: made once a week, on its day, of what each may read."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from microfed.errors import Forbidden, Invalid
from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.consultations import begin_consultation
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.letter_pages import SHOWN, as_html, as_text
from microfed.operations.letter_readers import (
    confirm_reader,
    drop_unconfirmed,
    end_letter,
    end_link,
    subscribe,
    subscribe_member,
)
from microfed.operations.taking_back import delete_post
from microfed.operations.weekly import (
    AT_ONCE,
    choose_schedule,
    make_due_letter,
    next_letter_at,
    send_letter,
    write_words,
)
from microfed.queries.letter import issue, letters, next_words
from microfed.queries.visibility import Viewer
from microfed.store.database import Database, Tx
from microfed.store.letters import Mail
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.store.queues import Job
from microfed.store.weekly import LetterReader, LetterSend, WeeklyLetter
from microfed.vocab.audience import Audience
from microfed.words import all_words
from tests.people import has_device, neighbour

PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2026, 11, 27, 8, tzinfo=PARIS)  # of week 48
SITE = "https://home.test"


@pytest.fixture
def amel(tx: Tx) -> Actor:
    actor = neighbour(tx, "amel", role="admin")
    has_device(tx, actor.id)
    return actor


def at(tx: Tx, moment: datetime) -> None:
    tx.now = moment.astimezone(UTC)


def turn_on(tx: Tx, amel: Actor, *, before: timedelta = timedelta(days=2)) -> None:
    """The letter goes out on Fridays at eight; that was decided on the Wednesday before."""
    at(tx, FRIDAY - before)
    choose_schedule(tx, by=amel, is_on=True, day=4, hour=8)


def offer(tx: Tx, author: Actor, title: str, audience: Audience) -> int:
    terms = Terms("offer", "loan", title, place="rue Piat")
    return publish_aid(tx, author=author, terms=terms, audience=audience).id


def made(tx: Tx) -> WeeklyLetter | None:
    return make_due_letter(tx, PARIS, language="fr")


async def test_it_is_made_on_its_day_once_and_again_a_week_later(tx: Tx, amel: Actor) -> None:
    turn_on(tx, amel)
    write_words(tx, by=amel, text="Bonjour à tous !")
    assert next_letter_at(tx, PARIS) == FRIDAY
    assert made(tx) is None  # not yet

    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None and (letter.week, letter.words) == ("2026-W48", "Bonjour à tous !")
    assert next_words(tx) == ""
    for later in (timedelta(0), timedelta(hours=5), timedelta(days=2)):
        at(tx, FRIDAY + later)
        assert made(tx) is None
    assert next_letter_at(tx, PARIS) == FRIDAY + timedelta(days=7)
    at(tx, FRIDAY + timedelta(days=7))
    write_words(tx, by=amel, text="Encore une semaine.")
    again = made(tx)
    assert again is not None and again.week == "2026-W49"
    assert [one.week for one in letters(tx, most=9)] == ["2026-W49", "2026-W48"]


async def test_after_a_night_without_power_it_comes_late_but_not_a_week_late(
    tx: Tx, amel: Actor
) -> None:
    turn_on(tx, amel)
    write_words(tx, by=amel, text="Bonjour")

    at(tx, FRIDAY + timedelta(days=2))
    assert next_letter_at(tx, PARIS) == FRIDAY
    assert made(tx) is not None

    at(tx, FRIDAY + timedelta(days=12))  # Wednesday: what the week before missed stays missed
    assert made(tx) is None
    assert next_letter_at(tx, PARIS) == FRIDAY + timedelta(days=14)


async def test_turning_it_on_or_changing_its_hour_sends_nothing_at_once(
    tx: Tx, amel: Actor
) -> None:
    at(tx, FRIDAY + timedelta(hours=3))
    choose_schedule(tx, by=amel, is_on=True, day=4, hour=8)
    write_words(tx, by=amel, text="Bonjour")
    assert made(tx) is None
    assert next_letter_at(tx, PARIS) == FRIDAY + timedelta(days=7)

    choose_schedule(tx, by=amel, is_on=False, day=4, hour=8)
    at(tx, FRIDAY + timedelta(days=7))
    assert (made(tx), next_letter_at(tx, PARIS)) == (None, None)


async def test_eight_is_eight_in_summer_and_in_winter(tx: Tx, amel: Actor) -> None:
    at(tx, datetime(2026, 10, 21, 12, tzinfo=PARIS))
    choose_schedule(tx, by=amel, is_on=True, day=4, hour=8)
    hours = []
    for week in range(3):  # clocks are put back on the 25th
        at(tx, datetime(2026, 10, 21, 12, tzinfo=PARIS) + timedelta(days=7 * week))
        due = next_letter_at(tx, PARIS)
        assert due is not None
        hours.append((due.astimezone(UTC).hour, due.astimezone(PARIS).hour))

    assert hours == [(6, 8), (7, 8), (7, 8)]


async def test_a_week_without_anything_has_no_letter(tx: Tx, amel: Actor) -> None:
    tx.session.get_one(Member, amel.id).approved_at = FRIDAY - timedelta(days=90)
    turn_on(tx, amel)

    at(tx, FRIDAY)
    assert made(tx) is None

    assert letters(tx, most=9) == []
    assert next_letter_at(tx, PARIS) == FRIDAY + timedelta(days=7)
    assert tx.session.scalar(select(Job.id).where(Job.kind == "send_letter")) is None


async def test_what_is_among_neighbours_is_never_in_the_part_for_everyone(
    tx: Tx, amel: Actor
) -> None:
    turn_on(tx, amel)
    leo = neighbour(tx, "leo", display_name="Léo")
    tx.session.get_one(Member, leo.id).approved_at = tx.now
    for title, audience in (
        ("À tous", Audience.PUBLIC),
        ("Ici seulement", Audience.LOCAL),
        ("Dans l’anneau", Audience.RING),
        ("Mes abonnés", Audience.FOLLOWERS),
        ("Sans bruit", Audience.QUIET),
    ):
        offer(tx, leo, title, audience)
    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None

    def titles(viewer: Viewer | None) -> list[list[str]]:
        return [[line.title for line in part.lines] for part in issue(tx, letter, viewer).sections]

    assert titles(None) == [["À tous"]]
    inside = titles(Viewer(amel.id))
    assert inside[0] == ["À tous", "Ici seulement", "Dans l’anneau"]
    assert "Léo" in inside[1]
    public = as_html(all_words()["fr"], issue(tx, letter, None), PARIS, url=SITE)
    assert "Ici" not in public and "Léo" not in public


async def test_what_takes_place_and_what_is_decided_stand_in_it_for_whom_they_are(
    tx: Tx, amel: Actor
) -> None:
    turn_on(tx, amel)
    for title, audience, days in (
        ("Fête de la cour", Audience.LOCAL, 9),
        ("Repair café", Audience.PUBLIC, 4),
        ("L’an prochain", Audience.PUBLIC, 60),
    ):
        plan = Plan(title, FRIDAY.astimezone(UTC) + timedelta(days=days), zone="Europe/Paris")
        publish_event(tx, author=amel, plan=plan, audience=audience)
    begin_consultation(tx, author=amel, title="Le compost", words="", audience=Audience.LOCAL)
    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None

    def said(viewer: Viewer | None) -> list[tuple[str, list[str]]]:
        parts = issue(tx, letter, viewer).sections
        return [(part.name, [line.title for line in part.lines]) for part in parts]

    assert said(None) == [("events", ["Repair café"])]
    assert said(Viewer(amel.id))[:2] == [
        ("events", ["Repair café", "Fête de la cour"]),
        ("consultations", ["Le compost"]),
    ]
    text = as_text(all_words()["fr"], issue(tx, letter, None), PARIS, url=SITE, stop="")
    assert "- mardi 1er décembre 2026, 08:00 · Repair café" in text


async def test_what_is_taken_back_is_gone_from_the_letter(tx: Tx, amel: Actor) -> None:
    turn_on(tx, amel)
    id_ = offer(tx, amel, "Perceuse", Audience.PUBLIC)
    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None and issue(tx, letter, None).sections

    delete_post(tx, author=amel, post=tx.session.get_one(Post, id_))

    assert issue(tx, letter, None).sections == []


async def test_hostile_words_stay_words_and_a_long_week_stays_one_page(tx: Tx, amel: Actor) -> None:
    turn_on(tx, amel)
    write_words(tx, by=amel, text="<img src=x onerror=alert(1)>\n\nhttps://ailleurs.test/?utm=1")
    for number in range(SHOWN + 5):
        offer(tx, amel, f"<b>Perceuse</b> {number:02} <img src=https://x.test>", Audience.PUBLIC)
    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None

    read = issue(tx, letter, None)
    html = as_html(all_words()["fr"], read, PARIS, url=SITE)
    text = as_text(all_words()["fr"], read, PARIS, url=SITE, stop=f"{SITE}/stop")

    assert "<img" not in html and "&lt;img" in html
    assert 'href="https://ailleurs.test/?utm=1"' in html  # as it was typed
    assert html.count("<li ") == SHOWN and f"{SITE}/entraide" in html
    assert "Perceuse</b> 11" in text and "Perceuse</b> 12" not in text
    assert "https://ailleurs.test/?utm=1" in text


async def test_who_may_say_what_it_begins_with_and_when_it_goes_out(tx: Tx, amel: Actor) -> None:
    leo, nour = neighbour(tx, "leo"), neighbour(tx, "nour", role="organiser")

    write_words(tx, by=nour, text="Bonjour")
    for who in (leo, nour):
        with pytest.raises(Forbidden):
            choose_schedule(tx, by=who, is_on=True, day=1, hour=1)
    with pytest.raises(Forbidden):
        write_words(tx, by=leo, text="Achetez !")
    with pytest.raises(Invalid):
        write_words(tx, by=amel, text="x" * 3_001)
    for day, hour in ((7, 1), (-1, 1), (1, 24)):
        with pytest.raises(Invalid):
            choose_schedule(tx, by=amel, is_on=True, day=day, hour=hour)

    assert next_words(tx) == "Bonjour"


def readers(tx: Tx, count: int) -> None:
    for number in range(count):
        subscribe(tx, address=f"n{number}@mail.test", language="fr")
    for reader in tx.session.scalars(select(LetterReader)):
        reader.confirmed_at = tx.now
    tx.flush()


async def test_it_goes_to_each_reader_once_however_often_it_is_broken_off(
    tx: Tx, amel: Actor
) -> None:
    turn_on(tx, amel)
    readers(tx, AT_ONCE + 7)
    offer(tx, amel, "Perceuse", Audience.PUBLIC)
    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None

    for _ in range(2):  # broken off after the first part, and done again from the start
        assert send_letter(tx, letter_id=letter.id, zone=PARIS) == AT_ONCE
    rest = tx.session.scalars(select(Job.arguments).where(Job.kind == "send_letter")).all()
    after = max(one.get("after", 0) for one in rest)
    for _ in range(2):
        assert send_letter(tx, letter_id=letter.id, zone=PARIS, after=after) == 7

    went = select(Mail.address).where(Mail.kind == "weekly")
    addresses = tx.session.scalars(went).all()
    assert len(addresses) == len(set(addresses)) == AT_ONCE + 7
    assert tx.session.scalar(select(func.count(LetterSend.id))) == AT_ONCE + 7


async def test_a_member_gets_one_letter_even_with_their_address_on_the_list_of_strangers(
    tx: Tx, amel: Actor
) -> None:
    turn_on(tx, amel)
    leo = neighbour(tx, "leo", email="leo@mail.test")
    subscribe_member(tx, member_id=leo.id)
    readers(tx, 1)
    subscribe(tx, address="LEO@mail.test", language="en")
    for reader in tx.session.scalars(select(LetterReader)):
        reader.confirmed_at = tx.now
    offer(tx, amel, "Ici seulement", Audience.LOCAL)
    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None

    send_letter(tx, letter_id=letter.id, zone=PARIS)

    # The stranger gets none: all that happened was among neighbours.
    went = tx.session.scalars(select(Mail.address).where(Mail.kind == "weekly")).all()
    assert went == ["leo@mail.test"]


async def test_who_has_not_confirmed_left_or_was_shut_out_gets_nothing(tx: Tx, amel: Actor) -> None:
    turn_on(tx, amel)
    leo = neighbour(tx, "leo", email="leo@mail.test")
    subscribe_member(tx, member_id=leo.id)
    for name in ("a", "b"):
        subscribe(tx, address=f"{name}@mail.test", language="fr")
    by_address = {one.address: one for one in tx.session.scalars(select(LetterReader))}
    tokens = {name: end_link(tx, one).rpartition("/")[2] for name, one in by_address.items()}
    for name in (None, "b@mail.test"):
        confirm_reader(tx, token=tokens[name])
    for _ in range(2):
        end_letter(tx, token=tokens["b@mail.test"])
    tx.session.get_one(Member, leo.id).suspended_at = tx.now
    offer(tx, amel, "Perceuse", Audience.PUBLIC)
    at(tx, FRIDAY)
    letter = made(tx)
    assert letter is not None

    send_letter(tx, letter_id=letter.id, zone=PARIS)

    assert tx.session.scalars(select(Mail.id).where(Mail.kind == "weekly")).all() == []


async def test_an_address_that_nobody_confirmed_is_forgotten_after_a_week(tx: Tx) -> None:
    at(tx, FRIDAY)
    for name in ("a", "b"):
        subscribe(tx, address=f"{name}@mail.test", language="fr")
    (first, _) = tx.session.scalars(select(LetterReader).order_by(LetterReader.id)).all()
    first.confirmed_at = tx.now
    tx.flush()

    at(tx, FRIDAY + timedelta(days=8))
    assert drop_unconfirmed(tx) == 1

    assert tx.session.scalars(select(LetterReader.address)).all() == ["a@mail.test"]


def test_two_processes_make_it_once(db: Database) -> None:
    with db.writing() as tx:
        amel = neighbour(tx, "amel", role="admin")
        has_device(tx, amel.id)
        turn_on(tx, amel)
        write_words(tx, by=amel, text="Bonjour")

    def make(_: int) -> bool:
        with db.writing() as tx:
            at(tx, FRIDAY)
            return made(tx) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(make, range(4))) == [False, False, False, True]
