"""Passkeys in a real browser, with a device that it plays: added, used, and never replayed."""

import sqlite3
from contextlib import closing
from urllib.parse import parse_qs

import httpx
from playwright.async_api import Page, expect

from tests.components.server import MicrofedServer
from tests.web.test_sending import PASSWORD, come_in

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def first_step(server: MicrofedServer, page: Page) -> None:
    """Sign out, and give name and password again."""
    await page.context.clear_cookies()
    await page.goto(f"{server.url}/sign-in?next=/home")
    await page.get_by_label("Name or e-mail").fill("amel")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Second step")).to_be_visible()


def change(server: MicrofedServer, statement: str) -> None:
    with closing(sqlite3.connect(server.data / "microfed.db", timeout=30)) as db:
        db.execute(statement)
        db.commit()


async def test_a_passkey_is_added_and_stands_in_for_the_code(
    microfed_server: MicrofedServer, page: Page
) -> None:
    # Given an admin with a device that keeps passkeys
    server = microfed_server
    await come_in(server, page, "amel")
    server.cli("member", "role", "amel", "admin", "--json")
    line = await page.context.new_cdp_session(page)
    await line.send("WebAuthn.enable")
    await line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    add = page.get_by_role("button", name="Add it")
    enter = page.get_by_role("button", name="Sign in with your passkey")

    # When she adds one, with a wrong password first
    await page.goto(f"{server.url}/settings/passkeys")
    await page.get_by_label("What you call it").fill("My telephone")
    await page.get_by_label("Your password").fill("not this one")
    await add.click()
    await expect(page.get_by_text("This is not your password.")).to_be_visible()
    await page.get_by_label("Your password").fill(PASSWORD)
    await add.click()

    # Then she gets codes for the day it is lost, and the desk opens to her
    await expect(page.get_by_role("heading", name="Write these down")).to_be_visible()
    code = await page.locator(".codes code").first.inner_text()
    await page.goto(f"{server.url}/settings/passkeys")
    await expect(page.get_by_role("strong").filter(has_text="My telephone")).to_be_visible()
    await page.goto(f"{server.url}/desk")
    await expect(page).to_have_url(f"{server.url}/desk")

    # And signs in with it; what the device said opens nothing a second time
    await first_step(server, page)
    said: list[str] = []
    page.on("request", lambda one: said.append(one.post_data or "") if "passkey" in one.url else 0)
    await enter.click()
    await expect(page).to_have_url(f"{server.url}/home")
    answer = next(parse_qs(each)["answer"][0] for each in said if "answer=%7B" in each)
    await first_step(server, page)
    cookies = {each["name"]: each["value"] for each in await page.context.cookies()}
    async with httpx.AsyncClient(base_url=server.url, cookies=cookies) as thief:
        headers = {"Origin": server.url}
        for _ in range(2):
            replay = await thief.post("/sign-in/passkey", data={"answer": answer}, headers=headers)
            assert replay.status_code == 401
            assert "The passkey was not taken." in replay.text
            await thief.post("/sign-in/passkey/options", headers=headers)

    # Nor does a copy of the device, whose counter lags behind
    change(server, "UPDATE passkeys SET sign_count = 1000000")
    await enter.click()
    await expect(page.get_by_text("The passkey was not taken.")).to_be_visible()

    # A code on paper does; and with the key gone, the password alone again
    await first_step(server, page)
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page).to_have_url(f"{server.url}/home")
    await page.goto(f"{server.url}/settings/passkeys")
    drop = page.locator("form", has=page.get_by_role("heading", name="Remove a passkey"))
    await drop.get_by_label("Your password").fill(PASSWORD)
    await drop.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_text("Done: it is kept.")).to_be_visible()
    await page.goto(f"{server.url}/desk")
    await expect(page).to_have_url(f"{server.url}/settings/second-step?for=desk")
