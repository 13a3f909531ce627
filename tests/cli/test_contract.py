"""The commands that scripts rely on: each is there as it was promised, and speaks JSON."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from sqlalchemy import select
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.cli.serve import serve
from microfed.cli.starting import open_database
from microfed.store.moderation import Deed
from microfed.store.people import Actor
from microfed.store.posts import Tombstone
from tests.components.processes import until
from tests.components.server import MicrofedServer

RUN = CliRunner()
# They run until they are ended, or show what they do as they do it.
NO_JSON = {"serve", "work", "demo"}
PROMISED = {
    *("serve", "work", "demo", "token", "queue", "backup", "restore", "doctor"),
    *(f"member {verb}" for verb in ("add", "list", "show", "role", "suspend", "restore", "remove")),
    *(f"domain {verb}" for verb in ("allow", "block", "list", "import", "export")),
    *(f"ally {verb}" for verb in ("propose", "accept", "revoke", "list")),
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place where Ana, who is admin, and Leo live."""
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    for name, role in (("ana", "admin"), ("leo", "member")):
        asked("member", "add", name, "--role", role)


def asked(*words: str, ends: int = 0) -> Any:
    answer = RUN.invoke(app, [*words, "--json"])
    assert answer.exit_code == ends, (answer.output, answer.exception)
    return orjson.loads(answer.stdout.splitlines()[-1]) if ends == 0 else answer.output


def commands() -> Iterator[tuple[str, Any]]:
    """Give every command by its whole name."""

    def walk(group: Any, before: str) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                yield from walk(command, f"{before}{name} ")
            else:
                yield f"{before}{name}", command

    yield from walk(typer.main.get_command(app), "")


def test_every_promised_command_is_there() -> None:
    assert PROMISED - {name for name, _ in commands()} == set()


def test_every_command_that_ends_speaks_json() -> None:
    silent = {
        name
        for name, command in commands()
        if not any("--json" in parameter.opts for parameter in command.params)
    }

    assert silent == NO_JSON


def test_every_command_is_documented_in_both_languages() -> None:
    for page in ("docs/en/reference/commands.md", "docs/fr/reference/commandes.md"):
        text = Path(__file__).parents[2].joinpath(page).read_text()
        rows = [set(re.findall(r"[a-z][a-z-]+", row)) for row in text.splitlines()]
        missing = [
            name for name, _ in commands() if not any(set(name.split()) <= row for row in rows)
        ]
        assert missing == [], page


def test_what_each_promised_command_prints(place: None, tmp_path: Path) -> None:
    added = asked("member", "add", "bea", "--token", "read write", "--email", "b@lilas.example")
    assert set(added) == {"username", "id", "actor", "token"}
    assert asked("queue") == {"received": 0, "deliveries": 0, "jobs": 0, "hosts_down": 0}
    assert {one["username"] for one in asked("member", "list")["members"]} == {"ana", "bea", "leo"}
    assert asked("member", "show", "bea")["email"] == "b@lilas.example"
    assert asked("member", "role", "bea", "organiser") == {"username": "bea", "role": "organiser"}
    assert asked("token", "bea", "--scopes", "read write follow push")["token"]
    asked("domain", "block", "bad.test")
    asked("domain", "allow", "good.test")
    assert len(asked("domain", "list")["rules"]) == len(asked("domain", "export")["rules"]) == 2
    (tmp_path / "list.csv").write_text("#domain,#severity\nworse.test,suspend\n")
    assert asked("domain", "import", str(tmp_path / "list.csv"), "--yes")["new"] == 1
    kept = asked("backup", str(tmp_path / "one.tar"))
    assert Path(kept["file"]).is_file()
    assert asked("verify", kept["file"])["rows"] == kept["rows"]


def test_a_member_is_suspended_restored_and_removed(place: None) -> None:
    assert asked("member", "suspend", "leo", "--text", "assez") == {
        "username": "leo",
        "state": "suspended",
    }
    assert "already" in asked("member", "suspend", "leo", ends=1)
    assert asked("member", "list")["members"][1]["is_suspended"] is True
    assert asked("member", "restore", "leo")["state"] == "here"
    assert asked("member", "restore", "leo")["state"] == "here"

    assert asked("member", "remove", "leo")["state"] == "gone"

    assert asked("member", "remove", "leo")["state"] == "gone"
    assert "for good" in asked("member", "restore", "leo", ends=1)
    with open_database() as db, db.reading() as tx:
        gone = tx.session.scalars(select(Actor).where(Actor.username == "leo")).one()
        assert gone.gone_at is not None
        assert tx.session.scalars(select(Tombstone.uri)).all() == [gone.uri]
        actions = tx.session.scalars(select(Deed.action).order_by(Deed.id)).all()
    assert actions == ["suspend", "lift_suspend", "suspend", "erase"]


def test_the_last_admin_can_be_neither_suspended_nor_removed(place: None) -> None:
    for verb in ("suspend", "remove"):
        assert "the last admin stays" in asked("member", verb, "ana", ends=1)

    assert asked("member", "show", "ana")["state"] == "here"


def test_nobody_is_named(place: None) -> None:
    for verb in ("show", "suspend", "restore", "remove"):
        assert "there is no member called zoe" in asked("member", verb, "zoe", ends=1)


def test_several_processes_need_postgresql(place: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve(["--workers", "2"]) == 2
    assert "--workers needs PostgreSQL" in capsys.readouterr().err


def test_several_processes_answer_and_one_that_dies_is_replaced(
    tmp_path: Path, postgres_url: str
) -> None:
    server = MicrofedServer(tmp_path, DATABASE_URL=postgres_url)
    server.start("--workers", "2")
    try:
        _one_dies(server)
        assert server.add_member("ada")["token"]
        assert server.stop() == 0
        server.start()
        left = _children(server)
        server.kill()  # nobody is left who would still hold the port
        until(lambda: not any(Path(f"/proc/{child}").exists() for child in left), "their end")
    finally:
        server.stop()


def _children(server: MicrofedServer) -> set[int]:
    assert server.program and server.program.process
    parent = server.program.process.pid
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return {int(each) for each in listed.split()}


def _one_dies(server: MicrofedServer) -> None:
    before = until(lambda: len(_children(server)) == 2 and _children(server), "two processes")
    os.kill(min(before), signal.SIGKILL)
    after = until(
        lambda: len(_children(server)) == 2 and _children(server) - before and _children(server),
        "another",
    )

    assert len(before & after) == 1
    until(server._answers, "an answer")
