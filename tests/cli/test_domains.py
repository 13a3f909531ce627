"""Lists of rules about servers go in and out at the command line."""

from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.cli.starting import open_database
from microfed.operations.hosts import host_failed, host_spoke
from microfed.operations.subscriptions import list_was_read
from microfed.queries.subscriptions import need_list_at


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


def test_servers_we_met_are_listed_welcomed_and_tried_again() -> None:
    run = CliRunner()
    with open_database() as db, db.writing() as tx:
        host_spoke(tx, "far.test")
        host_failed(tx, "down.test", "no route")

    met = run.invoke(app, ["domain", "met", "--json"])
    new = run.invoke(app, ["domain", "met", "--new", "--json"])
    welcome = run.invoke(app, ["domain", "welcome", "far.test"])
    after = run.invoke(app, ["domain", "met", "--new"])
    retried = run.invoke(app, ["domain", "retry", "down.test"])

    found = orjson.loads(met.stdout.splitlines()[-1])["servers"]
    assert [one["domain"] for one in found] == ["far.test", "down.test"]
    assert [one["domain"] for one in orjson.loads(new.stdout.splitlines()[-1])["servers"]] == [
        "far.test"
    ]
    assert "Welcome, far.test" in welcome.stdout
    assert "No new server" in after.stdout
    assert "down.test: tried at once" in retried.stdout
    assert "does not answer: no route" in run.invoke(app, ["domain", "met"]).stdout


def test_a_server_can_be_kept_quiet_or_without_pictures() -> None:
    run = CliRunner()

    run.invoke(app, ["domain", "limit", "loud.test", "--comment", "many words"])
    run.invoke(app, ["domain", "reject-media", "gaudy.test"])

    listed = orjson.loads(run.invoke(app, ["domain", "list", "--json"]).stdout.splitlines()[-1])
    assert {rule["domain"]: rule["action"] for rule in listed["rules"]} == {
        "loud.test": "limit",
        "gaudy.test": "reject_media",
    }


@pytest.mark.parametrize("deed", ["welcome", "retry"])
def test_a_server_nobody_met_is_named(deed: str) -> None:
    answer = CliRunner().invoke(app, ["domain", deed, "nowhere.test"])

    assert answer.exit_code == 1
    assert "we do not know this server" in answer.output


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["domain", "import", str(tmp_path / "none.csv")])

    assert answer.exit_code == 1
    assert "none.csv cannot be read" in answer.output


def test_a_list_is_subscribed_to_looked_at_and_applied() -> None:
    run, url = CliRunner(), "https://lists.test/blocks.csv"
    assert "is read by the server" in run.invoke(app, ["domain", "subscribe", url]).stdout
    assert "not read yet" in run.invoke(app, ["domain", "drafts"]).stdout
    with open_database() as db, db.writing() as tx:
        text = "bad.test,suspend\nloud.test,silence\nnot a name\n"
        list_was_read(tx, list_id=need_list_at(tx, url), text=text)

    told = run.invoke(app, ["domain", "drafts"]).stdout
    wrong = run.invoke(app, ["domain", "apply", url, "--only", "other.test"])
    looked = run.invoke(app, ["domain", "apply", url])
    before = run.invoke(app, ["domain", "list"])
    done = run.invoke(app, ["domain", "apply", url, "--leave", "loud.test", "--yes", "--json"])
    after = run.invoke(app, ["domain", "drafts", "--json"])

    assert f"{url}: +1 block, +1 limit" in told
    assert "not understood: 3: not a name" in told
    assert wrong.exit_code != 0
    assert "2 would be applied" in looked.stdout
    assert "No rules" in before.stdout
    assert orjson.loads(done.stdout.splitlines()[-1]) == {
        "url": url,
        "applied": 1,
        "would": 1,
        "left": 1,
    }
    assert orjson.loads(after.stdout.splitlines()[-1])["lists"][0]["lines"] == []
    assert "bad.test" in run.invoke(app, ["domain", "list"]).stdout
    assert run.invoke(app, ["domain", "unsubscribe", url]).exit_code == 0
    assert "No list yet" in run.invoke(app, ["domain", "drafts"]).stdout
