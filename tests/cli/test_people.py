"""Looking after the place at the command line: people, reports, and taking things back."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.cli.starting import open_database
from microfed.operations.reports import report
from microfed.store.people import Actor, Member

RUN = CliRunner()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place where Ana and Leo live."""
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))
    for name in ("ana", "leo"):
        assert RUN.invoke(app, ["member", "add", name]).exit_code == 0


def asked(*words: str, ends: int = 0) -> Any:
    answer = RUN.invoke(app, [*words, "--json"])
    assert answer.exit_code == ends, answer.output
    return orjson.loads(answer.stdout.splitlines()[-1]) if ends == 0 else answer.output


def leo() -> Actor:
    with open_database() as db, db.reading() as tx:
        return tx.session.scalars(select(Actor).where(Actor.username == "leo")).one()


def test_somebody_is_suspended_and_it_is_taken_back_from_the_journal() -> None:
    asked("person", "act", "leo", "suspend", "--text", "assez")
    assert leo().suspended_at is not None
    line = asked("journal")["deeds"][0]
    assert (line["action"], line["target"]) == ("suspend", "@leo")

    asked("undo", line["id"])

    assert leo().suspended_at is None
    assert "already" in asked("undo", line["id"], ends=1)
    asked("person", "act", "leo", "silence")
    asked("person", "lift", "leo", "silence")
    assert leo().silenced_at is None


def test_somebody_who_waits_is_let_in_once() -> None:
    id_ = leo().id
    with open_database() as db, db.writing() as tx:
        tx.session.get_one(Member, id_).approved_at = None

    asked("person", "approve", "leo")

    asked("person", "approve", "leo", ends=1)


def test_a_report_is_listed_and_settled() -> None:
    with open_database() as db, db.writing() as tx:
        people = {one.username: one for one in tx.session.scalars(select(Actor))}
        report(tx, reporter=people["ana"], target=people["leo"], comment="du bruit")

    (found,) = asked("report", "list")["reports"]
    assert (found["about"], found["comment"]) == ("@leo", "du bruit")
    asked("report", "settle", found["id"])

    assert asked("report", "list")["reports"] == []
    assert len(asked("report", "list", "--settled")["reports"]) == 1
    asked("report", "settle", found["id"], ends=1)


def test_nobody_and_nothing_are_named() -> None:
    assert "nobody here knows eva" in asked("person", "act", "eva", "suspend", ends=1)
    asked("report", "settle", "1", ends=1)
