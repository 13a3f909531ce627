"""An event from its first word to a calendar program: planned in a browser, in French, answered
from Mobilizon, Friendica, Mastodon, by mail and on the page, with four places for five people."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from icalendar import Calendar
from playwright.async_api import Browser, Page

from microfed.store.people import Member
from microfed.workers.running import Wake
from microfed.workers.send_mails import SendMails
from tests.components.processes import free_port
from tests.fediverse import Fediverse, Instance
from tests.mails.conftest import Post
from tests.mails.conftest import post as post
from tests.strangers import Stranger, strange_server
from tests.web.conftest import PASSWORD, PASSWORD_HASH
from tests.web.khal import khal_lists

pytestmark = pytest.mark.anyio
DAY, TITLE = "2027-03-27", "Café-réparation"  # the day before the clocks go forward


@dataclass
class Stage:
    """A place behind a real socket; its workers work when they are told to."""

    fediverse: Fediverse
    place: Instance
    url: str
    post: Post

    async def settle(self) -> None:
        """Let everything happen: what is to be delivered, and mails."""
        await self.fediverse.settle()
        house = self.place.house
        await SendMails(house, Wake(house.db, "mails")).send_due()

    async def takes(self, sender: Stranger, activity: dict[str, Any]) -> None:
        """Something signed arrives from elsewhere."""
        assert (await sender.sends(self.place, activity)).status_code == 202
        await self.settle()


@pytest.fixture
async def stage(fediverse: Fediverse, post: Post) -> AsyncIterator[Stage]:
    port = free_port()
    place = await fediverse.instance(
        f"localhost:{port}",
        scheme="http",
        name="Ménilmontant",
        language="fr",
        timezone="Europe/Paris",
        smtp_url=f"smtp://127.0.0.1:{post.port}",
    )
    for name in ("amel", "bea"):
        who = place.add(name, language="fr")
        with place.house.db.writing() as tx:
            tx.session.get_one(Member, who.id).password_hash = PASSWORD_HASH
    async with _served(place, port):
        yield Stage(fediverse, place, f"http://localhost:{port}", post)


@asynccontextmanager
async def _served(place: Instance, port: int) -> AsyncIterator[None]:
    config = uvicorn.Config(
        place.app, host="127.0.0.1", port=port, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[config.bind_socket()]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def _phone(browser: Browser, url: str) -> AsyncIterator[Page]:
    context = await browser.new_context(
        locale="fr-FR", viewport={"width": 360, "height": 740}, java_script_enabled=False
    )
    context.set_default_timeout(20_000)
    page = await context.new_page()
    await page.goto(url)
    yield page
    await context.close()


async def _sign_in(page: Page, url: str, name: str) -> None:
    await page.goto(f"{url}/sign-in")
    await page.get_by_label("Nom").first.fill(name)
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.locator("main form button").first.click()


async def _plan(page: Page) -> str:
    """Plan something in the form; return the address of its page."""
    await page.get_by_label("En quelques mots").fill(TITLE)
    await page.get_by_label("Jour", exact=True).fill(DAY)
    await page.get_by_label("Heure", exact=True).fill("14:00")
    await page.get_by_label("Jusqu’à l’heure").fill("17:00")
    await page.get_by_label("Où").fill("Maison du Bas-Belleville")
    await page.get_by_label("De la place pour combien").fill("4")
    await page.get_by_label("On peut aussi venir sans compte").check()
    await page.get_by_label("Pour qui").select_option("public")
    await page.get_by_role("button", name="Mettre à l’agenda").click()
    return page.url


async def _answer_by_mail(stage: Stage, browser: Browser, event: str) -> str:
    """A guest leaves an address, follows the link, says yes; return the link."""
    async with _phone(browser, event) as page:
        await page.get_by_label("Comment vous vous appelez").fill("Zoé")
        await page.get_by_label("Adresse électronique").fill("zoe@mail.test")
        await page.get_by_role("button", name="Je viens").click()
        await stage.settle()
        link = re.findall(r"http://\S+/agenda/answer/\S+", stage.post.mails[-1].get_content())[0]
        await page.goto(link)
        await page.get_by_role("button", name="Oui, je viens").click()
        assert "Vous avez une place, Zoé" in await page.locator("main").inner_text()
    return str(link)


def _last_note(stage: Stage, to: Stranger) -> dict[str, Any]:
    said = [d["object"] for box, d in to.server.taken if box == f"{to.uri}/inbox"]
    notes = [one for one in said if isinstance(one, dict) and "content" in one]
    return dict(notes[-1])


async def test_an_event_is_answered_from_everywhere_and_read_by_a_calendar(
    stage: Stage, browser: Browser, tmp_path: Path
) -> None:
    south = strange_server(stage.fediverse, "south.test")
    mobi, frida, toot = (south.person(name) for name in ("mobi", "frida", "toot"))
    async with _phone(browser, stage.url) as page:
        await _sign_in(page, stage.url, "amel")
        await page.goto(f"{stage.url}/agenda/new")
        event = await _plan(page)
    id_ = event.rsplit("/", 1)[1]
    uri = f"{stage.url}/users/amel/posts/{id_}"

    # Mobilizon joins, Friendica accepts
    await stage.takes(mobi, mobi.does("Join", uri, participationMessage=None))
    assert [s["type"] for box, s in south.taken if box == f"{mobi.uri}/inbox"] == ["Accept"]
    await stage.takes(frida, frida.does("Accept", uri))
    # Mastodon answers with words, is asked, and votes
    amel = f"{stage.url}/users/amel"
    wish = toot.note(
        "<p>Je viens !</p>", inReplyTo=uri, tag=[{"type": "Mention", "href": amel, "name": "@amel"}]
    )
    await stage.takes(toot, toot.creates(wish))
    question = _last_note(stage, toot)
    assert question["type"] == "Question"
    vote = {
        "id": f"{toot.uri}#votes/1",
        "type": "Note",
        "name": question["oneOf"][0]["name"],
        "attributedTo": toot.uri,
        "inReplyTo": question["id"],
        "to": amel,
    }
    await stage.takes(toot, toot.does("Create", vote, to=[amel]))
    assert "vous venez" in _last_note(stage, toot)["content"]
    # A guest comes by mail, and has the last place
    link = await _answer_by_mail(stage, browser, event)

    # On the page, a neighbour finds it full, waits, and comes in once the guest does not come
    async with _phone(browser, stage.url) as page:
        await _sign_in(page, stage.url, "bea")
        await page.goto(event)
        assert "4 personnes viennent" in await page.locator("dl").inner_text()
        await page.get_by_role("button", name="Attendre une place").click()
        assert "sur la liste d’attente" in await page.locator("main").inner_text()
        async with _phone(browser, link) as other:
            await other.get_by_role("button", name="Finalement je ne viens pas").click()
        await page.goto(event)
        assert "Vous venez." in await page.locator("main").inner_text()
        assert "4 personnes viennent" in await page.locator("dl").inner_text()

    # Calendars read the same, at the hour on the wall there
    async with httpx.AsyncClient(trust_env=False) as client:
        feed = await client.get(f"{stage.url}/agenda.ics")
        document = (await client.get(uri, headers={"Accept": "application/activity+json"})).json()
    assert document["participantCount"] == document["maximumAttendeeCapacity"] == 4
    (one,) = Calendar.from_ical(feed.content).walk("VEVENT")
    assert (str(one["summary"]), str(one["url"])) == (TITLE, event)
    assert one["dtstart"].dt.isoformat() == f"{DAY}T14:00:00+01:00"
    listed = khal_lists(feed.content, tmp_path / "khal", day=DAY)
    told = [f"{DAY} 14:00", f"{DAY} 17:00", "Maison du Bas-Belleville", "CONFIRMED"]
    assert [part.strip() for part in listed[0].split("|")] == [TITLE, *told]
    assert len(listed) == 1
