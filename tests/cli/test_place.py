"""What an admin decides about the place, at the command line."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from microfed.cli.commands import app


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the commands a place of their own."""
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))


def test_what_is_decided_is_shown_and_stands_in_the_journal(tmp_path: Path) -> None:
    (tmp_path / "rules.txt").write_text("Be kind\nNo advertising\n", encoding="utf-8")
    run = CliRunner()

    for arguments in (
        ["federation", "ring"],
        ["registration", "approval"],
        ["rules", str(tmp_path / "rules.txt")],
    ):
        assert run.invoke(app, ["place", *arguments]).exit_code == 0
    shown = run.invoke(app, ["place", "show", "--json"])
    lines = run.invoke(app, ["journal", "--json"])

    assert orjson.loads(shown.stdout.splitlines()[-1]) == {
        "federation": "ring",
        "registration": "approval",
        "rules": ["Be kind", "No advertising"],
    }
    deeds = orjson.loads(lines.stdout.splitlines()[-1])["deeds"]
    assert [one["action"] for one in deeds] == [
        "write_rules",
        "registration_approval",
        "federation_ring",
    ]


def test_a_way_that_does_not_exist_is_refused_in_one_sentence() -> None:
    answer = CliRunner().invoke(app, ["place", "federation", "sideways"])

    assert answer.exit_code == 1
    assert "federation is one of open, allowlist, ring, closed" in answer.output
