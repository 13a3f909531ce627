"""A remote server that is not ours, from Python's side: started, asked to act, looked into."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import httpx

from tests.components.needed import FEDIFY, ensure_fedify
from tests.components.processes import Program, until

Knock = Literal["cavage", "rfc9421"]
Document = dict[str, Any]


class FedifyServer:
    """One server written with Fedify (tests/fedify), a process of its own on loopback.

    It verifies every signature. Its calls return once the other side has answered, and raise when
    that answer was a refusal.
    """

    def __init__(
        self,
        log: Path,
        *,
        people: tuple[str, ...] = ("eva",),
        secure: bool = False,
        proves: bool = True,
    ) -> None:
        self.log = log
        self.people = people
        self.program = Program(
            "Fedify",
            [str(ensure_fedify()), "server.mjs"],
            log=log,
            cwd=FEDIFY,
            env={
                **os.environ,
                "FEDIFY_PEOPLE": ",".join(people),
                "FEDIFY_SECURE": "1" if secure else "0",
                "FEDIFY_PROOFS": "1" if proves else "0",
            },
        )
        self.url = ""
        self.control = ""

    def start(self) -> None:
        """Start it and wait until it says where it listens."""
        self.program.start()
        where = self.program.until_ready(self._where)
        self.url, self.control = where["url"], where["control"]
        self._client = httpx.Client(trust_env=False, timeout=60)

    def stop(self) -> None:
        """End it; everything it knew is gone."""
        self._client.close()
        self.program.stop()

    @property
    def host(self) -> str:
        """What stands after the @ in its people's addresses: localhost:PORT."""
        return self.url.removeprefix("http://")

    def actor(self, name: str = "") -> str:
        """Return the id of one of its people, the first by default."""
        return f"{self.url}/users/{name or self.people[0]}"

    def handle(self, name: str = "") -> str:
        """Return the address of one of its people: eva@localhost:PORT."""
        return f"{name or self.people[0]}@{self.host}"

    # --- what it can be asked to do; `who` is one of its people, the first by default

    def follow(self, target: str, *, who: str = "", knock: Knock = "cavage") -> Document:
        """Ask to follow the actor `target` (an id)."""
        return self.call("follow", who, knock, target=target)

    def unfollow(self, target: str, *, who: str = "", knock: Knock = "cavage") -> Document:
        """Undo the follow of `target`."""
        return self.call("unfollow", who, knock, target=target)

    def lock(self, on: bool = True, *, who: str = "") -> Document:
        """From now on let follow requests wait for `accept` or `reject`."""
        return self.call("lock", who, on=on)

    def accept(self, follower: str, *, who: str = "") -> Document:
        """Accept the follow request of `follower` (an id) that waits."""
        return self.call("accept", who, target=follower)

    def reject(self, follower: str, *, who: str = "") -> Document:
        """Reject the follow request of `follower` that waits."""
        return self.call("reject", who, target=follower)

    def post(
        self,
        content: str,
        *,
        audience: Literal["public", "followers", "direct"] = "public",
        mention: tuple[str, ...] = (),
        who: str = "",
        knock: Knock = "cavage",
    ) -> Document:
        """Write a note; returns its `object` (id) and the `id` of the Create."""
        wish = {"content": content, "audience": audience, "mention": list(mention)}
        return self.call("post", who, knock, **wish)

    def reply(self, to: str, content: str, *, who: str = "", knock: Knock = "cavage") -> Document:
        """Answer the note `to`; its author is told."""
        return self.call("reply", who, knock, object=to, content=content)

    def edit(self, note: str, content: str, *, who: str = "") -> Document:
        """Change an own note."""
        return self.call("edit", who, object=note, content=content)

    def delete(self, note: str, *, who: str = "") -> Document:
        """Delete an own note."""
        return self.call("delete", who, object=note)

    def like(self, note: str, *, who: str = "", knock: Knock = "cavage") -> Document:
        """Like someone's note."""
        return self.call("like", who, knock, object=note)

    def announce(self, note: str, *, who: str = "", knock: Knock = "cavage") -> Document:
        """Boost someone's note."""
        return self.call("announce", who, knock, object=note)

    def claim(self, *aliases: str, who: str = "") -> Document:
        """Say that other accounts are this person's too."""
        return self.call("claim", who, aliases=list(aliases))

    def perform(
        self, document: Document, *, to: str, who: str = "", knock: Knock = "cavage"
    ) -> Document:
        """Do any other activity, without id and actor, and send it to the actor `to` and all
        followers; it is parsed, proven and signed as all others."""
        return self.call("perform", who, knock, document=document, target=to)

    def undo(self, activity: str, *, who: str = "") -> Document:
        """Take back a like, boost or follow, by the `id` that doing it returned."""
        return self.call("undo", who, activity=activity)

    def raw(self, inbox: str, document: Document, *, who: str = "", knock: Knock = "cavage") -> int:
        """Sign any `document` and send it to `inbox`; returns the status, whatever it is."""
        answer = self.call("raw", who, knock, inbox=inbox, document=document)
        return cast(int, answer["status"])

    def fetch(self, uri: str, *, who: str = "", knock: Knock = "cavage") -> Document:
        """GET `uri`, signed; returns the document."""
        return self.call("fetch", who, knock, uri=uri)

    # --- what it knows

    def state(self) -> Document:
        """Return what it knows: people, received, unverified, refused, known, errors, agreed."""
        return cast(Document, self._client.get(f"{self.control}/state").raise_for_status().json())

    def person(self, name: str = "") -> Document:
        """Return what one of its people has: followers, requests, following, notes."""
        return cast(Document, self.state()["people"][name or self.people[0]])

    def received(self, kind: str) -> list[Document]:
        """Return the verified activities of one kind ("Create") so far, oldest first."""
        return [one for one in self.state()["received"] if one["type"] == kind]

    def wait_for(
        self, question: Callable[[Document], Any], what: str, seconds: float = 20
    ) -> Document:
        """Look at its state until `question(state)` is true; returns that state."""

        def ask() -> Document | None:
            state = self.state()
            return state if question(state) else None

        return until(ask, what, seconds)

    def wait_for_activity(self, kind: str, seconds: float = 20, **like: Any) -> Document:
        """Wait for a verified activity of `kind` with these fields; returns it."""

        def ask() -> Document | None:
            for one in self.received(kind):
                if all(one.get(key) == value for key, value in like.items()):
                    return one
            return None

        return until(ask, f"Fedify to receive {kind} {like or ''}", seconds)

    def call(self, name: str, who: str = "", knock: Knock = "cavage", **wish: Any) -> Document:
        """Make one call of the control API (tests/fedify/control.mjs)."""
        body = {**wish, "as": who or self.people[0], "knock": knock}
        answer = self._client.post(f"{self.control}/{name}", json=body)
        document = cast(Document, answer.json())
        if answer.is_error:
            raise AssertionError(f"Fedify could not {name}: {document['error']}")
        return document

    def _where(self) -> Document | None:
        for line in self.program.tail().splitlines():
            if line.startswith("{"):
                return cast(Document, json.loads(line))
        return None
