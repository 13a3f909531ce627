"""Who may read what neighbours do together, at each door: things.txt says, and every line is tried.

An offer, a date and a question for each audience; a card in the directory, an introduction and the
letter have tables of their own beside their tests.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.consultations import begin_consultation
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.weekly import WEEK, choose_schedule
from microfed.queries.letter import SCHEDULE
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from microfed.workers.keep_time import KeepTime
from microfed.workers.running import Wake
from tests.federation.test_ring import Quarter, asks, do
from tests.federation.test_ring import quarter as quarter
from tests.fediverse import Instance
from tests.web.conftest import BROWSER, Town, sign_in

pytestmark = pytest.mark.anyio
TABLE = Path(__file__).parent / "things.txt"
KINDS = ("offer", "date", "question")
AUDIENCES = (Audience.FOLLOWERS, Audience.LOCAL, Audience.RING, Audience.PUBLIC)
PAGES = {"offer": "/entraide", "date": "/agenda", "question": "/consultations"}
FEEDS = ("/entraide.atom", "/agenda.ics", "/latest.atom", "/lettre.atom")
DOORS = ("start", "list", "page", "feed", "app", "search", "letter", "fetch")
Cell = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that Amel said, and where it is."""

    kind: str
    audience: str
    title: str
    page: str
    post_id: int
    uri: str


def written() -> dict[Cell, set[str]]:
    """Return the table: who may read a thing at a door."""
    found: dict[Cell, set[str]] = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            kind, audience, door, who = (part.strip() for part in line.split("|"))
            found[kind, audience, door] = {name.strip() for name in who.split(",")} - {"-"}
    return found


def things(tx: Tx, amel: Actor) -> Iterator[Thing]:
    """Let Amel say one of each to each audience; a question is for the place, the ring or all."""
    for audience in AUDIENCES:
        said = f"Perceuse {audience}"
        offer = publish_aid(tx, author=amel, terms=Terms("offer", "loan", said), audience=audience)
        yield Thing("offer", audience, said, f"/entraide/{offer.id}", offer.id, offer.uri)
        said, starts = f"Fanfare {audience}", tx.now + timedelta(days=3)
        date = publish_event(
            tx, author=amel, plan=Plan(said, starts, None, "UTC"), audience=audience
        )
        yield Thing("date", audience, said, f"/agenda/{date.id}", date.id, date.uri)
        if audience is Audience.FOLLOWERS:
            continue
        said = f"Potager {audience}"
        asked = begin_consultation(
            tx, author=amel, title=said, words="On en parle ?", audience=audience
        )
        post = tx.session.get_one(Post, asked.post_id)
        yield Thing("question", audience, said, f"/consultations/{asked.id}", post.id, post.uri)


async def the_letter_comes(place: Instance) -> str:
    """The moment of the weekly letter has come; return where it stands."""

    def decide(tx: Tx) -> None:
        choose_schedule(tx, by=None, is_on=True, day=0, hour=0)
        kept = tx.session.get_one(Setting, SCHEDULE)
        kept.value = {**kept.value, "since": (tx.now - WEEK - timedelta(days=1)).isoformat()}

    do(place, decide)
    await KeepTime(place.house, Wake(place.house.db, "planned")).do_due()
    found = re.search(r"/lettre/\d{4}-W\d\d", (await place.client.get("/lettre")).text)
    assert found is not None
    return found[0]


async def test_every_line_of_the_table_holds(quarter: Quarter) -> None:
    # Given one of each thing for each audience, brought to whom it is for, and a letter
    all_things = do(
        quarter.belleville,
        lambda tx: list(things(tx, tx.session.get_one(Actor, quarter.amel.id))),
    )
    await quarter.settle()
    letter = await the_letter_comes(quarter.belleville)
    found: dict[Cell, set[str]] = {
        (one.kind, one.audience, door): set() for one in all_things for door in DOORS
    }

    # When each asks at each door
    for who, place, name in (
        ("anyone", quarter.belleville, None),
        ("ana", quarter.belleville, quarter.ana),
        ("marc", quarter.menil, quarter.marc),
        ("jo", quarter.jourdain, quarter.jo),
    ):
        transport = httpx.ASGITransport(place.app, raise_app_exceptions=False)
        url = f"https://{place.host}"
        async with httpx.AsyncClient(transport=transport, base_url=url, headers=BROWSER) as browser:
            town = Town(place, browser, {n: one.id for n, one in place.neighbours.items()})
            bearer = {"Accept": "application/json"}
            if name is not None:
                await sign_in(town, name.name)
                bearer["Authorization"] = f"Bearer {name.token}"
            pages = {
                "start": "/" if name is None else "/home",
                "list offer": PAGES["offer"],
                "list date": PAGES["date"],
                "list question": PAGES["question"],
                **({"letter": letter} if place is quarter.belleville else {}),
            }
            texts = {door: (await browser.get(path)).text for door, path in pages.items()}
            texts["start"] = texts["start"].partition('id="soon"')[2].partition("</section>")[0]
            texts["feed"] = "".join([(await browser.get(path)).text for path in FEEDS])
            app = httpx.AsyncClient(transport=transport, base_url=url, headers=bearer)
            for one in all_things:
                texts["list"] = texts[f"list {one.kind}"]
                if place is quarter.belleville:
                    texts["page"] = (await browser.get(one.page)).text
                    texts["app"] = (await app.get(f"/api/v1/statuses/{one.post_id}")).text
                searched = await app.get("/api/v2/search", params={"q": one.title})
                texts["search"] = searched.text
                for door in DOORS:
                    if one.title in texts.get(door, ""):
                        found[one.kind, one.audience, door].add(who)
            await app.aclose()
    for one in all_things:
        opened = found[one.kind, one.audience, "fetch"]
        if (await quarter.belleville.get(one.uri)).status_code == 200:
            opened.add("anyone")
        for place, person in ((quarter.menil, quarter.marc), (quarter.jourdain, quarter.jo)):
            if await asks(place, person.uri, one.uri) == 200:
                opened.add(person.name)

    # Then it is as the table says
    lines = {cell: ", ".join(sorted(who)) or "-" for cell, who in found.items()}
    assert lines == {cell: ", ".join(sorted(who)) or "-" for cell, who in written().items()}
