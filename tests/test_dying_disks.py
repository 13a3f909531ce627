"""Disks that turn read-only or full while everybody is at work.

Neighbours post and bring pictures, other servers send. Whoever cannot be served is told so, in
words, and comes back; who only looks is served; the log stays short; nothing that was answered with
success is lost, and nothing half done is left behind.
"""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from microfed.disks import must_be_alive
from microfed.errors import TryLater
from microfed.storage import type_of
from tests.components.disks import DyingDisk
from tests.components.processes import until
from tests.components.remote import RemoteServer
from tests.components.server import MicrofedServer
from tests.media.pictures import noise
from tests.test_failing_disks import SmallDisk
from tests.test_kill import Ledger, Load, rows, stored

BOUNDARY = "b"
PICTURE = noise((160, 120))
BODY = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
    "Content-Type: image/jpeg\r\n\r\n"
).encode() + PICTURE
BODY += f"\r\n--{BOUNDARY}--\r\n".encode()
MANY = 5
WAITING = "SELECT uri, due_at, attempts, error FROM received"
# A line of the database, one of the disk, one of each worker that waits: not one a request.
MOST_LINES = 30


class Neighbours:
    """Threads in which ada posts with her app and brings pictures, until told to stop."""

    def __init__(self, server: MicrofedServer, token: str) -> None:
        self.server, self.token = server, token
        self.answers: Counter[tuple[str, int]] = Counter()
        self.said: list[str] = []  # answered 200: these words
        self.pictures: list[str] = []  # answered 200: these addresses
        self.words: set[str] = set()  # of what was refused
        self.faults: list[str] = []
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._at_work, args=(work,))
            for work in (self._post, self._post, self._bring)
        ]

    def __enter__(self) -> "Neighbours":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def met(self, status: int) -> bool:
        """Say whether both kinds of deeds were answered so, several times."""
        return all(self.answers[kind, status] >= MANY for kind in ("post", "bring"))

    def _at_work(self, work: Callable[[str], None]) -> None:
        count = 0
        while not self._is_over.is_set():
            count += 1
            try:
                work(f"{threading.get_ident()}-{count}")
            except (OSError, http.client.HTTPException) as error:
                self.faults.append(repr(error))

    def _post(self, name: str, *media: str) -> bool:
        words = f"soup {name} is ready"
        said = json.dumps({"status": words, "media_ids": media}).encode()
        status, answer = self._ask("/api/v1/statuses", said, "application/json")
        self.answers["post", status] += 1
        if status == 200:
            self.said.append(f"<p>{words}</p>")
        else:
            self.words.add(answer["error"])
        return status == 200

    def _bring(self, name: str) -> None:
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        status, answer = self._ask("/api/v2/media", BODY, kind)
        self.answers["bring", status] += 1
        if status == 503:
            self.words.add(answer["error"])
        elif status == 200 and self._post(f"{name} in a picture", answer["id"]):
            self.pictures += [answer["url"], answer["preview_url"]]

    def _ask(self, path: str, body: bytes, kind: str) -> tuple[int, dict[str, str]]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        with closing(connect(self.server)) as connection:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())


def connect(server: MicrofedServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)


