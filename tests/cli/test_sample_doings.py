"""What the demo puts into its towns: whoever tries it finds every page alive, in both languages."""

import pytest
from sqlalchemy import func, select

from microfed.cli.sample_doings import DOINGS, furnish
from microfed.cli.sample_life import MEMBERS, TOWNS
from microfed.operations.members import add_member
from microfed.queries.events import agenda
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.weekly import WeeklyLetter
from tests.web.conftest import Town as Place
from tests.web.conftest import sign_in
from tests.web.conftest import town as town

PAGES = {
    "/entraide": ("offer", "need"),
    "/agenda": ("workshop", "weekly"),
    "/consultations": ("decided", "running"),
    "/groups": ("group",),
    "/annuaire": ("trades",),
    "/lettre": (),
    "/introductions": ("reason",),
    "/home": ("card",),
}


def words_of(key: str, name: str) -> str:
    found = getattr(DOINGS[key], name)
    if name in ("offer", "need", "decided", "running"):
        return str(found.title)
    if name == "trades":
        return str(next(iter(found.values())).trade)
    return str(found[1] if name == "group" else found if isinstance(found, str) else found[0])


@pytest.mark.parametrize("key", [one.key for one in TOWNS])
async def test_every_page_of_a_town_is_alive(town: Place, key: str) -> None:
    language = next(one.language for one in TOWNS if one.key == key)

    def work(tx: Tx) -> None:
        people: dict[str, Actor] = {}
        for name, shown, role in MEMBERS[key]:
            people[name] = add_member(
                tx, name=name, display_name=shown, role=role, language=language
            )
        furnish(tx, town=key, language=language, people=people)

    town.change(work)
    for name, *_ in MEMBERS[key]:
        town.people[name] = town.change(
            lambda tx, name=name: tx.connection.scalar(
                select(Actor.id).where(Actor.name_key == name, Actor.host == "")
            )
        )
    await sign_in(town, MEMBERS[key][1][0])

    for path, names in PAGES.items():
        page = (await town.get(path)).text.replace("&#39;", "'")
        for name in names:
            assert words_of(key, name)[:30] in page, (path, name)

    def counts(tx: Tx) -> tuple[list[str], int, int]:
        asked = tx.session.scalars(select(Consultation))
        states = sorted("open" if one.closed_at is None else "closed" for one in asked)
        letters = tx.connection.scalar(select(func.count()).select_from(WeeklyLetter)) or 0
        return states, letters, len(agenda(tx, None))

    assert town.change(counts) == (["closed", "open"], 1, 7)
