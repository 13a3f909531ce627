"""From the first run to a place that federates and is looked after: one admin, two neighbours, a
server elsewhere; at the desk in a real browser without scripts. By command: `tests/cli`."""

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from tests.components.remote import RemoteServer
from tests.components.server import MicrofedServer
from tests.keeping.place import PASSWORD, WORDS, Place, told
from tests.mails.conftest import Post
from tests.mails.conftest import post as post

SAY = WORDS["fr"].say
APPEAL = "C'était la seule annonce du mois."


class Desk(Place):
    """The place as browsers see it."""

    async def goes(self, page: Page, path: str) -> None:
        """Open a page."""
        await page.goto(f"{self.server.url}{path}")

    async def signs_in(self, page: Page, name: str) -> None:
        """Fill in the form at the door."""
        await self.goes(page, "/sign-in")
        await page.get_by_label(SAY("Name or e-mail")).fill(name)
        await page.get_by_label(SAY("Password"), exact=True).fill(PASSWORD)
        await press(page, "Sign in")

    async def says(self, page: Page, text: str) -> None:
        """Say something to everyone."""
        await self.goes(page, "/home")
        await page.get_by_label(SAY("What would you like to say?")).fill(text)
        await page.get_by_label(SAY("For whom?")).select_option(label=SAY("Everyone"))
        await press(page, "Say it")
        await expect(page.locator("article", has_text=text)).to_be_visible()


async def press(page: Page, word: str) -> None:
    await page.get_by_role("button", name=SAY(word), exact=True).click()


async def done(page: Page) -> None:
    said = SAY("Done. It stands in the journal, where it can be taken back.")
    await expect(page.get_by_role("status")).to_have_text(said)


@pytest.fixture
async def pages(browser: Browser) -> Any:
    """Browsers of three people, in French, without scripts."""
    opened = []

    async def open_() -> Page:
        context = await browser.new_context(locale="fr-FR", java_script_enabled=False)
        context.set_default_timeout(15_000)
        opened.append(context)
        return await context.new_page()

    yield open_
    for context in opened:
        await context.close()


async def test_an_admin_founds_and_looks_after_a_place_that_federates(
    make_microfed_server: Callable[..., MicrofedServer], pages: Callable[[], Any], post: Post
) -> None:
    smtp = f"smtp://127.0.0.1:{post.port}"
    server = make_microfed_server(NAME="Ménilmontant", LANGUAGE="fr", SMTP_URL=smtp)
    amel, leo, nour = await pages(), await pages(), await pages()
    with RemoteServer("bea") as remote:
        place = Desk(server, remote, post)
        await _found(place, amel)
        await _invite(place, amel, leo)
        await _let_in(place, amel, nour)
        place.follows("leo")
        await place.says(leo, "Vide-grenier samedi, tout est à vendre")
        said = place.hears("Vide-grenier")
        place.reports(server.actor("leo"), said, comment="c'est de la publicité")
        await _warn(place, amel, leo)
        await _suspend(place, amel, leo)
        await _object(place, leo)
        await _restore(place, amel, leo)
        await place.says(leo, "Me revoilà")
        place.hears("Me revoilà")
        await _shut_out(place, amel)
        await _read_the_journal(place, amel)


async def _found(place: Desk, page: Page) -> None:
    """Move in with the link of the terminal, set up the second step, open the door a little."""
    link = re.search(r"http://\S+/setup\?key=\S+", place.server.log.read_text())
    assert link is not None
    await page.goto(link[0])
    await page.get_by_label(SAY("Name"), exact=True).fill("amel")
    await page.get_by_label(SAY("Password"), exact=True).fill(PASSWORD)
    await page.get_by_label(SAY("The same password again")).fill(PASSWORD)
    await press(page, "Move in")
    await place.goes(page, "/desk")
    await page.locator("input[type=password]").fill(PASSWORD)
    await press(page, "Begin")
    letters = await page.locator("code.copy").inner_text()
    await page.locator("#code").fill(pyotp.TOTP(letters.replace(" ", "")).now())
    await press(page, "Turn it on")
    await place.goes(page, "/desk")
    await expect(page.get_by_text(SAY("No report waits."))).to_be_visible()
    await place.goes(page, "/desk/place")
    await page.locator("input[name=registration][value=approval]").check()
    await page.locator("button[name=deed][value=registration]").click()
    await done(page)


async def _come_in(page: Page, name: str, reason: str, email: str = "") -> None:
    await page.locator("#name").fill(name)
    await page.locator("#email").fill(email)
    await press(page, "Next")
    await page.locator("#reason").fill(reason)
    await press(page, "Next")
    await page.locator("#agreed").check()
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#again").fill(PASSWORD)
    await press(page, "Come in")


async def _invite(place: Desk, amel: Page, leo: Page) -> None:
    await place.goes(amel, "/invitations")
    await press(amel, "Make an invitation")
    link = await amel.locator("a[href*='/invite/']").first.get_attribute("href")
    assert link is not None
    await leo.goto(link)
    await _come_in(leo, "leo", "rue Piat", "leo@mail.test")
    mail = place.mail(SAY("Is this your address? %(place)s", place=place.server.host))
    await leo.goto(place.link(mail))
    await press(leo, "Yes, this is my address")


