"""What the server writes down: one line a record, nothing that opens a door, nothing that acts."""

import http.client
import io
import json
import logging
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from microfed.cli.starting import open_database
from microfed.logs import REQUEST, blot, flatten, keep_a_log
from microfed.operations.invitations import invite, link_of
from microfed.operations.members import add_member
from microfed.operations.reset_sign_in import reset_sign_in
from microfed.operations.tokens import give_token
from microfed.passwords import hash_password
from microfed.settings import Settings
from tests.components.remote import RemoteServer
from tests.components.server import MicrofedServer

UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]")
# An address that is nobody's, as a proxy on this machine passes it on.
ADDRESS = "203.0.113.77"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, as anywhere but on a terminal."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = io.StringIO()
    keep_a_log(stream=stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers[:] = before
    root.setLevel(level)


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_record_is_one_json_object_that_names_its_request(written: io.StringIO) -> None:
    token = REQUEST.set("0123456789abcdef")
    logging.getLogger("microfed.doors").warning("somebody %s", "knocked")
    REQUEST.reset(token)

    (record,) = records(written.getvalue())

    assert record.pop("at").endswith("Z")
    assert record == {
        "level": "warning",
        "event": "somebody knocked",
        "logger": "microfed.doors",
        "request": "0123456789abcdef",
    }


def test_a_fault_is_one_line_with_where_it_was(written: io.StringIO) -> None:
    try:
        raise ValueError("line one\nline two \x1b[2J with Bearer abcdefgh12345678")
    except ValueError:
        logging.getLogger("microfed").exception("it broke\r\nERROR forged")

    (record,) = records(written.getvalue())

    assert record["event"] == "it broke\\r\\nERROR forged"
    assert "test_logs.py" in record["exception"]
    assert "\x1b" not in record["exception"] and "\\x1b[2J" in record["exception"]
    assert "abcdefgh" not in written.getvalue()


def test_on_a_terminal_a_record_reads_well(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = Terminal()
    keep_a_log(stream=stream)
    logging.getLogger("microfed").info("all is well \x1b[31m")
    root.handlers[:] = before
    root.setLevel(level)

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d info    microfed: all is well \\x1b\[31m\n",
        stream.getvalue(),
    )


@pytest.mark.parametrize(
    "said",
    [
        "GET /api/v1/streaming?stream=user&access_token=SeCrEt99",
        "GET /setup?key=SeCrEt99",
        "{'client_secret': 'SeCrEt99', 'scope': 'read'}",
        '{"password": "SeCrEt99"}',
        "password=SeCrEt99&name=ada",
        "Authorization: Bearer SeCrEt99SeCrEt99",
        "smtp://ada:SeCrEt99@mail.example:587",
        "postgresql+psycopg://ada:SeCrEt99@127.0.0.1/here",
        "a fault at GET /reset/SeCrEt99",
        "https://lilas.example/invite/SeCrEt99?x=1",
        "-----BEGIN RSA PRIVATE KEY-----\nSeCrEt99\n-----END RSA PRIVATE KEY-----",
        "DETAIL:  Key (email)=(SeCrEt99) already exists.",
        "?code=SeCrEt99&state=x",
    ],
)
def test_what_opens_a_door_is_blotted_out(said: str) -> None:
    assert "SeCrEt99" not in blot(said)


@pytest.mark.parametrize(
    "said",
    [
        "the status code: 500",
        "http://localhost:8000/users/ada answered 404",
        "the key of https://far.example/users/eva#main-key is not theirs",
        "refused Follow https://far.example/1: no such actor here",
    ],
)
def test_what_is_no_secret_stays(said: str) -> None:
    assert blot(said) == said == flatten(said)


class Asking:
    """Somebody who asks this server for many things, through a proxy on the same machine."""

    def __init__(self, server: MicrofedServer) -> None:
        self.server = server

    def ask(self, method: str, path: str, token: str = "", **form: str) -> tuple[int, str, str]:
        headers = {"Host": self.server.host, "X-Forwarded-For": ADDRESS, "Origin": self.server.url}
        body = None
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form)
        address = ("127.0.0.1", self.server.port)
        with closing(http.client.HTTPConnection(*address, timeout=30)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            cookie = answer.headers.get("Set-Cookie", "").partition(";")[0].partition("=")[2]
            return answer.status, answer.headers["X-Request-Id"], cookie


def moved_in(server: MicrofedServer) -> tuple[str, str, str]:
    """Two live there; returns a token, and what opens the door to another password and to all."""
    with open_database(Settings(url=server.url, data=server.data)) as db, db.writing() as tx:
        ada = add_member(tx, name="ada", password_hash=hash_password("trois petits escargots"))
        add_member(tx, name="leo", password_hash=hash_password("autre chose de long"))
        token = give_token(tx, member_id=ada.id, scopes=["read", "write"])
        reset = reset_sign_in(tx, by=None, target=ada, drops_device=False, by_mail=False)
        made = invite(tx, inviter_id=ada.id, who_may="members", uses=1, days=1, note="")
        return token, reset.rpartition("/")[2], link_of(tx, made).rpartition("/")[2]


def test_the_log_of_a_busy_run_holds_no_secret_no_address_and_nothing_that_acts(
    tmp_path: Path,
) -> None:
    server = MicrofedServer(tmp_path, LOG_LEVEL="debug", METRICS_TOKEN="m" * 20)
    token, reset, invitation = moved_in(server)
    secrets = [
        token,
        reset,
        invitation,
        "trois petits",
        "wrong words here",
        "m" * 20,
        "TopSecretText",
    ]
    server.start()
    person = Asking(server)
    try:
        with RemoteServer("bea") as remote:
            odd = remote.activity("Follow", "1\x1b[2J\nERROR forged", object=server.actor("nobody"))
            remote.send(f"{server.url}/inbox", odd)
            remote.send(f"{server.url}/inbox", remote.create(2, "TopSecretText"))
        signed_in = person.ask(
            "POST", "/sign-in", name="leo", password="autre chose de long", next="/home"
        )
        secrets += ["autre chose", signed_in[2]]
        person.ask("POST", "/sign-in", name="ada", password="wrong words here", next="/home")
        for path in (
            f"/reset/{reset}",
            f"/invite/{invitation}",
            f"/api/v1/streaming/health?access_token={token}",
            f"/setup?key={reset}",
            "/metrics",
            "/nothing\x1b[2Jhere".replace("\x1b", "%1b"),
        ):
            person.ask("GET", path, token)
        said = person.ask("POST", "/api/v1/statuses", token, status="TopSecretText")
        # Now something breaks inside, with what the member wrote in hand.
        with closing(sqlite3.connect(server.data / "microfed.db")) as beside, beside:
            beside.execute("ALTER TABLE posts RENAME TO elsewhere")
        broken = person.ask("POST", "/api/v1/statuses", token, status="TopSecretText again")
        other = person.ask("GET", f"/reset/{reset}")
    finally:
        server.stop()

    # What the server greets with stands before the log; all that follows is records.
    log = server.log.read_bytes().decode()
    lines = [line for line in log.splitlines() if not line.startswith("microfed ")]
    found = [json.loads(line) for line in lines]
    assert len(found) > 10
    assert all({"at", "level", "event", "logger"} <= set(record) for record in found)
    assert UNSEEN.findall(log) == []
    assert [secret for secret in secrets if secret and secret in log] == []
    assert signed_in[0] == 303 and said[0] == 200 and broken[0] == 500 and other[0] == 200
    of_the_fault = [record for record in found if record.get("request") == broken[1]]
    assert any("no such table" in record.get("exception", "") for record in of_the_fault)
    assert any("forged" in record["event"] for record in found)
    assert {record["request"] for record in found if "sign-in" in record["event"]} >= {signed_in[1]}
    kept = b"".join(path.read_bytes() for path in server.data.glob("microfed.db*"))
    assert ADDRESS not in log and ADDRESS.encode() not in kept


@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_no_question_to_the_database_is_ever_written_down(written: io.StringIO, level: str) -> None:
    keep_a_log(level, stream=written)

    # What it logs at `info` is each statement, which costs more than answering.
    for name in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.engine.Engine"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)


def test_who_serves_has_no_colours_in_memory() -> None:
    code = (
        "import sys, microfed.cli.serve, microfed.logs; microfed.logs.keep_a_log();"
        " print('structlog' in sys.modules, 'rich' in sys.modules,"
        " 'prometheus_client' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["True", "False", "False"]
