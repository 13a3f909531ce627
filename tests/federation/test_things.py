"""Who may read what neighbours do together, at each door: things.txt says, and every cell is tried.

What goes with these things has a table of its own: beside.txt, tried by test_beside.py.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from microfed.operations.secrets import unseal
from microfed.operations.weekly import send_letter
from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.weekly import WeeklyLetter
from tests.federation.reading import Reader, all_is_told, readers
from tests.federation.square import (
    AUDIENCES,
    ROLES,
    Square,
    Thing,
    gather_round,
    said_by_amel,
    suspend,
    the_letter_comes,
)
from tests.federation.test_ring import Quarter, asks, do
from tests.federation.test_ring import quarter as quarter

pytestmark = pytest.mark.anyio
TABLE = Path(__file__).parent / "things.txt"
DOORS = (
    *("list", "page", "profile", "tag", "latest", "desk", "feed", "calendar"),
    *("app", "context", "home", "timeline", "trends", "search", "news", "talks", "stream"),
    *("program", "inbox", "outbox", "fetch", "letter", "mail"),
)
Cell = tuple[str, str, str]


def written() -> dict[Cell, set[str]]:
    """Return the table: who may read a thing at a door."""
    found: dict[Cell, set[str]] = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            kinds, audience, doors, who = (part.strip() for part in line.split("|"))
            for kind in kinds.split(", "):
                for door in doors.split(", "):
                    cell = (kind, audience, door)
                    assert cell not in found, f"{cell} stands there twice"
                    found[cell] = named_by(who)
    return found


def named_by(who: str) -> set[str]:
    """Return the people for whom the words of a cell stand."""
    words = {word.strip() for word in who.split(",")} - {"-"}
    return {name for word in words for name in ROLES.get(word, (word,))}


def cells() -> set[Cell]:
    """Return all the cells there are."""
    return {
        (kind, audience, door)
        for kind, audiences in AUDIENCES.items()
        for audience in audiences
        for door in DOORS
        if door != "calendar" or kind == "date"
    }


def test_the_table_leaves_nothing_out() -> None:
    assert set(written()) == cells()


async def test_every_cell_of_the_table_holds(quarter: Quarter) -> None:
    # Given people who listen at every door, two shut out before; and one of each thing
    square = await gather_round(quarter)
    found: dict[Cell, set[str]] = {cell: set() for cell in cells()}
    async with readers(square) as everybody:
        suspend(square, "sam")
        things = said_by_amel(square)
        await quarter.settle()
        square.shut_out("tim")
        await quarter.settle()
        letter = await the_letter_comes(square.belleville)
        await all_is_told(square, everybody)

        # When each asks at each door
        for one in everybody:
            await looks_round(one, things, letter, found)
    await is_fetched(square, things, found)
    for address, words in mails(square).items():
        for thing in things:
            if thing.title in words:
                found[thing.kind, thing.audience, "mail"].add(address.partition("@")[0])

    # Then it is as the table says
    table = written()
    assert {cell: sorted(who) for cell, who in found.items()} == {
        cell: sorted(who) for cell, who in table.items()
    }


async def looks_round(
    one: Reader, things: list[Thing], letter: str, found: dict[Cell, set[str]]
) -> None:
    """Somebody goes from door to door; it is written down what they found."""
    who, once = one.name or "anyone", await one.at_once()
    if one.is_here:
        once["letter"] = await one.page(letter) + await one.page("/desk/letter")
    at_the_start = []
    for thing in things:
        texts = {**once, **await one.of(thing)}
        for door in ("list", "search"):
            texts[door] = texts[f"{door} {thing.kind}"]
        for door in set(DOORS) & set(texts):
            if (thing.more if door == "talks" else thing.title) in texts[door]:
                found[thing.kind, thing.audience, door].add(who)
        # Where one begins, a few of those that stand in the list are shown, and no others
        if thing.title in texts["start"]:
            assert thing.title in texts["list"], f"{who}: {thing.title}"
            at_the_start.append(thing)
    assert at_the_start or who in (*ROLES["shut out"], *ROLES["suspended"])


async def is_fetched(square: Square, things: list[Thing], found: dict[Cell, set[str]]) -> None:
    """Each thing is asked for where it lives, by anyone, and signed by people elsewhere."""
    for thing in things:
        opened = found[thing.kind, thing.audience, "fetch"]
        if (await square.belleville.get(thing.uri)).status_code == 200:
            opened.add("anyone")
        for name, person in square.people.items():
            if person.instance is not square.belleville and (
                await asks(person.instance, person.uri, thing.uri) == 200
            ):
                opened.add(name)


def mails(square: Square) -> dict[str, str]:
    """Let the letter go out by mail, as where there is a mail server; return all that was written
    to each address."""

    def work(tx: Tx) -> dict[str, str]:
        letter = tx.session.scalars(select(WeeklyLetter)).one()
        send_letter(tx, letter_id=letter.id, zone=ZoneInfo("Europe/Paris"))
        found: dict[str, str] = {}
        for mail in tx.session.scalars(select(Mail)):
            words = mail.subject + unseal(tx, mail.text) + unseal(tx, mail.more or "")
            found[mail.address] = found.get(mail.address, "") + words
        return found

    return do(square.belleville, work)
