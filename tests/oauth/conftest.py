"""A place with a member who has a password, and the browser and the apps in front of it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from microfed.operations.grants import challenge_of
from microfed.passwords import hash_password
from microfed.store.people import Member
from tests.fediverse import Fediverse, Instance

PASSWORD = "quatre petits escargots"
PASSWORD_HASH = hash_password(PASSWORD)
ORIGIN = {"Origin": "https://here.test"}
CALLBACK = "https://app.test/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = challenge_of(VERIFIER)


@dataclass
class Place:
    """One instance, a browser that keeps its cookies, and what apps send without one."""

    instance: Instance
    browser: httpx.AsyncClient
    app: dict[str, Any] = field(default_factory=dict)

    @property
    def api(self) -> httpx.AsyncClient:
        """An app's way in: no cookies."""
        return self.instance.client

    def add(self, name: str, **more: Any) -> int:
        """Someone moves in, with the password that they all have."""
        return self.instance.add(name, password_hash=PASSWORD_HASH, **more).id

    async def register(self, **more: Any) -> dict[str, Any]:
        """An app makes itself known, Mastodon's way."""
        said = {
            "client_name": "Appli",
            "redirect_uris": CALLBACK,
            "scopes": "read write follow push",
            "website": "https://app.test",
        }
        answer = await self.api.post("/api/v1/apps", data=said | more)
        assert answer.status_code == 200, answer.text
        self.app = answer.json()
        return self.app

    async def sign_in(self, name: str = "ada", password: str = PASSWORD) -> httpx.Response:
        """Someone signs in with the browser."""
        return await self.browser.post(
            "/sign-in", data={"name": name, "password": password, "next": "/"}, headers=ORIGIN
        )

    def address(self, **more: str | None) -> str:
        """Return the address of the consent page for the app that registered last."""
        wish: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.app.get("client_id"),
            "redirect_uri": CALLBACK,
            "scope": "read write",
            "state": "a b&c=é",
        }
        kept = {name: value for name, value in (wish | more).items() if value is not None}
        return f"/oauth/authorize?{urlencode(kept)}"

    async def decide(self, decision: str, address: str) -> httpx.Response:
        """Look at the consent page, and press a button on it."""
        page = await self.browser.get(address)
        assert page.status_code == 200, (page.status_code, page.headers, page.text)
        action = re.search(r'<form class="pager" method="post" action="([^"]+)"', page.text)
        member = re.search(r'name="member" value="(\d+)"', page.text)
        assert action and member, page.text
        return await self.browser.post(
            unescape(action[1]), data={"decision": decision, "member": member[1]}, headers=ORIGIN
        )

    async def code(self, **more: str | None) -> str:
        """Return the code of a consent."""
        answer = await self.decide("allow", self.address(**more))
        assert answer.status_code == 303, answer.text
        return answers_in(answer)["code"]

    async def exchange(self, code: str, **more: str | None) -> httpx.Response:
        """An app exchanges a code."""
        said: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.app.get("client_id"),
            "client_secret": self.app.get("client_secret"),
            "redirect_uri": CALLBACK,
            "code": code,
        }
        kept = {name: value for name, value in (said | more).items() if value is not None}
        return await self.api.post("/oauth/token", data=kept)

    async def works(self, token: str) -> bool:
        """Say whether a token is good for something."""
        answer = await self.api.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code == 200

    def change(self, name: str, **values: Any) -> None:
        """Change a member's row."""
        with self.instance.house.db.writing() as tx:
            member = tx.session.get_one(Member, self.instance.neighbours[name].id)
            for key, value in values.items():
                setattr(member, key, value)
            tx.tell("actor", member.id)


def answers_in(response: httpx.Response) -> dict[str, str]:
    """Return what an app is told in the address somebody is sent back to."""
    query = urlsplit(response.headers["location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


@pytest.fixture
async def place(fediverse: Fediverse) -> AsyncIterator[Place]:
    """A place with Ada in it."""
    instance = await fediverse.instance("here.test", name="Belleville", language="en")
    transport = httpx.ASGITransport(instance.app, raise_app_exceptions=False)
    accept = {"Accept": "text/html", "Accept-Language": "en"}
    async with httpx.AsyncClient(
        transport=transport, base_url="https://here.test", headers=accept
    ) as browser:
        place = Place(instance, browser)
        place.add("ada", display_name="Ada", email="ada@mail.test")
        yield place
