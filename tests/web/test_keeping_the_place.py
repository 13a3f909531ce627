"""From the first run to a place that federates and is looked after: one admin, two neighbours, a
server elsewhere; at the desk in a real browser without scripts, and all of it again by command."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import orjson
import pyotp
import pytest
from playwright.async_api import Browser, Page, expect
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.words import all_words
from tests.components.processes import until
from tests.components.remote import RemoteServer
from tests.components.server import MicrofedServer

PASSWORD = "une échelle verte"
SAY = all_words()["fr"].say
ENGLISH = all_words()["en"].say


class Place:
    """The server, who lives elsewhere, and how pages and commands are used."""

    def __init__(self, server: MicrofedServer, remote: RemoteServer) -> None:
        self.server, self.remote = server, remote
        self.number = 0

    def by_command(self, *words: str) -> Any:
        """Run a command beside the server."""
        done = CliRunner().invoke(app, [*words, "--json"], env=self.server.env)
        assert done.exit_code == 0, (words, done.output, done.exception)
        return orjson.loads(done.stdout.splitlines()[-1])

    def hears(self, text: str) -> str:
        """Return the id of what was said, once it has reached bea's server."""

        def heard() -> str | None:
            notes = [one["object"] for one in self.remote.received("Create")]
            return next((str(note["id"]) for note in notes if text in note["content"]), None)

        return until(heard, f"“{text}” to arrive elsewhere")

    def reports(self, *about: str, comment: str) -> None:
        """Bea's server reports somebody here."""
        self.number += 1
        flag = self.remote.activity("Flag", self.number, object=list(about), content=comment)
        assert self.remote.send(f"{self.server.url}/inbox", flag) == 202

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
    make_microfed_server: Callable[..., MicrofedServer], pages: Callable[[], Any]
) -> None:
    server = make_microfed_server(NAME="Ménilmontant", LANGUAGE="fr")
    amel, leo, nour = await pages(), await pages(), await pages()
    with RemoteServer("bea") as remote:
        place = Place(server, remote)
        await _found(place, amel)
        await _invite(place, amel, leo)
        await _let_in(place, amel, nour)
        follow = remote.activity("Follow", "follow", object=server.actor("leo"))
        assert remote.send(f"{server.url}/inbox", follow) == 202
        until(lambda: remote.received("Accept"), "the yes to the follow")
        await place.says(leo, "Vide-grenier samedi, tout est à vendre")
        said = place.hears("Vide-grenier")
        place.reports(server.actor("leo"), said, comment="c'est de la publicité")
        await _warn(place, amel)
        await _object(place, leo)
        await _suspend(place, amel, leo)
        await _restore(place, amel, leo)
        await place.says(leo, "Me revoilà")
        place.hears("Me revoilà")
        await _shut_out(place, amel)
        await _read_the_journal(place, amel)
        _again_by_command(place)
        await _read_who_did_it(place, amel)


async def _found(place: Place, page: Page) -> None:
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


async def _come_in(page: Page, name: str, reason: str) -> None:
    await page.locator("#name").fill(name)
    await press(page, "Next")
    await page.locator("#reason").fill(reason)
    await press(page, "Next")
    await page.locator("#agreed").check()
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#again").fill(PASSWORD)
    await press(page, "Come in")


async def _invite(place: Place, amel: Page, leo: Page) -> None:
    await place.goes(amel, "/invitations")
    await press(amel, "Make an invitation")
    link = await amel.locator("a[href*='/invite/']").first.get_attribute("href")
    assert link is not None
    await leo.goto(link)
    await _come_in(leo, "leo", "rue Piat")


async def _let_in(place: Place, amel: Page, nour: Page) -> None:
    """Nour asks; Leo, who was invited, may have to wait as well."""
    await place.goes(nour, "/join")
    await _come_in(nour, "nour", "Je chante à la chorale")
    for _ in range(2):
        await place.goes(amel, "/desk/people?state=pending")
        waiting = amel.locator("ul.lines a")
        if not await waiting.count():
            break
        await waiting.first.click()
        await press(amel, "Let them in")
    await place.goes(amel, "/desk/people?state=pending")
    await expect(amel.get_by_text(SAY("Nobody like that."))).to_be_visible()
    members = place.by_command("member", "list")["members"]
    assert {one["username"]: one["state"] for one in members} == {
        "amel": "here",
        "leo": "here",
        "nour": "here",
    }


async def _warn(place: Place, amel: Page) -> None:
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


async def _object(place: Place, leo: Page) -> None:
    await place.goes(leo, "/settings/warnings")
    await expect(leo.get_by_text("Une annonce par semaine suffit.")).to_be_visible()
    await leo.locator("textarea[name=text]").fill("C'était la seule")
    await press(leo, "Send it")
    await expect(leo.get_by_text("C'était la seule")).to_be_visible()


