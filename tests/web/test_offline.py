"""Without the network, a member's browser shows what was last at home, and only to them."""

import pytest
from playwright.async_api import Error as Lost
from playwright.async_api import Page, expect

from tests.components.server import MicrofedServer
from tests.web.conftest import Town, fill, sign_in
from tests.web.test_sending import come_in


async def test_what_was_at_home_is_there_without_the_network_until_one_signs_out(
    microfed_server: MicrofedServer, page: Page
) -> None:
    # Given a member who was at home
    await come_in(microfed_server, page, "amel", "The lift is mended")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")

    # When the server cannot be reached
    microfed_server.stop()
    await page.goto(f"{microfed_server.url}/latest")

    # Then what was said stands there, with its looks; nothing needs the network
    await expect(page.get_by_role("heading", name="No network")).to_be_visible()
    await expect(page.get_by_text("The lift is mended")).to_be_visible()
    assert await page.get_by_role("button", name="Thank").count() == 0
    assert await page.evaluate("document.styleSheets.length") == 1

    # And after they signed out, it does not
    microfed_server.start()
    await page.goto(f"{microfed_server.url}/sign-out")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page).to_have_url(f"{microfed_server.url}/")
    microfed_server.stop()
    with pytest.raises(Lost):
        await page.goto(f"{microfed_server.url}/home")


async def test_the_page_for_later_is_for_members_and_can_do_nothing(town: Town) -> None:
    fill(town)
    assert (await town.get("/offline")).status_code == 303
    await sign_in(town, "amel")

    page = await town.get("/offline")
    worker = await town.get("/sw.js")

    assert 'name="deed"' not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert worker.headers["content-type"] == "text/javascript; charset=utf-8"
    assert worker.headers["cache-control"] == "no-cache"
    assert worker.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
