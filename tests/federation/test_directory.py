"""The directory at each of its doors: what is for those here, for the ring, and for everyone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from microfed.errors import Refused
from microfed.operations.directory import Entry, change_entry
from microfed.queries.people import keys_of
from microfed.remote.signatures import Signer
from microfed.store.people import Actor
from microfed.vocab.directory import MOST_FOUND, read_found
from tests.federation.test_alliances import ends, proposes
from tests.fediverse import Fediverse, Instance
from tests.web.conftest import BROWSER, Town, sign_in

# What Léa says to everyone, to the ring, and to those who live here alone.
EVERYONE, RING, HERE, NOBODY = "Luthière", "Violoncelle", "Chorale", "rue Piat"
ALL = {EVERYONE, RING, HERE, NOBODY}
ASKED = "https://belleville.test/ring/directory?q="


@dataclass
class Quarter:
    """Léa and Amel live in Belleville, allied with Ménil where Marc lives; not with Jourdain."""

    fediverse: Fediverse
    belleville: Town
    menil: Town
    jourdain: Town


@pytest.fixture
async def quarter(fediverse: Fediverse) -> AsyncIterator[Quarter]:
    towns = []
    for host in ("belleville.test", "menil.test", "jourdain.test"):
        place = await fediverse.instance(host, language="fr")
        transport = httpx.ASGITransport(place.app, raise_app_exceptions=False)
        browser = httpx.AsyncClient(
            transport=transport, base_url=f"https://{host}", headers=BROWSER
        )
        towns.append(Town(place, browser))
    belleville, menil, jourdain = towns
    for town, name in ((belleville, "lea"), (belleville, "amel"), (menil, "marc")):
        town.add(name, display_name=name.capitalize())
    await proposes(belleville.instance, menil.instance)
    await proposes(menil.instance, belleville.instance)
    await fediverse.settle()
    shown_to = {"trade": "public", "skills": "ring", "associations": "here"}
    entry = Entry(EVERYONE, (RING,), (HERE,), NOBODY, shown_to)
    lea = belleville.people["lea"]
    belleville.change(
        lambda tx: change_entry(tx, actor=tx.session.get_one(Actor, lea), entry=entry)
    )
    yield Quarter(fediverse, belleville, menil, jourdain)
    for town in towns:
        await town.browser.aclose()


def told(text: str) -> set[str]:
    return {what for what in ALL if what in text}


async def ask(place: Instance, words: str) -> str:
    """A place asks Belleville, signed by itself."""
    return str(await place.house.fetcher.anonymous(f"{ASKED}{words}"))


async def test_each_sees_what_is_for_them_at_each_door(quarter: Quarter) -> None:
    belleville, menil = quarter.belleville, quarter.menil

    # A stranger: on the page, by an app, and on the actor
    for path in ("/annuaire", "/annuaire?q=luthiere"):
        assert told((await belleville.get(path)).text) == {EVERYONE}, path
    for words in ("violoncelle", "chorale", "piat"):
        assert ">lea<" not in (await belleville.get(f"/annuaire?q={words}")).text
    document = await belleville.instance.get("/users/lea")
    assert told(document.text) == {EVERYONE}
    assert told((await belleville.get("/@lea")).text) <= {EVERYONE}
    by_app = await belleville.get("/api/v1/directory", Accept="application/json")
    assert told(by_app.text) <= {EVERYONE}
    # An ally, signed by the place; and nobody may ask for everybody
    assert told(await ask(menil.instance, "luthiere")) == {EVERYONE, RING}
    assert told(await ask(menil.instance, "violonc")) == {EVERYONE, RING}
    assert told(await ask(menil.instance, "chorale")) == set()
    for nothing in ("", "a", "%25"):
        with pytest.raises(Refused):
            await ask(menil.instance, nothing)
    # A member
    await sign_in(belleville, "amel")
    assert told((await belleville.get("/annuaire")).text) == {EVERYONE, RING, HERE}
    for words in ("luthiere", "violoncelle", "chorale"):
        assert "Lea</a>" in (await belleville.get(f"/annuaire?q={words}")).text
    assert "Lea</a>" not in (await belleville.get("/annuaire?q=piat")).text


async def test_whoever_is_no_ally_learns_nothing_by_asking_as_one(quarter: Quarter) -> None:
    belleville, menil = quarter.belleville, quarter.menil

    unsigned = await belleville.instance.get("/ring/directory?q=luthiere")
    assert unsigned.status_code == 401 and told(unsigned.text) == set()
    with pytest.raises(Refused):  # signed by a place that is not allied
        await ask(quarter.jourdain.instance, "luthiere")
    # And by somebody of an allied place, who is not the place
    marc = menil.people["marc"]

    def signer(tx: Any) -> Signer:
        key = next(key for key in keys_of(tx, marc) if key.algorithm == "rsa")
        return Signer(key.uri, key.private)

    with pytest.raises(Refused):
        await menil.instance.house.fetcher.document(f"{ASKED}luthiere", sign=menil.change(signer))

    await ends(menil.instance, belleville.instance)
    await quarter.fediverse.settle()
    with pytest.raises(Refused):  # nor by one that is allied no more
        await ask(menil.instance, "luthiere")


async def test_a_member_asks_the_ring_and_an_ally_that_is_down_is_said_so(
    quarter: Quarter,
) -> None:
    menil = quarter.menil
    await sign_in(menil, "marc")
    assert "Ask the allied places too" in (await menil.get("/annuaire")).text

    found = (await menil.get("/annuaire?q=violoncelle&ring=1")).text
    assert told(found.replace('value="violoncelle"', "")) == {EVERYONE, RING}
    assert "@lea@belleville.test" in found
    assert "/authorize_interaction?uri=https%3A//belleville.test/users/lea" in found
    assert "Nobody there says so" in (await menil.get("/annuaire?q=chorale&ring=1")).text
    assert "type a word of two letters" in (await menil.get("/annuaire?ring=1")).text

    quarter.fediverse.network.down.add("belleville.test")
    down = await menil.get("/annuaire?q=violoncelle&ring=1")
    assert down.status_code == 200
    assert "belleville.test does not answer at the moment" in down.text
    # A stranger makes us ask nobody
    asked = len(quarter.fediverse.network.sent)
    menil.browser.cookies.clear()
    assert (await menil.get("/annuaire?q=violoncelle&ring=1")).status_code == 200
    assert len(quarter.fediverse.network.sent) == asked


def test_an_ally_speaks_of_its_own_people_and_no_more_than_a_few() -> None:
    person = {"id": "https://menil.test/users/jo", "preferredUsername": "jo", "name": "x" * 999}
    fact = {"type": "PropertyValue", "name": "Métier", "value": "<b>Luthier</b>"}
    items = [
        {**person, "id": "https://evil.test/users/jo"},
        {**person, "id": "https://menil.test.evil.test/users/jo"},
        {**person, "preferredUsername": None},
        "https://menil.test/users/jo",
        {**person, "url": "javascript:alert(1)", "attachment": [fact, "x", {"name": 1}] * 99},
        *([person] * 100),
    ]

    found = read_found({"items": items}, "https://menil.test")

    assert len(found) == MOST_FOUND
    assert found[0].page == found[0].uri == "https://menil.test/users/jo"
    assert len(found[0].name) == 100 and len(found[0].facts) == 12
    assert read_found({"items": "nothing"}, "https://menil.test") == []
    assert read_found({}, "https://menil.test") == []
