"""A place is handed over: a list in two languages without a secret, and a backup that opens."""

import zipfile
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.cli.starting import open_database
from microfed.operations.domains import rule_domain
from microfed.operations.subscriptions import subscribe
from microfed.store.people import Actor

RUN = CliRunner()
WORDS = "cinq mots qui ne vont pas ensemble"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that Ana alone looks after."""
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MICROFED_URL", "https://quartier.example")
    monkeypatch.setenv("MICROFED_SMTP_URL", "smtp://me:secret-of-mails@mail.example:587")
    assert RUN.invoke(app, ["member", "add", "ana", "--role", "admin"]).exit_code == 0
    (tmp_path / "words").write_text(f"{WORDS}\n")


def test_a_folder_holds_the_list_in_two_languages_and_a_sealed_backup(tmp_path: Path) -> None:
    with open_database() as db, db.writing() as tx:
        rule_domain(tx, domain="bad.test", action="block")
        subscribe(tx, by=None, url="https://lists.test/blocks.csv")
    kit, words = tmp_path / "kit", tmp_path / "words"

    done = RUN.invoke(app, ["handover", str(kit), "--encrypt", str(words), "--json"])

    assert done.exit_code == 0, done.output
    told = orjson.loads(done.stdout.splitlines()[-1])
    assert told["open"] == [
        "Only @ana is admin. Make the person who comes after admin too.",
        "Signing in in two steps is not set up by @ana: the desk is shut to them.",
    ]
    assert {path.name for path in kit.iterdir()} == {"handover.md", "passation.md", told["backup"]}
    english, french = ((kit / name).read_text() for name in ("handover.md", "passation.md"))
    assert "- [ ] Only @ana is admin." in english
    assert "- [x] A backup of this week is there." in english
    assert "mail.example" in english
    assert "https://lists.test/blocks.csv" in english
    assert "- [ ] @ana administre sans personne d’autre." in french
    assert "quartier.example" in french
    assert english.count("- [") == french.count("- [")
    for secret in ("secret-of-mails", WORDS):
        assert secret not in english + french
    verified = RUN.invoke(
        app, ["verify", str(kit / told["backup"]), "--decrypt", str(words), "--json"]
    )
    assert orjson.loads(verified.stdout.splitlines()[-1])["url"] == "https://quartier.example"
    assert RUN.invoke(app, ["verify", str(kit / told["backup"])]).exit_code != 0


def test_one_file_holds_it_all_and_nothing_is_written_over(tmp_path: Path) -> None:
    kit, words = tmp_path / "kit.zip", tmp_path / "words"
    arguments = ["handover", str(kit), "--encrypt", str(words)]

    done, again = RUN.invoke(app, arguments), RUN.invoke(app, arguments)

    assert (done.exit_code, again.exit_code != 0) == (0, True)
    assert kit.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(kit) as archive:
        names = archive.namelist()
    assert [name for name in names if name.endswith(".md")] == ["handover.md", "passation.md"]
    assert [name for name in names if name.endswith(".sealed")]
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_passphrase_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short\n")

    done = RUN.invoke(
        app, ["handover", str(tmp_path / "kit"), "--encrypt", str(tmp_path / "short")]
    )

    assert done.exit_code != 0
    assert not (tmp_path / "kit").exists()
    with open_database() as db, db.reading() as tx:
        assert tx.session.query(Actor).count() > 0
