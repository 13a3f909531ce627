"""The first days of somebody who moves in, in a real browser: with scripts, and without any."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from microfed.words import all_words
from tests.components.processes import until
from tests.components.server import MicrofedServer
from tests.media.pictures import noise

Say = Callable[..., str]
PASSWORD = "une échelle verte"


class Elsewhere:
    """Bea, who lives on another server and reads with an app."""

    def __init__(self, server: MicrofedServer) -> None:
        token = server.add_member("bea")["token"]
        self.address = f"@bea@{server.host}"
        headers = {"Authorization": f"Bearer {token}"}
        self.app = httpx.Client(base_url=server.url, headers=headers, timeout=20)

    def follows(self, handle: str) -> None:
        """Bea finds somebody by their address, and follows them."""

        def found() -> list[dict[str, Any]]:
            asked = {"q": handle, "resolve": "true", "type": "accounts"}
            people: list[dict[str, Any]] = self.app.get("/api/v2/search", params=asked).json()[
                "accounts"
            ]
            return people

        id_ = until(found, f"{handle} to be found")[0]["id"]
        assert self.app.post(f"/api/v1/accounts/{id_}/follow").status_code == 200
        until(
            lambda: self.app.get("/api/v1/accounts/relationships", params={"id": id_}).json()[0][
                "following"
            ],
            "the follow to be accepted",
        )

    def reads(self, text: str) -> dict[str, Any]:
        """Return the post with `text` on her home timeline, once it is there."""

        def found() -> dict[str, Any] | None:
            posts = self.app.get("/api/v1/timelines/home").json()
            return next((post for post in posts if text in post["content"]), None)

        return until(found, f"“{text}” to arrive")

    def answers(self, post: dict[str, Any], text: str) -> dict[str, Any]:
        """Bea answers."""
        said = {"status": text, "in_reply_to_id": post["id"], "visibility": "public"}
        answer: dict[str, Any] = self.app.post("/api/v1/statuses", json=said).json()
        return answer

    def says(self, text: str) -> None:
        """Bea says something to everyone."""
        said = {"status": text, "visibility": "public"}
        assert self.app.post("/api/v1/statuses", json=said).status_code == 200

    def hears(self, kind: str) -> None:
        """Bea is told of something."""

        def kinds() -> bool:
            return kind in [one["type"] for one in self.app.get("/api/v1/notifications").json()]

        until(kinds, f"bea to hear of a {kind}")


@pytest.fixture
def bea(make_microfed_server: Callable[..., MicrofedServer]) -> Iterator[Elsewhere]:
    elsewhere = Elsewhere(make_microfed_server(NAME="Elsewhere"))
    yield elsewhere
    elsewhere.app.close()


@pytest.mark.parametrize(("language", "has_scripts"), [("en-GB", True), ("fr-FR", False)])
async def test_somebody_moves_in_and_talks_with_the_world(
    make_microfed_server: Callable[..., MicrofedServer],
    bea: Elsewhere,
    browser: Browser,
    tmp_path: Path,
    language: str,
    has_scripts: bool,
) -> None:
    server = make_microfed_server(NAME="Ménilmontant")
    say = all_words()[language[:2]].say
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(noise((320, 240)))
    context = await browser.new_context(
        locale=language, viewport={"width": 360, "height": 740}, java_script_enabled=has_scripts
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()

    await _move_in(page, server, say)
    await _settle(page, server, say, photo)
    bea.follows(f"@amel@{server.host}")
    await _say_with_a_picture(page, server, say, photo)
    arrived = bea.reads("Les premières tomates")
    assert arrived["media_attachments"][0]["description"] == "Trois tomates rouges"
    assert arrived["account"]["display_name"] == "Amel Haddad"
    bea.answers(arrived, f"@amel@{server.host} Miam !")
    await _talk(page, server, say)
    bea.hears("favourite")
    assert bea.reads("Il en reste")["in_reply_to_id"]
    await _take_back(page, server, say)
    until(
        lambda: bea.app.get(f"/api/v1/statuses/{arrived['id']}").status_code == 404,
        "the post to go away there",
    )
    await _go_and_come_back(page, server, say)
    await context.close()


@pytest.mark.parametrize(("language", "has_scripts"), [("fr-FR", True), ("en-GB", False)])
async def test_a_member_puts_their_things_in_order(
    make_microfed_server: Callable[..., MicrofedServer],
    bea: Elsewhere,
    browser: Browser,
    language: str,
    has_scripts: bool,
) -> None:
    """Finding, following, a list, words not to be seen, a word in private, a quote."""
    server = make_microfed_server(NAME="Ménilmontant")
    say = all_words()[language[:2]].say
    context = await browser.new_context(
        locale=language, viewport={"width": 360, "height": 740}, java_script_enabled=has_scripts
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    await _move_in(page, server, say)

    await _find_and_follow(page, server, say, bea)
    await _make_a_list(page, server, say)
    bea.says("Une fête rue Piat, venez")
    bea.says("La politique du jour")
    await _see_it_arrive(page, f"{server.url}/home", "Une fête")
    await _fold_words(page, server, say)
    await _talk_in_private(page, server, say, bea)
    await _quote(page, server, say, bea)
    await context.close()


async def _move_in(page: Page, server: MicrofedServer, say: Say) -> None:
    link = re.search(r"http://\S+/setup\?key=\S+", server.log.read_text())
    assert link is not None
    await page.goto(link[0])
    await page.get_by_label(say("Name"), exact=True).fill("amel")
    await page.get_by_label(say("What people call you")).fill("Amel")
    await page.get_by_label(say("Password"), exact=True).fill(PASSWORD)
    await page.get_by_label(say("The same password again")).fill(PASSWORD)
    await page.get_by_role("button", name=say("Move in")).click()
    await expect(page).to_have_url(f"{server.url}/@amel")


async def _settle(page: Page, server: MicrofedServer, say: Say, photo: Path) -> None:
    """Amel says who they are, and reads in the dark."""
    await page.get_by_text(say("More"), exact=True).click()
    await page.get_by_role("link", name=say("Settings")).click()
    await page.get_by_role("link", name=say("Your page")).click()
    await page.get_by_label(say("What people call you")).fill("Amel Haddad")
    await page.get_by_label(say("A few words about you")).fill("Jardins partagés")
    await page.locator("#avatar").set_input_files(photo)
    await page.get_by_role("button", name=say("Keep it")).click()
    await expect(page.get_by_role("status")).to_have_text(say("Done: it is kept."))
    await page.goto(f"{server.url}/settings/reading")
    await page.locator("input[name=theme][value=dark]").check()
    await page.get_by_role("button", name=say("Keep it")).click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def _say_with_a_picture(page: Page, server: MicrofedServer, say: Say, photo: Path) -> None:
    """Amel says something to everyone; the reminder asks for what the picture shows."""
    await page.goto(f"{server.url}/home")
    await page.get_by_label(say("What would you like to say?")).fill("Les premières tomates")
    await page.get_by_label(say("For whom?")).select_option(label=say("Everyone"))
    await page.get_by_text(say("Pictures, sound, film")).click()
    await page.locator("#files").set_input_files(photo)
    await page.get_by_role("button", name=say("Say it"), exact=True).click()
    await expect(page.get_by_label(say("What does it show?"))).to_be_visible()
    await page.get_by_role("button", name=say("Say it"), exact=True).click()
    await expect(
        page.get_by_role("button", name=say("Say it without a description"))
    ).to_be_visible()
    await page.get_by_label(say("What does it show?")).fill("Trois tomates rouges")
    await page.get_by_role("button", name=say("Say it"), exact=True).click()
    await expect(page.get_by_role("img", name="Trois tomates rouges")).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/home(#p\d+)?$"))


async def _talk(page: Page, server: MicrofedServer, say: Say) -> None:
    """Amel reads the answer, thanks, keeps, passes it on, and answers."""
    await page.goto(f"{server.url}/@amel")
    await page.locator("article a.when").first.click()
    answer = page.locator("article", has_text="Miam").last

    async def is_there() -> bool:
        await page.reload()
        return await answer.count() > 0

    for _ in range(40):
        if await is_there():
            break
    await answer.get_by_role("button", name=say("Thank"), exact=True).click()
    await expect(answer.get_by_role("button", name=say("Thanked"))).to_be_visible()
    await answer.get_by_role("button", name=say("Keep"), exact=True).click()
    await expect(answer.get_by_role("button", name=say("Kept"))).to_be_visible()
    await answer.get_by_role("button", name=say("Pass on"), exact=True).click()
    await expect(answer.get_by_role("button", name=say("Passed on"))).to_be_visible()
    await page.get_by_label(say("Your answer")).fill("Il en reste")
    await page.get_by_role("button", name=say("Say it"), exact=True).click()
    await expect(page.locator("article", has_text="Il en reste")).to_be_visible()


async def _take_back(page: Page, server: MicrofedServer, say: Say) -> None:
    await page.goto(f"{server.url}/@amel")
    post = page.locator("article", has_text="Les premières tomates").first
    await post.locator("a.when").click()
    await page.get_by_role("link", name=say("Take back"), exact=True).click()
    await page.get_by_role("button", name=say("Take back"), exact=True).click()
    await page.goto(f"{server.url}/@amel")
    await expect(page.locator("article", has_text="Les premières tomates")).to_have_count(0)


async def _go_and_come_back(page: Page, server: MicrofedServer, say: Say) -> None:
    """Amel signs out; home is closed until they sign in, and then it opens where they wanted."""
    await page.goto(f"{server.url}/sign-out")
    await page.get_by_role("button", name=say("Sign out")).click()
    await page.goto(f"{server.url}/settings/devices")
    await page.get_by_label(say("Name or e-mail")).fill("amel")
    await page.get_by_label(say("Password"), exact=True).fill("wrong, on purpose")
    await page.get_by_role("button", name=say("Sign in")).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label(say("Password"), exact=True).fill(PASSWORD)
    await page.get_by_role("button", name=say("Sign in")).click()
    await expect(page).to_have_url(f"{server.url}/settings/devices")


async def _find_and_follow(page: Page, server: MicrofedServer, say: Say, whom: Elsewhere) -> None:
    await page.goto(f"{server.url}/search")
    await page.get_by_role("searchbox").fill(whom.address)
    await page.get_by_role("button", name=say("Search"), exact=True).click()
    await expect(page).to_have_url(re.compile(r"/people/\d+$"))  # an address leads to whose it is
    await page.get_by_role("button", name=say("Follow"), exact=True).click()
    whom.hears("follow")
    for _ in range(40):  # until the yes has come back
        await page.goto(f"{server.url}/following")
        if await page.get_by_role("link", name="bea").count():
            break
    await expect(page.get_by_role("link", name="bea")).to_be_visible()


async def _make_a_list(page: Page, server: MicrofedServer, say: Say) -> None:
    await page.goto(f"{server.url}/lists")
    await page.get_by_label(say("A new list, called")).fill("Les fêtes")
    await page.get_by_role("button", name=say("Make it")).click()
    await page.goto(f"{server.url}/lists")
    await page.get_by_role("link", name="Les fêtes").click()
    await page.locator("a[href$='/people']").first.click()
    await page.get_by_role("button", name=say("Put on it")).click()
    await expect(page.get_by_role("button", name=say("Take off"))).to_be_visible()


async def _see_it_arrive(page: Page, address: str, text: str) -> None:
    """Look until it is there: it comes from another server."""
    for _ in range(40):
        await page.goto(address)
        if await page.locator("article", has_text=text).count():
            break
    await expect(page.locator("article", has_text=text).first).to_be_visible()


async def _fold_words(page: Page, server: MicrofedServer, say: Say) -> None:
    """Words are folded, then left out altogether, by the same filter."""
    await page.goto(f"{server.url}/filters")
    await page.get_by_label(say("Words, one a line")).fill("politique")
    await page.get_by_label(say("Called, for yourself")).fill("Calme")
    await page.get_by_role("button", name=say("Keep it from me")).click()
    await page.goto(f"{server.url}/home")
    folded = page.get_by_text(say("Held back: %(title)s", title="Calme"))
    await expect(folded).to_be_visible()
    await page.goto(f"{server.url}/filters")
    await page.get_by_role("link", name=say("Change it: %(name)s", name="Calme")).click()
    await page.get_by_label(say("Leave it out altogether")).check()
    await page.get_by_role("button", name=say("Keep it from me")).click()
    await page.goto(f"{server.url}/home")
    await expect(page.locator("article", has_text="Une fête")).to_be_visible()
    await expect(folded).to_have_count(0)


async def _talk_in_private(page: Page, server: MicrofedServer, say: Say, other: Elsewhere) -> None:
    await page.goto(f"{server.url}/write")
    await page.get_by_label(say("What would you like to say?")).fill(
        f"{other.address} Je viens avec une tarte"
    )
    await page.get_by_label(say("For whom?")).select_option(label=say("Only the people named"))
    await page.get_by_role("button", name=say("Say it"), exact=True).click()
    until(
        lambda: [
            talk
            for talk in other.app.get("/api/v1/conversations").json()
            if "tarte" in talk["last_status"]["content"]
        ],
        "the word in private to arrive",
    )
    await page.goto(f"{server.url}/talks")
    await page.get_by_role("button", name=say("Read and answer")).click()
    await expect(page.locator("article", has_text="tarte")).to_be_visible()


async def _quote(page: Page, server: MicrofedServer, say: Say, other: Elsewhere) -> None:
    """What is quoted stands under the words, and who said it is told."""
    await page.goto(f"{server.url}/home")
    post = page.locator("article", has_text="Une fête")
    await post.locator("a.when").click()
    await page.get_by_role("link", name=say("Quote"), exact=True).click()
    await expect(page.locator("blockquote", has_text="Une fête")).to_be_visible()
    await page.get_by_label(say("What would you like to say?")).fill("On y va ensemble ?")
    await page.get_by_label(say("For whom?")).select_option(label=say("Everyone"))
    await page.get_by_role("button", name=say("Say it"), exact=True).click()
    other.hears("quote")
    await _see_it_arrive(page, f"{server.url}/@amel", "On y va ensemble")
    for _ in range(40):  # until the leave has come back
        if await page.locator("article blockquote", has_text="Une fête").count():
            break
        await page.reload()
    await expect(page.locator("article blockquote", has_text="Une fête")).to_be_visible()
