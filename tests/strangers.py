"""Servers that are not ours, played by hand: they answer documents, sign what they are told to
sign, honestly or not, and write down what reaches them."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import httpx

from microfed import clock, keys
from microfed.remote.signatures import Outgoing, Scheme, Signer, sign_here
from tests.fediverse import AS2, PUBLIC, Fediverse, Instance

CONTEXT = "https://www.w3.org/ns/activitystreams"


@lru_cache(32)
def rsa_of(name: str) -> tuple[str, str]:
    """The key of that name, made once: private and public."""
    return keys.generate_rsa()


@lru_cache(32)
def ed25519_of(name: str) -> tuple[str, str]:
    """The younger key of that name."""
    return keys.generate_ed25519()


class StrangeServer(httpx.AsyncBaseTransport):
    """A server somewhere: `documents` by address, `asked` and `taken` what came to it."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        self.taken: list[tuple[str, dict[str, Any]]] = []
        self.people: dict[str, Stranger] = {}
        self.statuses: dict[str, int] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        if request.method == "POST":
            status = self.statuses.get(url, 202)
            if status < 400:
                self.taken.append((url, json.loads(await request.aread())))
            return httpx.Response(status, request=request)
        self.asked.append(url)
        if url in self.statuses:
            return httpx.Response(self.statuses[url], request=request)
        if "/.well-known/webfinger" in url:
            return self._webfinger(request)
        document = self.documents.get(url)
        if document is None:
            return httpx.Response(404, request=request)
        headers = {"Content-Type": AS2}
        return httpx.Response(200, headers=headers, json=document, request=request)

    def person(self, name: str, **more: Any) -> "Stranger":
        """Someone lives there."""
        return self.people.setdefault(name, Stranger(self, name, more))

    def keep(self, document: dict[str, Any]) -> dict[str, Any]:
        """Serve a document at its id."""
        self.documents[document["id"]] = document
        return document

    def _webfinger(self, request: httpx.Request) -> httpx.Response:
        name = request.url.params["resource"].removeprefix("acct:").partition("@")[0]
        person = self.people.get(name)
        if person is None:
            return httpx.Response(404, request=request)
        link = {"rel": "self", "type": AS2, "href": person.uri}
        body = {"subject": f"acct:{name}@{self.host}", "links": [link]}
        return httpx.Response(200, json=body, request=request)


@dataclass
class Stranger:
    """Someone elsewhere, with keys, who says whatever a test wants."""

    server: StrangeServer
    name: str
    more: dict[str, Any] = field(default_factory=dict)
    said: int = 0

    def __post_init__(self) -> None:
        self.server.keep(self.document)

    @property
    def uri(self) -> str:
        return f"https://{self.server.host}/users/{self.name}"

    @property
    def key_id(self) -> str:
        return f"{self.uri}#main-key"

    @property
    def private(self) -> str:
        return rsa_of(self.uri)[0]

    @property
    def followers(self) -> str:
        return f"{self.uri}/followers"

    @property
    def document(self) -> dict[str, Any]:
        return {
            "@context": CONTEXT,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.name,
            "name": self.name,
            "summary": "",
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": self.followers,
            "following": f"{self.uri}/following",
            "featured": f"{self.uri}/featured",
            "endpoints": {"sharedInbox": f"https://{self.server.host}/inbox"},
            "publicKey": {
                "id": self.key_id,
                "owner": self.uri,
                "publicKeyPem": rsa_of(self.uri)[1],
            },
            "assertionMethod": [
                {
                    "id": f"{self.uri}#ed25519-key",
                    "type": "Multikey",
                    "controller": self.uri,
                    "publicKeyMultibase": ed25519_of(self.uri)[1],
                }
            ],
            **self.more,
        }

    def does(self, kind: str, object_: Any, **more: Any) -> dict[str, Any]:
        """Return an activity of theirs, with an id nobody used before."""
        self.said += 1
        return {
            "@context": CONTEXT,
            "id": f"{self.uri}/does/{self.said}",
            "type": kind,
            "actor": self.uri,
            "object": object_,
            **more,
        }

    def note(self, content: str = "<p>hello</p>", **more: Any) -> dict[str, Any]:
        """Return a public post of theirs, served at its id."""
        self.said += 1
        uri = more.pop("id", f"{self.uri}/posts/{self.said}")
        return self.server.keep(
            {
                "@context": CONTEXT,
                "id": uri,
                "type": "Note",
                "attributedTo": self.uri,
                "to": [PUBLIC],
                "cc": [self.followers],
                "content": content,
                "published": "2026-11-01T10:00:00Z",
                **more,
            }
        )

    def creates(self, note: dict[str, Any]) -> dict[str, Any]:
        """Return the Create of a post."""
        return self.does("Create", note, to=note["to"], cc=note.get("cc", []))

    def signed(
        self,
        to: str,
        body: bytes,
        *,
        target: str = "/inbox",
        key_id: str | None = None,
        private: str | None = None,
        scheme: Scheme = "cavage",
        at: datetime | None = None,
    ) -> dict[str, str]:
        """Return the headers of a delivery."""
        moment = at or clock.now()
        outgoing = Outgoing(
            "POST",
            "https",
            to,
            target,
            moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            int(moment.timestamp()),
            AS2,
            body,
        )
        signer = Signer(key_id or self.key_id, private or self.private, scheme)
        return {"Content-Type": AS2, **sign_here(signer, outgoing)}

    async def sends(
        self, to: Instance, activity: dict[str, Any], *, target: str = "/inbox", **how: Any
    ) -> httpx.Response:
        """Deliver an activity, signed by them."""
        body = json.dumps(activity).encode()
        headers = self.signed(to.host, body, target=target, **how)
        return await to.client.post(target, content=body, headers=headers)


def strange_server(world: Fediverse, host: str) -> StrangeServer:
    """Put a server of strangers into the world."""
    server = StrangeServer(host)
    world.network.apps[host] = server
    return server
