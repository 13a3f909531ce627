"""Pictures on their way, in a real browser: one sees how far they are, and loses nothing."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.components.server import MicrofedServer
from tests.media.pictures import noise

PASSWORD = "une échelle verte"


async def come_in(server: MicrofedServer, page: Page, name: str, *said: str) -> None:
    """A new member, who has `said` something with an app, signs in with the browser."""
    token = server.add_member(name, "--password", PASSWORD)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers) as app:
        for text in said:
            (await app.post("/api/v1/statuses", json={"status": text})).raise_for_status()
    await page.goto(f"{server.url}/sign-in?next=/home")
    await page.get_by_label("Name or e-mail").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{server.url}/home")
    await page.wait_for_load_state()  # the address changes before the scripts have run


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(noise((1200, 900)))
    return path


async def test_how_far_a_picture_is_on_its_way_is_shown_and_then_what_was_brought(
    microfed_server: MicrofedServer, page: Page, photo: Path
) -> None:
    # Given a member on a slow line, with a picture
    await come_in(microfed_server, page, "amel")
    line = await page.context.new_cdp_session(page)
    await line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    await line.send("Network.emulateNetworkConditions", slow)
    await page.get_by_label("What would you like to say?").fill("Our street")
    await page.get_by_text("Pictures, sound, film").click()
    await page.get_by_label("Choose up to 4").set_input_files(photo)

    # When they send it
    await page.get_by_role("button", name="Say it").click()

    # Then the way it has gone is seen, then the picture with a place for its words
    await expect(page.get_by_role("progressbar", name="How much is sent")).to_be_visible()
    words = page.get_by_label("What does it show?")
    await words.fill("A street like snow")
    assert await page.get_by_label("What would you like to say?").input_value() == "Our street"
    await page.get_by_role("button", name="Say it").click()
    await expect(page.get_by_role("img", name="A street like snow")).to_be_visible()


async def test_a_lost_network_loses_nothing(
    microfed_server: MicrofedServer, page: Page, photo: Path
) -> None:
    await come_in(microfed_server, page, "amel")
    await page.get_by_label("What would you like to say?").fill("Our street")
    await page.get_by_text("Pictures, sound, film").click()
    await page.get_by_label("Choose up to 4").set_input_files(photo)
    await page.context.set_offline(True)

    await page.get_by_role("button", name="Say it").click()

    await expect(page.get_by_text("The network is gone. Nothing is lost")).to_be_visible()
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Say it").click()
    await expect(page.get_by_label("What does it show?")).to_be_visible()
    assert await page.get_by_label("What would you like to say?").input_value() == "Our street"
