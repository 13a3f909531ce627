"""A full disk, a PostgreSQL that starts anew: what was answered is kept, and all goes on.

Whoever is refused is told so (503) and may try again; nobody has to start the server anew.
"""

import http.client
import json
import resource
import signal
from collections.abc import Callable
from contextlib import closing

import psycopg

from tests.components.postgres import Postgres
from tests.components.processes import until
from tests.components.remote import ACTIVITY_JSON, RemoteServer
from tests.components.server import MicrofedServer
from tests.test_kill import Ledger, Load, public_note, stored

RESTARTS = 10


def write(server: MicrofedServer, token: str, words: str) -> tuple[int, str]:
    """Say something; returns the status and where it is."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": ACTIVITY_JSON}
    body = json.dumps(public_note(server.actor("ada"), words))
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("POST", "/users/ada/outbox", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers.get("Location", "")


def read(server: MicrofedServer) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("GET", "/@ada", headers={"Host": server.host})
        return connection.getresponse().status


def test_a_full_disk_refuses_with_words_and_recovers_by_itself(
    microfed_server: MicrofedServer,
) -> None:
    server = microfed_server
    token = server.add_member("ada", scopes="read write")["token"]
    said = [write(server, token, "before")]
    assert server.program and server.program.process
    pid = server.program.process.pid
    was = resource.prlimit(pid, resource.RLIMIT_FSIZE)

    # No file may grow beyond this: for the database it is as if the disk were full.
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, was[1]))
    refused = [write(server, token, f"full {n}")[0] for n in range(20)]
    reading = [read(server) for _ in range(5)]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, was)

    assert set(refused) == {503}
    assert set(reading) == {200}
    said += [write(server, token, "after")]
    assert [status for status, _ in said] == [201, 201]
    assert server.program.process.poll() is None
    server.restart()
    assert len([uri for uri in stored(server) if uri.startswith(server.actor("ada"))]) == 2


def test_ten_restarts_of_postgresql_under_load_lose_nothing(
    make_microfed_server: Callable[..., MicrofedServer],
) -> None:
    cluster, ledger = Postgres(), Ledger()
    try:
        url = cluster.url(cluster.create())
        server = make_microfed_server(DATABASE_URL=url)
        token = server.add_member("ada", scopes="read write")["token"]
        assert server.program and server.program.process
        process = server.program.process
        with RemoteServer("bea") as remote:
            for round_ in range(RESTARTS):
                before = len(ledger.accepted), len(ledger.promised)
                with Load(server, remote, token, round_, ledger):
                    until(lambda: _went_on(ledger, before), "the load")  # noqa: B023
                    cluster.program.stop(signal.SIGINT)
                    cluster.program.start()
                    cluster.program.until_ready(cluster._answers)
                    now = len(ledger.accepted), len(ledger.promised)
                    until(
                        lambda: _went_on(ledger, now),  # noqa: B023
                        lambda: f"the load to go on; {ledger.ended}, {ledger.surprises[-3:]}",
                    )
                assert process.poll() is None, "the server ended"

            assert {each[:12] for each in ledger.surprises} <= {"answered 503"}
            notes = {create["object"]["id"] for create in ledger.accepted.values()}
            until(lambda: notes <= _all(url, "uri"), "all that was taken in", 30)
            said = {f"<p>{words}</p>" for words in ledger.promised.values()}
            assert said - _all(url, "content") == set()
    finally:
        server.stop()
        cluster.stop()


def _went_on(ledger: Ledger, before: tuple[int, int]) -> bool:
    return len(ledger.accepted) > before[0] + 3 and len(ledger.promised) > before[1] + 1


def _all(url: str, column: str) -> set[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(f"SELECT {column} FROM posts".encode())
        return {value for (value,) in rows}
