"""From the poster in the staircase to the first conversation, in Chromium, in French."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pypdfium2
import zxingcpp
from playwright.async_api import Browser, Frame, expect

from tests.components.server import MicrofedServer

PASSWORD = "trois petits escargots"
MOST_SCREENS = 5


def poster_of(server: MicrofedServer, name: str, password: str) -> bytes:
    """Somebody who lives there signs in, makes an invitation, and prints its poster."""
    headers = {"Origin": server.url, "Accept-Language": "fr", "Accept": "text/html"}
    with httpx.Client(base_url=server.url, headers=headers, follow_redirects=True) as client:
        client.post("/sign-in", data={"name": name, "password": password, "next": "/home"})
        made = client.post("/invitations", data={"uses": "1", "days": "14", "note": "Viens !"})
        found = re.search(r'href="(/invitations/\d+/poster-a4\.pdf)"', made.text)
        assert found is not None, made.text
        return client.get(found[1]).content


def scanned(poster: bytes) -> str:
    """Return what a telephone reads when it is held up to a poster."""
    sheet = pypdfium2.PdfDocument(poster)[0].render(scale=3).to_pil()
    largest = max(zxingcpp.read_barcodes(sheet), key=lambda code: _width(code.position))
    return str(largest.text)


def _width(position: Any) -> int:
    return abs(int(position.top_right.x) - int(position.top_left.x))


async def test_a_newcomer_scans_the_poster_and_talks_with_somebody_five_screens_later(
    make_microfed_server: Callable[..., MicrofedServer], browser: Browser
) -> None:
    server = make_microfed_server(NAME="Ménilmontant")
    server.add_member("amel", "--password", PASSWORD)
    link = scanned(poster_of(server, "amel", PASSWORD))
    context = await browser.new_context(locale="fr-FR", viewport={"width": 360, "height": 740})
    context.set_default_timeout(20_000)
    page = await context.new_page()
    screens: list[str] = []

    def count(frame: Frame) -> None:
        if frame is page.main_frame:
            screens.append(frame.url)

    page.on("framenavigated", count)

    await page.goto(link)
    await page.get_by_label("Le nom avec lequel vous vous connectez").fill("leo")
    await page.get_by_label("Comment les voisins vous appellent").fill("Léo")
    await page.get_by_role("button", name="Suite").click()
    await page.get_by_label("Pourquoi venez-vous ?").fill("Rue Piat, au quatrième")
    await page.get_by_label(re.compile("Montrer aussi ces mots")).check()
    await page.get_by_role("button", name="Suite").click()
    await page.get_by_label("Je suis d’accord").check()
    await page.get_by_label("Un mot de passe", exact=True).fill("une échelle verte")
    await page.get_by_label("Encore le même mot de passe").fill("une échelle verte")
    await page.get_by_role("button", name="Entrer", exact=True).click()
    await expect(page.get_by_role("heading", name="Bienvenue, Léo")).to_be_visible()
    await page.get_by_text("Dire bonjour").first.click()
    await page.get_by_role("button", name="L’envoyer").first.click()

    await expect(page.locator("article", has_text="Je viens d’arriver")).to_be_visible()
    assert len(screens) <= MOST_SCREENS, screens
    await context.close()
    talk = first_talk(server, "amel")
    assert [person["username"] for person in talk["accounts"]] == ["leo"]
    assert "Je viens d’arriver" in talk["last_status"]["content"]


def first_talk(server: MicrofedServer, name: str) -> Any:
    """Return the conversation on top of somebody's, as their app reads it."""
    token = server.cli("token", name, "--json")["token"]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{server.url}/api/v1/conversations", headers=headers, timeout=20).json()[0]