async def _let_in(place: Desk, amel: Page, nour: Page) -> None:
    """Nour asks; Leo, who was invited, does not wait."""
    await place.goes(nour, "/join")
    await _come_in(nour, "nour", "Je chante à la chorale")
    await place.goes(amel, "/desk/people?state=pending")
    await amel.locator("ul.lines a").click()
    await press(amel, "Let them in")
    await place.goes(amel, "/desk/people?state=pending")
    await expect(amel.get_by_text(SAY("Nobody waits to be let in."))).to_be_visible()
    members = place.by_command("member", "list")["members"]
    assert {one["username"]: one["state"] for one in members} == {
        "amel": "here",
        "leo": "here",
        "nour": "here",
    }


async def _warn(place: Desk, amel: Page, leo: Page) -> None:
    await place.goes(amel, "/desk/reports")
    await amel.locator("ul.lines a").first.click()
    await expect(amel.get_by_text("c'est de la publicité")).to_be_visible()
    await expect(amel.get_by_text("Vide-grenier samedi")).to_be_visible()
    await amel.locator("input[name=deed][value=warn]").check()
    await amel.locator("#text").fill("Une annonce par semaine suffit.")
    await press(amel, "Do it, and settle the report")
    await done(amel)
    await place.goes(amel, "/desk/reports")
    await expect(amel.get_by_text(SAY("No report waits. All quiet."))).to_be_visible()
    await place.goes(leo, "/settings/warnings")
    await expect(leo.get_by_text("Une annonce par semaine suffit.")).to_be_visible()


async def _about_leo(place: Desk, amel: Page) -> None:
    await place.goes(amel, "/desk/people?name=leo&state=all")
    await amel.locator("ul.lines a").first.click()


async def _suspend(place: Desk, amel: Page, leo: Page) -> None:
    await _about_leo(place, amel)
    await amel.locator("input[name=deed][value=suspend]").check()
    await amel.locator("#text").fill("Jusqu'à ce qu'on se parle.")
    await press(amel, "Do it")
    await done(amel)
    await place.goes(leo, "/home")
    assert leo.url.startswith(f"{place.server.url}/sign-in")
    assert (await amel.request.get(f"{place.server.url}/@leo")).status in (403, 404, 410)


async def _object(place: Desk, leo: Page) -> None:
    """At the door Leo learns why; with the link of the mail he says that it is not right."""
    await place.signs_in(leo, "leo")
    await expect(leo.get_by_role("heading", level=1)).to_have_text(SAY("You are shut out for now"))
    await expect(leo.get_by_text("Jusqu'à ce qu'on se parle.")).to_be_visible()
    mail = place.mail(SAY("You are shut out of %(place)s", place=place.server.host))
    assert "Jusqu'à ce qu'on se parle." in mail.get_content()
    await leo.goto(place.link(mail))
    await leo.get_by_label(SAY("Say why, in your own words; somebody reads it.")).fill(APPEAL)
    await press(leo, "Send it")
    thanks = SAY("Thank you: what you wrote is with those who look after the place.")
    await expect(leo.get_by_role("status")).to_have_text(thanks)
    await expect(leo.get_by_text(APPEAL)).to_be_visible()


async def _restore(place: Desk, amel: Page, leo: Page) -> None:
    """Amel finds the objection by way of the first page of the desk, and says yes to it."""
    await place.goes(amel, "/desk")
    one, many = "One person objects to what was done.", "%(n)s people object to what was done."
    line = amel.locator("li.line", has_text=WORDS["fr"].count(one, many, 1))
    await line.get_by_role("link").click()
    await amel.locator("ul.lines a", has_text="leo").click()
    await expect(amel.get_by_text(APPEAL)).to_be_visible()
    await press(amel, "They are right: take it back")
    await done(amel)
    await place.goes(amel, "/desk")
    await expect(amel.get_by_text(SAY("Nobody objects to anything."))).to_be_visible()
    answer = place.mail(SAY("You were right: %(place)s", place=place.server.host))
    assert place.link(answer) == f"{place.server.url}/sign-in"
    await place.signs_in(leo, "leo")


async def _shut_out(place: Desk, amel: Page) -> None:
    """A list of another place is taken over, and bea's server is on it."""
    await place.goes(amel, "/desk/servers")
    await amel.get_by_text(SAY("Take over a list"), exact=True).click()
    text = f"#domain,#severity\n{place.remote.host},suspend\nspam.example,silence\n"
    await amel.locator("#list").fill(text)
    await press(amel, "See what it would do")
    await amel.locator("button[name=deed][value=import]").click()
    await done(amel)
    assert not place.is_heard("late")


async def _read_the_journal(place: Desk, page: Page) -> None:
    """Every deed stands there in a sentence, in both languages; the command line tells the same."""
    deeds = [  # the newest first
        ("%(who)s keeps the server %(whom)s quiet", "spam.example"),
        ("%(who)s shut out the server %(whom)s", place.remote.host),
        ("%(who)s granted the objection of %(whom)s", "@leo"),
        ("%(who)s let %(whom)s come back", "@leo"),
        ("%(who)s shut %(whom)s out", "@leo"),
        ("%(who)s wrote to %(whom)s", "@leo"),
        ("%(who)s settled a report about %(whom)s", "@leo"),
        ("%(who)s let %(whom)s in", "@nour"),
        ("%(who)s opened the door to those who are let in one by one", "…"),
    ]
    for language in ("fr", "en"):
        cookie = {"name": "language", "value": language, "url": place.server.url}
        await page.context.add_cookies([cookie])  # type: ignore[list-item]
        await place.goes(page, "/desk/journal")
        shown = " ".join((await page.locator("main").inner_text()).split())
        expected = [told(language, sentence, "@amel", whom) for sentence, whom in deeds]
        for sentence in expected:
            assert " ".join(sentence.split()) in shown, language
        assert place.sentences(language) == expected
