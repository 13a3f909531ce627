"""Lists of rules about servers go in and out at the command line."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from microfed.cli.commands import app


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the commands a place of their own."""
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))


def test_a_list_changes_nothing_until_it_is_confirmed_and_comes_out_again(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("#domain,#severity\nbad.example,suspend\nloud.example,silence\n")
    run = CliRunner()

    looked = run.invoke(app, ["domain", "import", str(listed), "--json"])
    before = run.invoke(app, ["domain", "list", "--json"])
    done = run.invoke(app, ["domain", "import", str(listed), "--yes", "--json"])

    assert orjson.loads(looked.stdout.splitlines()[-1])["applied"] is False
    assert orjson.loads(before.stdout.splitlines()[-1]) == {"rules": []}
    assert orjson.loads(done.stdout.splitlines()[-1])["new"] == 2
    assert "bad.example,suspend" in run.invoke(app, ["domain", "export"]).stdout
    blocks = orjson.loads(run.invoke(app, ["domain", "export", "--gotosocial"]).stdout)
    assert [block["domain"] for block in blocks] == ["bad.example"]


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["domain", "import", str(tmp_path / "none.csv")])

    assert answer.exit_code == 1
    assert "none.csv cannot be read" in answer.output
