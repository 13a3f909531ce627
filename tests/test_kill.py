"""Nothing that was answered with success is lost, and nothing is done twice: not by kill -9 either.

A real server under load from both sides is killed at a random moment, ten times over, and started
again. Other servers behave as real ones do: what was not answered is sent again.
"""

import http.client
import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import TypeVar

from tests.components.processes import until
from tests.components.remote import ACTIVITY_JSON, CONTEXT, PUBLIC, Document, RemoteServer
from tests.components.server import MicrofedServer

T = TypeVar("T")

ROUNDS = 10
SENDERS, WRITERS = 4, 2


@dataclass
class Ledger:
    """What each side was promised."""

    accepted: dict[str, Document] = field(default_factory=dict)  # sent to us and answered 2xx
    unanswered: dict[str, Document] = field(default_factory=dict)  # sent, and no answer came
    promised: dict[str, str] = field(default_factory=dict)  # ours, answered 201: id → text
    attempted: list[str] = field(default_factory=list)  # texts sent to the outbox at all
    surprises: list[str] = field(default_factory=list)  # answers that are neither
    ended: list[str] = field(default_factory=list)  # why a thread stopped before it was told to


class Load:
    """Threads that send to the inbox and write to the outbox until the server is gone."""

    def __init__(
        self, server: MicrofedServer, remote: RemoteServer, token: str, round_: int, ledger: Ledger
    ) -> None:
        self.server, self.remote, self.token = server, remote, token
        self.round, self.ledger = round_, ledger
        jobs: list[tuple[Callable[[int], None], int]] = [(self._send, n) for n in range(SENDERS)]
        jobs += [(self._write, n) for n in range(WRITERS)]
        self.threads = [threading.Thread(target=job, args=(n,)) for job, n in jobs]
        self.is_over = threading.Event()

    def __enter__(self) -> None:
        for thread in self.threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def _send(self, sender: int) -> None:
        inbox = f"{self.server.url}/inbox"
        with closing(self._connection()) as connection:
            for count in range(10_000):
                if self.is_over.is_set():
                    return
                create = mention(self.remote, self.server.actor("ada"), (self.round, sender, count))
                self.ledger.unanswered[create["id"]] = create
                try:
                    status = self.remote.send(inbox, create, through=connection)
                except (OSError, http.client.HTTPException) as error:
                    self.ledger.ended.append(f"sender: {error!r}")
                    return  # killed: nobody knows what became of this one
                del self.ledger.unanswered[create["id"]]
                self._note(status, 202, self.ledger.accepted, create["id"], create)

    def _write(self, writer: int) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": ACTIVITY_JSON}
        with closing(self._connection()) as connection:
            for count in range(10_000):
                if self.is_over.is_set():
                    return
                text = f"soup {self.round}-{writer}-{count} is ready"
                self.ledger.attempted.append(text)
                body = json.dumps(public_note(self.server.actor("ada"), text)).encode()
                try:
                    connection.request("POST", "/users/ada/outbox", body, headers)
                    response = connection.getresponse()
                    response.read()
                except (OSError, http.client.HTTPException) as error:
                    self.ledger.ended.append(f"writer: {error!r}")
                    return
                place = response.headers.get("Location", "")
                self._note(response.status, 201, self.ledger.promised, place, text)

    def _note(self, status: int, wanted: int, where: dict[str, T], key: str, value: T) -> None:
        if status == wanted:
            where[key] = value
        else:
            self.ledger.surprises.append(f"answered {status}: {value}")

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)


def mention(remote: RemoteServer, whom: str, number: tuple[int, ...]) -> Document:
    name = "-".join(map(str, number))
    return remote.create(
        name, f"<p>Message {name}</p>", to=[whom], cc=[], tag=[{"type": "Mention", "href": whom}]
    )


def public_note(actor: str, text: str) -> Document:
    audience = {"to": [PUBLIC], "cc": [f"{actor}/followers"]}
    note = {"type": "Note", "content": f"<p>{text}</p>", **audience}
    return {"@context": CONTEXT[0], "type": "Create", "object": note, **audience}