def get(server: MicrofedServer, path: str, **headers: str) -> int:
    with closing(connect(server)) as connection:
        connection.request("GET", path, headers={"Host": server.host, **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def reading(server: MicrofedServer, token: str) -> set[int]:
    """Return what whoever only looks is answered: people, apps, other servers, watchers."""
    pages = ["/", "/@ada", "/agenda", "/annuaire", "/sign-in", "/@ada.atom", "/health"]
    name = f"acct:ada@{server.host}"
    documents = ["/users/ada", "/users/ada/outbox", f"/.well-known/webfinger?resource={name}"]
    apps = ["/api/v1/timelines/home", "/api/v1/timelines/public", "/api/v1/notifications"]
    return {
        *(get(server, path, Accept="text/html") for path in pages),
        *(get(server, path, Accept="application/activity+json") for path in documents),
        *(get(server, path, Authorization=f"Bearer {token}") for path in apps),
    }


def page_for(server: MicrofedServer) -> tuple[int, str]:
    """Somebody wants to come in with a browser, which is written down."""
    headers = {
        "Host": server.host,
        "Origin": server.url,
        "Accept": "text/html",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    with closing(connect(server)) as connection:
        connection.request("POST", "/sign-in", b"name=ada&password=lilas+et+jasmin", headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def kept(server: MicrofedServer, ledger: Ledger, neighbours: Neighbours) -> None:
    """All that was answered with success is there, and no file that nothing knows."""
    notes = {create["object"]["id"] for create in ledger.accepted.values()}
    until(
        lambda: notes <= set(stored(server)),
        lambda: f"all that was taken in; {rows(server, WAITING)}",
        60,
    )
    written = {content for (content,) in rows(server, "SELECT content FROM posts")}
    assert {f"<p>{text}</p>" for text in ledger.promised.values()} - written == set()
    assert set(neighbours.said) - written == set()
    assert {get(server, urlsplit(url).path) for url in neighbours.pictures} == {200}
    until(lambda: strays(server) == set(), lambda: f"no strays; {strays(server)}")


def strays(server: MicrofedServer) -> set[str]:
    """Return files that could be served and that nothing knows."""
    return {name for name in unknown(server) if type_of(name)}


def unknown(server: MicrofedServer) -> set[str]:
    """Return files that nothing knows, unfinished ones among them."""
    known = {key for (key,) in rows(server, "SELECT key FROM stored_files")}
    found = {path.name for path in (server.data / "media").glob("*/*")}
    return (found - known) | {path.name for path in (server.data / "work").iterdir()}


@pytest.fixture
def dying(tmp_path: Path) -> Iterator[DyingDisk]:
    disk = DyingDisk(tmp_path / "disk")
    yield disk
    disk.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "disk")
    yield disk
    disk.close()


def test_a_disk_that_turns_read_only_under_load_loses_nothing(
    dying: DyingDisk, tmp_path: Path
) -> None:
    server = MicrofedServer(tmp_path, DATA=str(dying.folder / "data"))
    token = server.add_member("ada", "--password", "lilas et jasmin", scopes="read write")["token"]
    ledger, neighbours = Ledger(), Neighbours(server, token)
    try:
        server.start()
        with RemoteServer("bea") as remote:
            follow = remote.activity("Follow", "follow", object=server.actor("ada"))
            assert remote.send(f"{server.url}/inbox", follow) == 202
            with Load(server, remote, token, 0, ledger), neighbours:
                until(lambda: _is_under_way(ledger, neighbours), "everybody to be at work")
                lines = len(said(server))
                dying.die(server)
                until(lambda: neighbours.met(503), lambda: f"refusals; {neighbours.answers}")
                until(lambda: len(ledger.surprises) >= 10 * MANY, "refusals to servers")
                seen, refused = reading(server, token), page_for(server)

            # No deed is answered with a fault, and no connection is broken off.
            assert {status for _, status in neighbours.answers} <= {200, 202, 503}
            assert {one[:12] for one in ledger.surprises} == {"answered 503"}
            assert (neighbours.faults, ledger.ended) == ([], [])
            assert seen == {200}
            assert refused[0] == 503 and "Try again in a minute" in refused[1]
            assert neighbours.words <= {
                "the database cannot do this now",
                "the disk cannot take this now",
            }
            if dying.is_real:  # otherwise the log cannot grow either
                with pytest.raises(TryLater):
                    must_be_alive(server.data)
                meanwhile = said(server)[lines:]
                assert 1 < len(meanwhile) <= MOST_LINES, meanwhile
                assert not any("exception" in line for line in meanwhile), meanwhile
                # Whoever looks after the place is told, and saves what there is.
                assert "Read-only file system" in server.run("doctor", status=1).stdout
            server.run("backup", str(tmp_path / "saved.tar"))

            dying.mend(server)  # what could not be taken away goes a day later
            kept(server, ledger, neighbours)
            before = len(ledger.accepted), len(ledger.promised)
            with Load(server, remote, token, 1, ledger):
                until(lambda: _went_on(ledger, before), "everybody to go on")
    finally:
        server.stop()


def test_a_disk_that_is_full_under_load_loses_nothing_and_goes_on_by_itself(
    small: SmallDisk, tmp_path: Path
) -> None:
    server = MicrofedServer(tmp_path, DATA=str(small.folder / "data"))
    token = server.add_member("ada", scopes="read write")["token"]
    ledger, neighbours = Ledger(), Neighbours(server, token)
    try:
        server.start()
        with RemoteServer("bea") as remote:
            with Load(server, remote, token, 0, ledger), neighbours:
                until(lambda: _is_under_way(ledger, neighbours), "everybody to be at work")
                lines = len(said(server))
                small.fill(server)
                until(lambda: neighbours.met(503), lambda: f"refusals; {neighbours.answers}")
                until(lambda: len(ledger.surprises) >= 10 * MANY, "refusals to servers")
                seen = reading(server, token)
                small.make_room(server)
                before = len(ledger.accepted), len(ledger.promised)
                pictures = len(neighbours.pictures)
                until(lambda: _went_on(ledger, before), "everybody to go on")
                until(lambda: len(neighbours.pictures) > pictures, "pictures to come again")

            assert {status for _, status in neighbours.answers} <= {200, 202, 503}
            assert {one[:12] for one in ledger.surprises} == {"answered 503"}
            assert (neighbours.faults, ledger.ended) == ([], [])
            assert seen == {200}
            if small.is_real:
                assert 1 < len(meanwhile := said(server)[lines:]) <= MOST_LINES, meanwhile
                assert not any("exception" in line for line in meanwhile), meanwhile
            server.restart()
            kept(server, ledger, neighbours)
            until(lambda: unknown(server) == set(), lambda: f"no files left; {unknown(server)}")
    finally:
        server.stop()


def said(server: MicrofedServer) -> list[str]:
    return server.log.read_text().splitlines()


def _is_under_way(ledger: Ledger, neighbours: Neighbours) -> bool:
    return (
        len(ledger.accepted) > MANY
        and len(ledger.promised) > MANY
        and len(neighbours.said) > MANY
        and len(neighbours.pictures) > 1
    )


def _went_on(ledger: Ledger, before: tuple[int, int]) -> bool:
    return len(ledger.accepted) > before[0] + 3 and len(ledger.promised) > before[1] + 1
