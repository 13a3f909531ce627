"""The journal can be read at the command line."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from microfed.cli.commands import app


def test_what_was_done_to_a_server_is_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))
    run = CliRunner()
    run.invoke(app, ["domain", "block", "bad.example"])

    deeds = orjson.loads(run.invoke(app, ["journal", "--json"]).stdout.splitlines()[-1])["deeds"]

    assert [(deed["action"], deed["target"]) for deed in deeds] == [("domain_block", "bad.example")]
    assert "domain_block  bad.example" in run.invoke(app, ["journal"]).stdout
