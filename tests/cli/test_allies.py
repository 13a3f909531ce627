"""Alliances at the command line."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from microfed.cli.commands import app


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the commands a place of their own, which may speak with this machine."""
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MICROFED_INSECURE_PEERS", "127.0.0.1:9")


@pytest.mark.parametrize("domain", ["127.0.0.1:9", "not a domain"])
def test_a_place_that_does_not_answer_is_named_and_nothing_is_written(domain: str) -> None:
    answer = CliRunner().invoke(app, ["ally", "propose", domain])

    assert answer.exit_code == 1
    assert domain in answer.output
    listed = CliRunner().invoke(app, ["ally", "list", "--json"])
    assert orjson.loads(listed.stdout.splitlines()[-1]) == {"places": []}


@pytest.mark.parametrize(
    "words", [("ally", "revoke"), ("ally", "accept"), ("ally", "list"), ("ring", "end")]
)
def test_an_alliance_that_is_none_cannot_be_ended_accepted_or_shown(words: tuple[str]) -> None:
    answer = CliRunner().invoke(app, [*words, "there.example"])

    assert answer.exit_code == 1
    assert "there.example" in answer.output
