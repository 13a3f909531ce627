"""A client written from the texts alone: W3C ActivityPub, FEP-d8c2 and the RFCs they lean on.

It imports nothing of the server's. What it asserts is what those texts promise a client.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
ACTIVITY_JSON = "application/activity+json"
ACCEPT = f"{LD_JSON}, {ACTIVITY_JSON}"
AS2 = "https://www.w3.org/ns/activitystreams"
PUBLIC = f"{AS2}#Public"

Document = dict[str, Any]


@dataclass
class Identity:
    """Who the client is to an authorization server."""

    client_id: str
    redirect_uri: str
    secret: str | None = None
    scope: str = "read write"


@dataclass
class Client:
    """One person's client: found from a handle, let in by a browser."""

    http: httpx.AsyncClient
    actor: Document = field(default_factory=dict)
    identity: Identity | None = None
    tokens: Document = field(default_factory=dict)
    _verifier: str = ""
    _state: str = ""

    @property
    def endpoints(self) -> Document:
        """What the actor says of where to go (ActivityPub §4.1)."""
        found: Document = self.actor["endpoints"]
        return found

    async def discover(self, handle: str) -> Document:
        """Find the actor from nothing but `acct:name@host` (RFC 7033), without any right."""
        host = handle.rpartition("@")[2]
        answer = await self.http.get(
            f"https://{host}/.well-known/webfinger", params={"resource": handle}
        )
        assert answer.status_code == 200, answer.text
        (actor_id,) = (
            link["href"]
            for link in answer.json()["links"]
            if link["rel"] == "self" and link.get("type") == ACTIVITY_JSON
        )
        answer = await self.http.get(actor_id, headers={"Accept": LD_JSON})
        assert answer.status_code == 200, answer.text
        self.actor = answer.json()
        assert self.actor["id"] == actor_id
        return self.actor

    async def server_metadata(self) -> Document:
        """Follow RFC 9728 from the resource to its authorization server, then RFC 8414."""
        parts = urlsplit(self.actor["id"])
        root = f"{parts.scheme}://{parts.netloc}"
        resource = (await self.http.get(f"{root}/.well-known/oauth-protected-resource")).json()
        (issuer,) = resource["authorization_servers"]
        answer = await self.http.get(f"{root}/.well-known/oauth-authorization-server")
        metadata: Document = answer.json()
        assert metadata["issuer"] == issuer
        return metadata

    async def register_dynamically(self, redirect_uri: str) -> None:
        """Register as RFC 7591 says, without a secret."""
        metadata = await self.server_metadata()
        answer = await self.http.post(
            metadata["registration_endpoint"],
            json={
                "client_name": "A client of the tests",
                "redirect_uris": [redirect_uri],
                "token_endpoint_auth_method": "none",
                "scope": "read write",
            },
        )
        assert answer.status_code == 201, answer.text
        self.identity = Identity(answer.json()["client_id"], redirect_uri)

    async def register_as_app(self, redirect_uri: str) -> None:
        """Register at the address that apps of Mastodon's API know."""
        metadata = await self.server_metadata()
        answer = await self.http.post(
            metadata["app_registration_endpoint"],
            data={
                "client_name": "A client of the tests",
                "redirect_uris": redirect_uri,
                "scopes": "read write",
            },
        )
        assert answer.status_code == 200, answer.text
        app = answer.json()
        self.identity = Identity(app["client_id"], redirect_uri, app["client_secret"])

    def authorization_url(self) -> str:
        """Return where the person must go with a browser; PKCE by S256 (RFC 7636)."""
        assert self.identity is not None
        self._verifier, self._state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        digest = hashlib.sha256(self._verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.identity.client_id,
            "redirect_uri": self.identity.redirect_uri,
            "scope": self.identity.scope,
            "state": self._state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self.endpoints['oauthAuthorizationEndpoint']}?{urlencode(asked)}"

    async def come_back(self, address: str) -> Document:
        """Take the code from where the browser was sent, and trade it for tokens."""
        assert self.identity is not None
        said = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert said["state"] == self._state
        return await self._ask_for_tokens(
            grant_type="authorization_code",
            code=said["code"],
            redirect_uri=self.identity.redirect_uri,
            code_verifier=self._verifier,
        )

    async def refresh(self) -> Document:
        """Trade the refresh token for new ones (RFC 6749 §6)."""
        return await self._ask_for_tokens(
            grant_type="refresh_token", refresh_token=self.tokens["refresh_token"]
        )

    async def _ask_for_tokens(self, **asked: str) -> Document:
        assert self.identity is not None
        asked["client_id"] = self.identity.client_id
        if self.identity.secret is not None:
            asked["client_secret"] = self.identity.secret
        answer = await self.http.post(self.endpoints["oauthTokenEndpoint"], data=asked)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        self.tokens = answer.json()
        assert self.tokens["token_type"].lower() == "bearer"
        return self.tokens

    @property
    def rights(self) -> dict[str, str]:
        """The header that says on whose behalf this is (RFC 6750)."""
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    async def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Ask for anything on the person's behalf."""
        headers = {"Accept": ACCEPT, **self.rights, **more.pop("headers", {})}
        return await self.http.request(method, url, headers=headers, **more)

    async def get(self, url: str) -> Document:
        """Read an object here."""
        answer = await self.ask("GET", url)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].split(";")[0] in (
            ACTIVITY_JSON,
            "application/ld+json",
        )
        document: Document = answer.json()
        return document

    async def post(self, document: Document, media_type: str = LD_JSON) -> Document:
        """Post to the outbox: 201, and `Location` is the id of the activity (ActivityPub §6)."""
        answer = await self.ask(
            "POST",
            self.actor["outbox"],
            content=json.dumps({"@context": AS2, **document}),
            headers={"Content-Type": media_type},
        )
        assert answer.status_code == 201, answer.text
        activity: Document = answer.json()
        assert answer.headers["location"] == activity["id"]
        assert activity["actor"] == self.actor["id"]
        return activity

    async def walk(self, url: str) -> list[Any]:
        """Go through all pages of a collection (Activity Streams §5.2)."""
        head = await self.get(url)
        found = list(head.get("orderedItems", head.get("items", [])))
        next_ = head.get("first")
        while next_ is not None:
            page = next_ if isinstance(next_, dict) else await self.get(next_)
            assert page["partOf"] == url
            found += page.get("orderedItems", page.get("items", []))
            next_ = page.get("next")
        assert head["totalItems"] == len(found), (url, head, found)
        return found

    async def upload(self, name: str, content: bytes, media_type: str, said: Document) -> Document:
        """Bring a file: `file`, and what it is in `object` (the media upload extension)."""
        answer = await self.ask(
            "POST",
            self.endpoints["uploadMedia"],
            files={
                "file": (name, content, media_type),
                "object": ("descriptor.jsonld", json.dumps({"@context": AS2, **said}), LD_JSON),
            },
        )
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"]
        document: Document = answer.json()
        return document

    async def proxy(self, id_: str) -> httpx.Response:
        """Read what lives elsewhere through one's own server (ActivityPub §4.1, proxyUrl)."""
        return await self.ask("POST", self.endpoints["proxyUrl"], data={"id": id_})

    async def listen(self, url: str) -> AsyncIterator[Document]:
        """Yield what happens to a collection; first something empty: the line is open."""
        stream = (await self.get(url))["eventStream"]
        async with self.http.stream("GET", stream, headers=self.rights) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith(":"):
                    yield {}
                elif line.startswith("data:"):
                    event: Document = json.loads(line.removeprefix("data:"))
                    yield event
