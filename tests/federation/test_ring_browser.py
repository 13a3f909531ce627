"""The ring as neighbours use it: a real browser, in French, between three places on real sockets.

Belleville and Ménil ally at their desks; Jourdain is allied with nobody.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from microfed.operations.members import add_member
from microfed.words import all_words
from tests.components.processes import until
from tests.federation.quarters import waiting
from tests.federation.towns import PASSWORD, Citizen, Town, moving_in, password_hash, towns

SAY = all_words()["fr"].say
ASKED, ANSWERED, TOLD = "brouettes", "cabanon", "fanfare"  # words that stand nowhere else


@pytest.fixture
def places(tmp_path: Path) -> Iterator[list[Town]]:
    """Three places, of which two have somebody who looks after them."""
    with towns(tmp_path, "belleville", "menil", "jourdain", LANGUAGE="fr") as founded:
        for town in founded[:2]:
            with town.behind() as db, db.writing() as tx:
                add_member(tx, name="nadia", role="admin", password_hash=password_hash())
        yield founded


@pytest.fixture
async def phones(browser: Browser) -> AsyncIterator[list[Page]]:
    """Two phones, in French, without scripts."""
    size = {"width": 360, "height": 740}
    contexts = [
        await browser.new_context(locale="fr-FR", viewport=size, java_script_enabled=False)  # type: ignore[arg-type]
        for _ in range(2)
    ]
    for context in contexts:
        context.set_default_timeout(15_000)
    yield [await context.new_page() for context in contexts]
    for context in contexts:
        await context.close()


async def test_two_places_ally_at_their_desks_and_talk_in_the_ring_and_a_third_hears_nothing(
    places: list[Town], phones: list[Page]
) -> None:
    belleville, menil, jourdain = places
    there = moving_in({"amel": belleville, "marc": menil, "jo": jourdain})
    # Somebody in Jourdain follows Amel: what she says to everyone is brought there
    there["jo"].follows(there["amel"])
    here, other = phones

    # Given two admins who ally, each at the desk of their place
    await _takes_the_desk(here, belleville)
    await _takes_the_desk(other, menil)
    await here.goto(f"{belleville.url}/desk/ring")
    await here.get_by_label(SAY("The address of the other place")).fill(menil.server.host)
    await _press(here, "Propose")
    await expect(here.get_by_role("heading", name=SAY("We asked, and wait"))).to_be_visible()
    yes = other.get_by_role("button", name=SAY("Say yes: %(host)s", host=belleville.server.host))
    await _comes(other, f"{menil.url}/desk/ring", SAY("They follow us"))
    await yes.click()
    for page, town in ((other, menil), (here, belleville)):
        await _comes(page, f"{town.url}/desk/ring", SAY("What allies advise"))
        await expect(page.get_by_role("heading", name=SAY("Allied"), exact=True)).to_be_visible()

    # When Amel asks something in the ring, and tells everyone something else
    await _signs_in(here, there["amel"])
    await _says(here, belleville, f"Des {ASKED} ?", "Neighbours and allied places")
    await _says(here, belleville, f"Samedi, {TOLD} place des Fêtes", "Everyone")

    # Then Marc reads it on his page of the ring, and answers there
    await _signs_in(other, there["marc"])
    await _comes(other, f"{menil.url}/allies", ASKED)
    said = other.locator("article", has_text=ASKED)
    await said.get_by_role("link", name=SAY("Answer")).first.click()
    await other.get_by_label(SAY("Your answer"), exact=True).fill(f"Deux, au {ANSWERED}")
    await expect(other.get_by_label(SAY("For whom?"))).to_have_value("ring")
    await _press(other, "Say it")
    await expect(other.locator("article", has_text=ANSWERED)).to_be_visible()

    # And Amel sees in the ring that somebody answered, and reads it
    await _comes(here, f"{belleville.url}/allies", "1 réponse")
    await here.get_by_role("link", name="1 réponse").click()
    answer = here.locator("article", has_text=ANSWERED)
    await expect(answer).to_contain_text(there["marc"].handle)

    # But Jo, who reads what she says to everyone, sees nothing of it anywhere
    until(lambda: not any(waiting(town) for town in places), "everything to arrive")
    await _signs_in(other, there["jo"])
    await _comes(other, f"{jourdain.url}/home", TOLD)
    for path in ("/allies", "/latest", "/home", "/around", "/news"):
        await other.goto(f"{jourdain.url}{path}")
        shown = await other.content()
        assert ASKED not in shown and ANSWERED not in shown, path
    for word in (ASKED, ANSWERED):
        await other.goto(f"{jourdain.url}/search?q={word}")
        await expect(other.get_by_text(SAY("Nothing found."))).to_be_visible()
    # Nor does her place hold a byte of it, or was ever brought any
    assert _holds(jourdain, TOLD) and _holds(menil, ASKED) and _holds(belleville, ANSWERED)
    for word in (ASKED, ANSWERED):
        assert not _holds(jourdain, word)
        assert not any(word.encode() in one.body for one in jourdain.door.knocked)


async def _takes_the_desk(page: Page, town: Town) -> None:
    """Whoever looks after a place signs in, and sets up the second step that the desk asks for."""
    await _fills_in_the_door(page, town.url, "nadia")
    await page.goto(f"{town.url}/desk")
    await page.locator("main input[type=password]").fill(PASSWORD)
    await _press(page, "Begin")
    letters = await page.locator("code.copy").inner_text()
    await page.locator("#code").fill(pyotp.TOTP(letters.replace(" ", "")).now())
    await _press(page, "Turn it on")
    await expect(page.locator("#code")).to_have_count(0)


async def _signs_in(page: Page, who: Citizen) -> None:
    """The phone is handed over to somebody else."""
    await page.context.clear_cookies()
    await _fills_in_the_door(page, who.town.url, who.name)


async def _fills_in_the_door(page: Page, url: str, name: str) -> None:
    await page.goto(f"{url}/sign-in")
    await page.get_by_label(SAY("Name or e-mail")).fill(name)
    await page.get_by_label(SAY("Password"), exact=True).fill(PASSWORD)
    await _press(page, "Sign in")
    await page.wait_for_url(lambda there: "/sign-in" not in there)


async def _says(page: Page, town: Town, text: str, audience: str) -> None:
    """Say something on the page one comes home to."""
    await page.goto(f"{town.url}/home")
    await page.get_by_label(SAY("What would you like to say?")).fill(text)
    await page.get_by_label(SAY("For whom?")).select_option(label=SAY(audience))
    await _press(page, "Say it")
    await expect(page.locator("article", has_text=text)).to_be_visible()


async def _press(page: Page, word: str) -> None:
    await page.get_by_role("button", name=SAY(word), exact=True).click()


async def _comes(page: Page, url: str, text: str) -> None:
    """Look until it is there: it comes from another place."""
    found = page.locator("main").get_by_text(text)
    for _ in range(60):
        await page.goto(url)
        if await found.count():
            break
    await expect(found.first).to_be_visible()


def _holds(town: Town, word: str) -> bool:
    """Say whether a word stands anywhere in what a place keeps: its database and all beside it."""
    files = [file for file in town.server.data.rglob("*") if file.is_file()]
    return any(word.encode() in file.read_bytes() for file in files)
