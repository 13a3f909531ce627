"""Somebody on a server that only a test plays: they sign anything, and answer for their id."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from microfed import clock
from microfed.keys import generate_rsa
from microfed.remote.signatures import Outgoing, Scheme, Signer, sign_here
from tests.fediverse import AS2, Fediverse, Instance

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


class Board(httpx.AsyncBaseTransport):
    """A server that answers GETs from a dict of documents, and takes in every POST."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        self.inbox: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        if request.method == "POST":
            self.inbox.append(json.loads(await request.aread()))
            return httpx.Response(202, request=request)
        self.asked.append(url)
        document = self.documents.get(url)
        if document is None:
            return httpx.Response(404, request=request)
        if isinstance(document, int):
            return httpx.Response(document, request=request)
        kind = "application/jrd+json" if "/.well-known/" in url else AS2
        return httpx.Response(
            200, headers={"Content-Type": kind}, content=json.dumps(document), request=request
        )


@dataclass
class Stranger:
    """An actor at `host`, with a key; `board` is their server."""

    name: str
    host: str
    board: Board
    signer: Signer
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def uri(self) -> str:
        return f"https://{self.host}/users/{self.name}"

    def note(
        self, number: int | str, content: str = "<p>Bonjour</p>", **more: Any
    ) -> dict[str, Any]:
        """A public note of theirs, put on the board."""
        uri = f"https://{self.host}/notes/{number}"
        note = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": uri,
            "type": "Note",
            "attributedTo": self.uri,
            "content": content,
            "published": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "to": [PUBLIC],
            "cc": [f"{self.uri}/followers"],
            **more,
        }
        self.board.documents[uri] = note
        return note

    def activity(self, kind: str, number: int | str, object_: Any, **more: Any) -> dict[str, Any]:
        """An activity of theirs."""
        document = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"https://{self.host}/activities/{number}",
            "type": kind,
            "actor": self.uri,
            "object": object_,
        }
        if isinstance(object_, dict) and "to" in object_:
            document |= {"to": object_["to"], "cc": object_.get("cc", [])}
        return document | more

    def asks(self, instance: Instance, uri: str) -> dict[str, str]:
        """Return the headers of a question of theirs for a document of `instance`."""
        moment = clock.now()
        return sign_here(
            self.signer,
            Outgoing(
                "GET",
                "https",
                instance.host,
                uri.removeprefix(f"https://{instance.host}"),
                moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
                int(moment.timestamp()),
            ),
        )

    async def sends(
        self,
        instance: Instance,
        document: Any,
        *,
        path: str = "/inbox",
        scheme: Scheme = "cavage",
        now: datetime | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> httpx.Response:
        """Sign and send; `body` and `headers` replace what was signed."""
        signed = json.dumps(document).encode()
        moment = now or clock.now()
        made = sign_here(
            self.signer.using(scheme),
            Outgoing(
                "POST",
                "https",
                instance.host,
                path,
                moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
                int(moment.timestamp()),
                AS2,
                signed,
            ),
        )
        return await instance.client.post(
            path,
            content=signed if body is None else body,
            headers={**made, "Content-Type": AS2, **(headers or {})},
        )


def make_stranger(fediverse: Fediverse, handle: str, **more: Any) -> Stranger:
    """Put somebody into the world; several may share a host."""
    name, _, host = handle.partition("@")
    board = fediverse.network.apps.setdefault(host, Board())
    assert isinstance(board, Board)
    private, public = generate_rsa()
    uri = f"https://{host}/users/{name}"
    stranger = Stranger(name, host, board, Signer(f"{uri}#main-key", private))
    stranger.document = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": uri,
        "type": "Person",
        "preferredUsername": name,
        "name": name,
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "endpoints": {"sharedInbox": f"https://{host}/inbox"},
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": public},
        **more,
    }
    board.documents[uri] = stranger.document
    return stranger
