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
    for language, sentence in (
        ("fr", "La ligne de commande a exclu le serveur bad.example"),
        ("en", "The command line shut out the server bad.example"),
    ):
        assert sentence in run.invoke(app, ["journal", "--language", language]).stdout
        told = run.invoke(app, ["journal", "--language", language, "--json"]).stdout
        assert orjson.loads(told.splitlines()[-1])["deeds"][0]["sentence"] == sentence
    wrong = run.invoke(app, ["journal", "--language", "de"])
    assert (wrong.exit_code, "fr, en" in wrong.stderr) == (1, True)