async def _about_leo(place: Place, amel: Page) -> None:
    await place.goes(amel, "/desk/people?name=leo&state=all")
    await amel.locator("ul.lines a").first.click()


async def _suspend(place: Place, amel: Page, leo: Page) -> None:
    await _about_leo(place, amel)
    await amel.locator("input[name=deed][value=suspend]").check()
    await amel.locator("#text").fill("Jusqu'à ce qu'on se parle.")
    await press(amel, "Do it")
    await done(amel)
    assert (await leo.goto(f"{place.server.url}/home")).url.startswith(  # type: ignore[union-attr]
        f"{place.server.url}/sign-in"
    )
    assert (await amel.request.get(f"{place.server.url}/@leo")).status in (403, 404, 410)


async def _restore(place: Place, amel: Page, leo: Page) -> None:
    await place.goes(amel, "/desk")
    await expect(amel.get_by_text("conteste")).to_have_count(1)
    await _about_leo(place, amel)
    await expect(amel.get_by_text("C'était la seule")).to_be_visible()
    await press(amel, "They are right: take it back")
    await done(amel)
    await _about_leo(place, amel)
    await press(amel, "Let them come back")
    await done(amel)
    await place.signs_in(leo, "leo")


async def _shut_out(place: Place, amel: Page) -> None:
    """A list of another place is taken over, and bea's server is on it."""
    await place.goes(amel, "/desk/servers")
    await amel.get_by_text(SAY("Take over a list"), exact=True).click()
    text = f"#domain,#severity\n{place.remote.host},suspend\nspam.example,silence\n"
    await amel.locator("#list").fill(text)
    await press(amel, "See what it would do")
    await amel.locator("button[name=deed][value=import]").click()
    await done(amel)
    document = place.remote.create("late", "Bonjour tout le monde")
    assert place.remote.send(f"{place.server.url}/inbox", document) in (401, 403)


async def _read_the_journal(place: Place, page: Page) -> None:
    deeds = {
        "%(who)s let %(whom)s in": "@nour",
        "%(who)s wrote to %(whom)s": "@leo",
        "%(who)s settled a report about %(whom)s": "@leo",
        "%(who)s shut %(whom)s out": "@leo",
        "%(who)s granted the objection of %(whom)s": "@leo",
        "%(who)s let %(whom)s come back": "@leo",
        "%(who)s shut out the server %(whom)s": place.remote.host,
        "%(who)s keeps the server %(whom)s quiet": "spam.example",
    }
    for language, say in (("fr", SAY), ("en", ENGLISH)):
        cookie = {"name": "language", "value": language, "url": place.server.url}
        await page.context.add_cookies([cookie])  # type: ignore[list-item]
        await place.goes(page, "/desk/journal")
        shown = " ".join((await page.locator("main").inner_text()).split())
        for sentence, whom in deeds.items():
            assert " ".join(say(sentence, who="@amel", whom=whom).split()) in shown, language


def _again_by_command(place: Place) -> None:
    """The same once more beside the running server, without a browser."""
    run = place.by_command
    run("domain", "forget", place.remote.host)
    link = run("member", "invite", "amel")["link"]
    assert link.startswith(f"{place.server.url}/invite/")
    token = run("member", "add", "zoe", "--token", "read write")["token"]
    assert token
    place.reports(place.server.actor("leo"), comment="encore lui")
    (waits,) = until(lambda: run("report", "list")["reports"], "the report")
    assert (waits["about"], waits["comment"]) == ("@leo", "encore lui")
    run("person", "act", "leo", "warn", "--text", "Deux fois, c'est une de trop.")
    run("report", "settle", waits["id"])
    assert run("appeal", "list") == {"appeals": []}
    assert run("member", "suspend", "leo", "--text", "assez")["state"] == "suspended"
    assert run("member", "restore", "leo")["state"] == "here"
    file = place.server.folder / "list.csv"
    file.write_text(f"#domain,#severity\n{place.remote.host},suspend\n")
    assert run("domain", "import", str(file), "--yes")["new"] == 1
    tries = itertools.count()

    def is_refused() -> bool:
        document = place.remote.create(f"later-{next(tries)}", "Encore bonjour")
        return place.remote.send(f"{place.server.url}/inbox", document) in (401, 403)

    # The server that runs hears of what was done beside it within a moment.
    until(is_refused, "the list to hold")
    actions = [one["action"] for one in run("journal")["deeds"] if one["by"] is None]
    assert actions[:6] == [
        *("domain_block", "lift_suspend", "suspend", "settle", "warn", "domain_forget"),
    ]


async def _read_who_did_it(place: Place, page: Page) -> None:
    await place.goes(page, "/desk/journal")
    sentence = ENGLISH("%(who)s shut %(whom)s out", who=ENGLISH("The command line"), whom="@leo")
    await expect(page.get_by_text(sentence)).to_be_visible()