def rows(server: MicrofedServer, query: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(f"file:{server.data / 'microfed.db'}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


def stored(server: MicrofedServer) -> Counter[str]:
    return Counter(uri for (uri,) in rows(server, "SELECT uri FROM posts"))


def told(server: MicrofedServer) -> Counter[str]:
    return Counter(
        uri
        for (uri,) in rows(
            server,
            "SELECT posts.uri FROM notifications JOIN posts ON posts.id = notifications.post_id",
        )
    )


def resend(server: MicrofedServer, remote: RemoteServer, ledger: Ledger) -> None:
    """Send again what was not answered, as every server does, and some of what was."""
    again = list(ledger.unanswered.values()) + list(ledger.accepted.values())[-3:]
    for create in again:
        status = remote.send(f"{server.url}/inbox", create)
        assert status in (200, 202), (status, create)
        ledger.accepted[create["id"]] = create
    ledger.unanswered.clear()


def test_ten_kills_lose_nothing_and_double_nothing(microfed_server: MicrofedServer) -> None:
    server, ledger, chance = microfed_server, Ledger(), random.Random()
    token = server.add_member("ada", scopes="read write")["token"]
    with RemoteServer("bea") as remote:
        follow = remote.activity("Follow", "follow", object=server.actor("ada"))
        assert remote.send(f"{server.url}/inbox", follow) == 202
        until(lambda: remote.received("Accept"), "the follow to be accepted")

        for round_ in range(ROUNDS):
            before = len(ledger.accepted), len(ledger.promised)
            with Load(server, remote, token, round_, ledger):
                until(lambda: _is_under_way(ledger, before), "the load")  # noqa: B023
                time.sleep(chance.uniform(0, 0.2))  # the moment of the kill is anyone's guess
                server.kill()
            server.start()
            resend(server, remote, ledger)

        notes = {create["object"]["id"] for create in ledger.accepted.values()}
        until(lambda: notes <= set(stored(server)), "every accepted post to be stored", 30)
        until(
            lambda: set(ledger.promised) <= {one["id"] for one in remote.received("Create")},
            "every promise to be delivered",
            30,
        )
        until(lambda: _nothing_waits(server), "the queues to be empty", 30)

        assert ledger.surprises == []
        assert len(ledger.accepted) >= 5 * ROUNDS
        assert len(ledger.promised) >= 3 * ROUNDS
        # Once each: the post, and what the member was told about it.
        assert {uri: n for uri, n in stored(server).items() if n != 1} == {}
        assert {uri: told(server)[uri] for uri in notes if told(server)[uri] != 1} == {}
        # Once each: what the member wrote, even when she was not told that it worked.
        written = Counter(source for (source,) in _own_texts(server))
        assert {
            text: written[text] for text in ledger.promised.values() if written[text] != 1
        } == {}
        assert {text: n for text, n in written.items() if n > 1} == {}
        assert set(written) <= set(ledger.attempted)
        # What was delivered more than once was the same each time.
        bodies: dict[str, set[bytes]] = {}
        for one in remote.arrived:
            bodies.setdefault(one.document["id"], set()).add(one.body)
        assert {uri: len(each) for uri, each in bodies.items() if len(each) != 1} == {}
        objects = Counter(
            body["object"]["content"]
            for each in bodies.values()
            for body in [json.loads(next(iter(each)))]
            if body["type"] == "Create"
        )
        assert {text: n for text, n in objects.items() if n != 1} == {}


def _is_under_way(ledger: Ledger, before: tuple[int, int]) -> bool:
    accepted, promised = before
    assert ledger.surprises == []
    return len(ledger.accepted) > accepted + 4 and len(ledger.promised) > promised + 2


def _own_texts(server: MicrofedServer) -> list[tuple[str]]:
    found = rows(server, "SELECT content FROM posts WHERE is_local AND boost_of_id IS NULL")
    return [(content.removeprefix("<p>").removesuffix("</p>"),) for (content,) in found]


def _nothing_waits(server: MicrofedServer) -> bool:
    waiting = server.cli("queue", "--json")
    return (waiting["received"], waiting["deliveries"]) == (0, 0)
