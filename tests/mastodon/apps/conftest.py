"""Apps as people have them, from the package index, in front of the real server."""

import contextlib
import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from mastodon import Mastodon
from selectolax.lexbor import LexborHTMLParser

from tests.components.server import MicrofedServer
from tests.oauth.conftest import PASSWORD

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
SCOPES = ["read", "write", "follow", "push"]


class Browser:
    """A browser that does what people do with one: open an address, fill in, press a button."""

    def __init__(self, server: MicrofedServer) -> None:
        self.client = httpx.Client(
            base_url=server.url,
            headers={"Accept": "text/html", "Accept-Language": "en", "Origin": server.url},
        )

    def lets_in(self, address: str, name: str) -> httpx.Response:
        """Open the address an app gives, sign in as `name`, allow it; return what comes then."""
        page = self.client.get(address)
        while page.is_redirect:
            page = self.client.get(page.headers["location"])
        page = self._send(page, {"name": name, "password": PASSWORD})
        while page.is_redirect:
            page = self.client.get(page.headers["location"])
        return self._send(page, {"decision": "allow"})

    def _send(self, page: httpx.Response, filled: dict[str, str]) -> httpx.Response:
        assert page.status_code == 200, (page.status_code, page.text)
        form = next(
            form
            for form in LexborHTMLParser(page.text).css("form")
            if any(form.css_first(f"[name={name}]") for name in filled)
        )
        hidden = {
            str(field.attributes["name"]): unescape(field.attributes.get("value") or "")
            for field in form.css("input[type=hidden]")
        }
        action = unescape(form.attributes.get("action") or str(page.url))
        return self.client.post(action, data=hidden | filled)

    def close(self) -> None:
        self.client.close()


def log_in(server: MicrofedServer, name: str, *, callback: str = OUT_OF_BAND) -> Mastodon:
    """Return Mastodon.py in the hands of `name`, who let it in with a browser."""
    session = requests.Session()
    client_id, secret = Mastodon.create_app(
        "Mastodon.py",
        scopes=SCOPES,
        redirect_uris=callback,
        api_base_url=server.url,
        session=session,
    )
    app = Mastodon(
        client_id=client_id, client_secret=secret, api_base_url=server.url, session=session
    )
    address = app.auth_request_url(
        redirect_uris=callback, scopes=SCOPES, state="état", allow_http=True
    )
    with contextlib.closing(Browser(server)) as browser:
        answer = browser.lets_in(address, name)
    if callback == OUT_OF_BAND:
        shown = LexborHTMLParser(answer.text).css_first("#code")
        assert shown is not None, answer.text
        code = shown.text().strip()
    else:
        told = answer.headers["location"]
        assert re.match(re.escape(callback), told)
        query = parse_qs(urlsplit(told).query)
        assert query["state"] == ["état"]
        code = query["code"][0]
    app.log_in(code=code, redirect_uri=callback, scopes=SCOPES, allow_http=True)
    return app


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MicrofedServer]:
    """One server for the tests of a file, with Ana and Bea."""
    server = MicrofedServer(tmp_path_factory.mktemp("apps"))
    server.start()
    for name in ("ana", "bea"):
        server.add_member(name, "--password", PASSWORD)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ana(server: MicrofedServer) -> Iterator[Mastodon]:
    """Mastodon.py as Ana uses it; it shows her a code to copy."""
    app = log_in(server, "ana")
    yield app
    app.session.close()


@pytest.fixture(scope="module")
def bea(server: MicrofedServer) -> Iterator[Mastodon]:
    """Mastodon.py as Bea uses it; her browser goes back to it."""
    app = log_in(server, "bea", callback="http://localhost:4321/back")
    yield app
    app.session.close()
