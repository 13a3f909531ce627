"""The first day as it happens: a real server, a real browser, a phone's width, no JavaScript."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.components.server import MicrofedServer


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """A narrow phone that runs no script, in French; what it complains of fails the test."""
    context = await browser.new_context(
        locale="fr-FR",
        viewport={"width": 320, "height": 640},
        java_script_enabled=False,
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    # That an answer is a refusal is no complaint: the form with a mistake is one.
    page.on(
        "console",
        lambda message: (
            None if "status of 422" in message.text else complaints.append(message.text)
        ),
    )
    page.on("request", lambda request: asked.append(request.url))
    yield page
    await context.close()
    assert complaints == []
    assert {re.sub(r"^(https?://[^/]+).*", r"\1", url) for url in asked} <= {asked[0].rstrip("/")}


async def test_the_first_member_moves_in_with_the_link_of_the_terminal(
    microfed_server: MicrofedServer, phone: Page
) -> None:
    # Given a server just started, and what it printed
    await phone.goto(microfed_server.url)
    assert "personne n’y vit encore" in await phone.locator("h1").inner_text()
    link = re.search(r"http://\S+/setup\?key=\S+", microfed_server.log.read_text())
    assert link is not None

    # When its reader follows the link, mistypes the password, and mends it
    await phone.goto(link[0])
    await phone.get_by_label("Nom", exact=True).fill("amel")
    await phone.get_by_label("Comment on vous appelle").fill("Amel")
    await phone.get_by_label("Mot de passe", exact=True).fill("une échelle verte")
    await phone.get_by_label("Encore le même mot de passe").fill("une échelle bleue")
    await phone.get_by_role("button", name="S’installer").click()
    assert await phone.locator("#again-mistake").inner_text() == (
        "Les deux mots de passe ne sont pas les mêmes."
    )
    assert await phone.get_by_label("Nom", exact=True).input_value() == "amel"
    await phone.get_by_label("Mot de passe", exact=True).fill("une échelle verte")
    await phone.get_by_label("Encore le même mot de passe").fill("une échelle verte")
    await phone.get_by_role("button", name="S’installer").click()

    # Then their page is there, and the front page names who looks after the place
    assert phone.url == f"{microfed_server.url}/@amel"
    assert await phone.locator("h1").inner_text() == "Amel"
    await phone.goto(microfed_server.url)
    assert "Amel" in await phone.locator(".people").inner_text()


async def test_every_page_fits_a_narrow_phone_and_loads_nothing_from_elsewhere(
    microfed_server: MicrofedServer, page: Page
) -> None:
    microfed_server.add_member("amel_with_a_rather_long_name")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.set_viewport_size({"width": 320, "height": 640})

    for path in ("/", "/latest", "/about", "/@amel_with_a_rather_long_name", "/nowhere"):
        await page.goto(f"{microfed_server.url}{path}")
        too_wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not too_wide, path

    assert all(url.startswith(microfed_server.url) for url in asked)


async def test_a_keyboard_reaches_the_content_first_and_sees_where_it_is(
    microfed_server: MicrofedServer, page: Page
) -> None:
    await page.goto(microfed_server.url)

    await page.keyboard.press("Tab")

    focused = page.locator(":focus")
    assert await focused.inner_text() == "Skip to the content"
    assert await focused.is_visible()
    assert await focused.evaluate("node => getComputedStyle(node).outlineWidth") == "3px"
