"""Another server, played by the test: a few actors, an inbox that records, requests signed by hand.

It shares no code with the server's own signatures. For a whole and honest implementation see
`fedify`; this one is for sending thousands of activities, and for sending bad ones.
"""

import base64
import hashlib
import http.client
import http.server
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from functools import cached_property
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.components.verifying import NotSigned

ACTIVITY_JSON = "application/activity+json"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"

Document = dict[str, Any]


@dataclass(frozen=True)
class Arrived:
    """One request to an inbox of ours, as it was received. Its signature is not looked at."""

    path: str
    headers: dict[str, str]
    body: bytes

    @cached_property
    def document(self) -> Document:
        """What was sent."""
        return cast(Document, json.loads(self.body))


class RemoteServer:
    """Actors on a server of their own, in a thread. `with RemoteServer("bea") as south: …`"""

    def __init__(self, *people: str) -> None:
        self.people = people
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.arrived: list[Arrived] = []
        self.documents: dict[str, Document] = {}  # more to serve, by path
        self.statuses: dict[str, int] = {}  # what a path answers instead of success
        # Who asks must have signed so that this believes it; what was not believed is written down.
        self.check: Callable[..., None] | None = None
        self.refused: list[str] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://localhost:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> "RemoteServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        """What stands after the @ in its actors' addresses."""
        return urlsplit(self.url).netloc

    def actor(self, name: str = "") -> str:
        """Return the id of an actor, the first by default."""
        return f"{self.url}/users/{name or self.people[0]}"

    def received(self, kind: str) -> list[Document]:
        """Return the activities of one kind that arrived so far."""
        return [one.document for one in list(self.arrived) if one.document.get("type") == kind]

    def activity(self, kind: str, number: object, who: str = "", **more: Any) -> Document:
        """Return an activity of one of its actors, with an id made of `number`."""
        actor = self.actor(who)
        return {
            "@context": CONTEXT[0],
            "id": f"{actor}/activities/{number}",
            "type": kind,
            "actor": actor,
            **more,
        }

    def create(self, number: object, content: str, *, who: str = "", **more: Any) -> Document:
        """Return Create{Note}, public unless `to` and `cc` say otherwise."""
        actor = self.actor(who)
        audience = {"to": more.pop("to", [PUBLIC]), "cc": more.pop("cc", [f"{actor}/followers"])}
        note = {
            "id": f"{actor}/notes/{number}",
            "type": "Note",
            "attributedTo": actor,
            "content": content,
            "published": written_now(),
            **audience,
            **more,
        }
        return self.activity("Create", f"create-{number}", who, object=note, **audience)

    def send(
        self,
        inbox: str,
        document: Document,
        *,
        who: str = "",
        through: http.client.HTTPConnection | None = None,
    ) -> int:
        """Sign (draft-cavage) and POST `document`; returns the status.

        `through`: a connection to reuse; whatever breaks it is raised.
        """
        parts = urlsplit(inbox)
        body = json.dumps(document).encode()
        connection = through or http.client.HTTPConnection(
            "127.0.0.1", parts.port or 80, timeout=30
        )
        try:
            connection.request("POST", parts.path, body, self.signed(inbox, body, who))
            response = connection.getresponse()
            response.read()
            return response.status
        finally:
            if through is None:
                connection.close()

    def signed(self, uri: str, body: bytes, who: str = "") -> dict[str, str]:
        """Return the headers of a signed POST of `body` to `uri`."""
        parts = urlsplit(uri)
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        headers = {
            "Host": parts.netloc,
            "Date": formatdate(usegmt=True),
            "Digest": f"SHA-256={digest}",
            "Content-Type": ACTIVITY_JSON,
        }
        lines = [f"(request-target): post {parts.path}"]
        lines += [f"{name.lower()}: {value}" for name, value in headers.items()]
        signature = self.key.sign("\n".join(lines).encode(), padding.PKCS1v15(), hashes.SHA256())
        headers["Signature"] = (
            f'keyId="{self.actor(who)}#main-key",algorithm="rsa-sha256",'
            'headers="(request-target) host date digest content-type",'
            f'signature="{base64.b64encode(signature).decode()}"'
        )
        return headers

    def describe(self, name: str) -> Document:
        """Return the actor document of one of its people."""
        actor = self.actor(name)
        pem = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "@context": CONTEXT,
            "id": actor,
            "type": "Person",
            "preferredUsername": name,
            "name": name.title(),
            "inbox": f"{actor}/inbox",
            "outbox": f"{actor}/outbox",
            "followers": f"{actor}/followers",
            "endpoints": {"sharedInbox": f"{self.url}/inbox"},
            "publicKey": {"id": f"{actor}#main-key", "owner": actor, "publicKeyPem": pem.decode()},
        }

    def key_of(self, key_id: str) -> str:
        """Fetch the key of somebody elsewhere."""
        answer = httpx.get(
            key_id.partition("#")[0], headers={"Accept": ACTIVITY_JSON}, trust_env=False
        )
        return cast(str, answer.raise_for_status().json()["publicKey"]["publicKeyPem"])

    def _answer(self, path: str, query: str) -> Document | None:
        if path in self.documents:
            return self.documents[path]
        if path == "/.well-known/webfinger":
            resource = parse_qs(query).get("resource", [""])[0]
            for name in self.people:
                if resource in (f"acct:{name}@{self.host}", self.actor(name)):
                    link = {"rel": "self", "type": ACTIVITY_JSON, "href": self.actor(name)}
                    return {"subject": f"acct:{name}@{self.host}", "links": [link]}
        for name in self.people:
            if path == f"/users/{name}":
                return self.describe(name)
        return None

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        remote = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                if not parts.path.startswith("/.well-known/") and not self._is_believed(b""):
                    return
                found = remote._answer(parts.path, parts.query)
                status = remote.statuses.get(parts.path, 404 if found is None else 200)
                body = b"{}" if found is None or status != 200 else json.dumps(found).encode()
                is_jrd = parts.path == "/.well-known/webfinger"
                self._reply(status, body, "application/jrd+json" if is_jrd else ACTIVITY_JSON)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if not self._is_believed(body):
                    return
                status = remote.statuses.get(self.path, 202)
                if status < 300:
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    remote.arrived.append(Arrived(self.path, headers, body))
                self._reply(status, b"", "text/plain")

            def _is_believed(self, body: bytes) -> bool:
                if remote.check is None:
                    return True
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    remote.check(self.command, self.path, headers, body, remote.key_of)
                except NotSigned as why:
                    remote.refused.append(f"{self.command} {self.path}: {why}")
                    self._reply(401, b"", "text/plain")
                    return False
                return True

            def _reply(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def written_now() -> str:
    """Return now as ActivityStreams writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
