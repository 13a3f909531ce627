"""Mutual aid in a real browser, in French: an offer goes from writing to done between two."""

from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.components.server import MicrofedServer
from tests.federation.towns import PASSWORD
from tests.media.pictures import noise


async def _neighbour(browser: Browser, server: MicrofedServer, name: str) -> Page:
    """Somebody signs in on their phone, in French."""
    server.add_member(name, "--password", PASSWORD)
    context = await browser.new_context(
        locale="fr-FR", viewport={"width": 360, "height": 740}, base_url=server.url
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    await page.goto("/sign-in")
    await page.get_by_label("Nom ou adresse e-mail").fill(name)
    await page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Se connecter").click()
    return page


async def _comes(page: Page, path: str, text: str) -> None:
    """Look until it is there: it comes from the other place."""
    for _ in range(60):
        await page.goto(path)
        if await page.get_by_text(text).count():
            break
    await expect(page.get_by_text(text).first).to_be_visible()


async def test_an_offer_goes_from_writing_to_done_between_two_places(
    make_microfed_server: Callable[..., MicrofedServer], browser: Browser, tmp_path: Path
) -> None:
    # Given Léo here, and Amel elsewhere, who follows him
    here = make_microfed_server(NAME="Belleville", LANGUAGE="fr")
    there = make_microfed_server(NAME="Ménilmontant", LANGUAGE="fr")
    leo, amel = await _neighbour(browser, here, "leo"), await _neighbour(browser, there, "amel")
    await amel.goto(f"/search?q=@leo@{here.host}")
    await amel.get_by_role("button", name="Suivre", exact=True).click()
    await _comes(leo, "/followers", "amel")

    # When he offers his drill, with a picture that he describes
    photo = tmp_path / "drill.jpg"
    photo.write_bytes(noise((320, 240)))
    await leo.goto("/entraide")
    await leo.get_by_role("link", name="Proposer ou chercher").click()
    await leo.get_by_label("En quelques mots").fill("Perceuse à prêter")
    await leo.get_by_label("Catégorie").select_option(label="Prêt")
    await leo.get_by_label("Pour qui").select_option(label="Tout le monde")
    await leo.get_by_text("Images, son, film").click()
    await leo.locator("#files").set_input_files(photo)
    await leo.get_by_role("button", name="Mettre au tableau", exact=True).click()
    await leo.get_by_label("Que voit-on").fill("Une perceuse verte")
    await leo.get_by_role("button", name="Mettre au tableau", exact=True).click()
    await expect(leo.get_by_role("img", name="Une perceuse verte")).to_be_visible()
    offer = leo.url
    await leo.get_by_role("link", name="Mieux le dire").click()
    await expect(leo.get_by_label("Que voit-on")).to_have_value("Une perceuse verte")
    await leo.get_by_label("Où, à peu près").fill("rue Piat")
    await leo.get_by_role("button", name="Corriger").click()
    await expect(leo.get_by_text("rue Piat").first).to_be_visible()

    # Then Amel finds it on her board and answers in private
    await _comes(amel, "/entraide", "rue Piat")
    await expect(amel.get_by_role("img", name="Une perceuse verte")).to_be_visible()
    await amel.get_by_role("link", name="Perceuse à prêter").first.click()
    found = amel.url
    await amel.get_by_label("Votre réponse, en privé").fill("Samedi matin ?")
    await amel.get_by_role("button", name="Répondre", exact=True).click()
    await _comes(leo, offer, "D’accord avec amel")
    await leo.get_by_role("link", name="Ce qui a été écrit").click()
    await expect(leo.get_by_text("Samedi matin")).to_be_visible()

    # They agree, and both say that it is done
    await leo.goto(offer)
    await leo.get_by_role("button", name="D’accord avec amel").click()
    await expect(leo.locator("strong", has_text="En cours")).to_be_visible()
    await _comes(amel, "/news", "est d’accord")
    await amel.goto(found)
    await amel.get_by_role("button", name="C’est fait").click()
    await expect(amel.get_by_text("Vous avez dit que c’est fait")).to_be_visible()
    await _comes(leo, offer, "dit que c’est fait")
    await leo.get_by_role("button", name="C’est fait").click()
    await expect(leo.get_by_text("vous le dites l’un et l’autre")).to_be_visible()
    await _comes(amel, found, "Vous dites l’un et l’autre que c’est fait")

    # Both boards show it done, and neither shows it as open
    for page in (leo, amel):
        await _comes(page, "/entraide?state=done", "Perceuse à prêter")
        await page.goto("/entraide")
        await expect(page.get_by_text("Perceuse à prêter")).to_have_count(0)
        await page.context.close()
