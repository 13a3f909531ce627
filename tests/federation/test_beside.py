"""Who learns of what goes with the things of a neighbourhood: beside.txt says, and what stands
nowhere in it, nobody reads at any of these doors."""

from pathlib import Path

import pytest

from tests.federation.beside import MARKS, Beside, set_out
from tests.federation.reading import DESK, Reader, readers
from tests.federation.square import gather_round, suspend
from tests.federation.test_ring import Quarter
from tests.federation.test_ring import quarter as quarter
from tests.federation.test_things import named_by

pytestmark = pytest.mark.anyio
TABLE = Path(__file__).parent / "beside.txt"
APP = (
    *("/api/v1/notifications?limit=80", "/api/v2/notifications?limit=80"),
    *("/api/v1/conversations?limit=40", "/api/v1/timelines/home?limit=40"),
    *("/api/v1/accounts/{amel}/statuses?limit=40", "/api/v1/accounts/{amel}", "/api/v1/directory"),
    *("/api/v1/statuses/{offer}/context", "/api/v1/statuses/{date}/context"),
    *("/api/v1/circles", "/api/v1/scheduled_statuses", "/api/v2/search?q=zz&limit=40"),
)
# Names stand in many a place: these are looked for where they would say something.
AT = {
    "with whom it is agreed": "board",
    "who comes": "date",
    "who does not come": "date",
    "date of one who comes": "calendar",
}
Cell = tuple[str, str]


def written() -> dict[Cell, set[str]]:
    """Return the table: who learns of something at a door."""
    found: dict[Cell, set[str]] = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            what, doors, who = (part.strip() for part in line.split("|"))
            for door in doors.split(", "):
                assert (what, door) not in found, f"{what}, {door} stands there twice"
                assert what in MARKS, what
                found[what, door] = named_by(who)
    return found


async def test_nobody_else_learns_of_it(quarter: Quarter) -> None:
    # Given what is set out, and then one whom Amel shuts out and one whom the admin suspends
    square = await gather_round(quarter)
    square.people["amel"] = quarter.amel
    found: dict[Cell, set[str]] = {}
    async with readers(square, listen=False) as everybody:
        there = set_out(square)
        await quarter.settle()
        square.shut_out("tim")
        suspend(square, "sam")
        await quarter.settle()

        # When each looks round
        for one in everybody:
            for door, text in (await at_the_doors(one, there)).items():
                for what, mark in MARKS.items():
                    if mark in text and AT.get(what, door) == door:
                        found.setdefault((what, door), set()).add(one.name or "anyone")
        for name, key in there.keys.items():
            calendar = await everybody[0].page(f"/agenda/calendar/{key}.ics")
            if MARKS["date of one who comes"] in calendar:
                found.setdefault(("date of one who comes", "calendar"), set()).add(name)

    # Then it is as the table says
    assert {cell: sorted(who) for cell, who in found.items()} == {
        cell: sorted(who) for cell, who in written().items() if who
    }


async def at_the_doors(one: Reader, there: Beside) -> dict[str, str]:
    """Return what somebody reads at each door, without their own name, where they are greeted."""
    amel = one.square.quarter.amel
    numbers = {"amel": one.number_of(amel.uri), "offer": there.offer, "date": there.date}
    pages = {
        "news": ("/introductions", "/news", "/talks"),
        "directory": ("/annuaire", "/annuaire?q=zz&ring=1"),
        "own": ("/bilan?days=90", "/circles", "/planned", "/mine", "/settings/export"),
    }
    if one.is_here:
        pages |= {
            "board": (f"/entraide/{there.offer}",),
            "date": (f"/agenda/{there.date}",),
            "votes": (
                *("/consultations", f"/consultations/{there.running}"),
                f"/consultations/{there.decided}",
            ),
            "desk": (*(path.format(amel=amel.id) for path in DESK), "/desk/letter"),
        }
    texts = {door: "".join([await one.page(path) for path in all_]) for door, all_ in pages.items()}
    texts["app"] = "".join([await one.say(path.format(**numbers)) for path in APP if one.is_here])
    if one.name is not None:
        texts["program"] = await one.pages_of(f"/users/{one.name}/inbox?page=true")
    texts["program"] = texts.get("program", "") + await one.pages_of(f"{amel.uri}/outbox?page=true")
    texts["card"] = await one.document(amel.uri) if one.is_here else ""
    own = f"zz-{one.name}"
    return {door: text.replace(own, "") for door, text in texts.items()}
