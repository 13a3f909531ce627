"""Apps as people have them, from the package index, and a browser without scripts, over sockets."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from mastodon import Mastodon
from playwright.async_api import Browser, Page, expect

from tests.components.server import MicrofedServer
from tests.oauth.conftest import PASSWORD

SCOPES = ["read", "write", "follow", "push"]


class Desk:
    """An app on the person's own machine, waiting for the browser to come back."""

    def __init__(self) -> None:
        self.came: list[str] = []
        desk = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                desk.came.append(self.path)
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<h1>Welcome back</h1>")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://localhost:{self.server.server_port}/callback"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self) -> dict[str, str]:
        """Return what the app was told."""
        (path,) = [path for path in self.came if path.startswith("/callback")]
        return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


@pytest.fixture
def place(microfed_server: MicrofedServer) -> MicrofedServer:
    microfed_server.add_member("ada", "--password", PASSWORD)
    return microfed_server


@pytest.fixture
async def plain(browser: Browser) -> AsyncIterator[Page]:
    """A page where no script runs."""
    context = await browser.new_context(locale="en-GB", java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield await context.new_page()
    await context.close()


async def sign_in(page: Page, password: str = PASSWORD) -> None:
    await page.get_by_label("Name or e-mail").fill("ada")
    await page.get_by_label("Password").fill(password)
    await page.get_by_role("button", name="Sign in").click()


async def test_toot_logs_in_out_of_band(place: MicrofedServer, plain: Page, tmp_path: Path) -> None:
    env = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "NO_COLOR": "1", "COLUMNS": "400"}

    async def toot(*arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "ignore", "-m", "toot", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=env,
        )

    login = await toot("login", "--instance", place.url)
    assert login.stdout is not None
    address = ""
    while not address.startswith("http"):
        line = await asyncio.wait_for(login.stdout.readline(), 20)
        assert line, "toot ended before it said where to go"
        address = line.decode().strip()

    # Ada opens the address that toot prints, mistypes her password, and then says yes.
    await plain.goto(address)
    await sign_in(plain, "not this one")
    await expect(plain.get_by_role("alert")).to_contain_text("is not right")
    await sign_in(plain)
    await expect(plain.get_by_role("heading", level=1)).to_contain_text("Let toot - a Mastodon")
    await expect(plain.get_by_role("listitem").first).to_contain_text("Read all that you can")
    await plain.get_by_role("button", name="Allow", exact=True).click()
    code = await plain.locator("#code").inner_text()
    said, _ = await asyncio.wait_for(login.communicate(f"n\n{code}\n".encode()), 20)

    assert "Successfully logged in" in said.decode()
    who = await toot("whoami")
    said, _ = await asyncio.wait_for(who.communicate(), 20)
    assert "@ada" in said.decode()


async def test_mastodon_py_logs_in_by_redirect(
    place: MicrofedServer, plain: Page, desk: Desk
) -> None:
    client_id, secret = await asyncio.to_thread(
        Mastodon.create_app,
        "Mastodon.py",
        scopes=SCOPES,
        redirect_uris=[desk.address],
        website="https://mastodonpy.example",
        api_base_url=place.url,
    )
    app = Mastodon(
        client_id=client_id,
        client_secret=secret,
        api_base_url=place.url,
        version_check_mode="none",
    )
    address = await asyncio.to_thread(
        app.auth_request_url,
        redirect_uris=desk.address,
        scopes=SCOPES,
        state="state/1",
        allow_http=True,
    )

    await plain.goto(address)
    await sign_in(plain)
    await expect(plain.get_by_text("mastodonpy.example")).to_be_visible()
    await plain.get_by_role("button", name="Allow", exact=True).click()
    await expect(plain.get_by_role("heading")).to_have_text("Welcome back")

    said = desk.answer()
    assert said["state"] == "state/1"
    token = await asyncio.to_thread(
        app.log_in,
        code=said["code"],
        redirect_uri=desk.address,
        scopes=SCOPES,
        allow_http=True,
    )
    assert token
    await asyncio.to_thread(app.revoke_access_token, allow_http=True)


async def test_a_browser_with_scripts_is_sent_back_after_a_no_too(
    place: MicrofedServer, page: Page, desk: Desk
) -> None:
    client_id, _ = await asyncio.to_thread(
        Mastodon.create_app, "Appli", redirect_uris=desk.address, api_base_url=place.url
    )
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))

    await page.goto(
        f"{place.url}/oauth/authorize?response_type=code&client_id={client_id}"
        f"&redirect_uri={desk.address}&state=x&lang=fr"
    )
    await expect(page.locator("html")).to_have_attribute("lang", "fr")
    await page.get_by_label("Nom ou adresse e-mail").fill("ada")
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Ne pas autoriser").click()
    await expect(page.get_by_role("heading")).to_have_text("Welcome back")

    assert desk.answer() == {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request.",
        "state": "x",
    }
    assert [text for text in refused if "Content Security Policy" in text] == []
