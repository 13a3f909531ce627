"""Single posts and announcements at the command line: the same operations as at the desk."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.cli.starting import open_database
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.queries.people import find_by_handle
from microfed.store.posts import Post, Tombstone
from microfed.vocab.audience import Audience


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place where Leo lives, by the clock of Paris."""
    monkeypatch.setenv("MICROFED_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MICROFED_TIMEZONE", "Europe/Paris")
    asked("member", "add", "leo")


def asked(*words: str, ends: int = 0) -> Any:
    answer = CliRunner().invoke(app, [*words, "--json"])
    assert answer.exit_code == ends, (answer.output, answer.exception)
    return orjson.loads(answer.stdout.splitlines()[-1]) if ends == 0 else answer.output


def said(text: str) -> tuple[str, str]:
    """Leo says something to everyone; returns its id and its address."""
    with open_database() as db, db.writing() as tx:
        leo = find_by_handle(tx, "leo")
        assert leo is not None
        draft = Draft(source=text, audience=Audience.PUBLIC)
        post = write_post(tx, author=leo, draft=draft)
        return str(post.id), post.uri


def test_posts_are_veiled_and_taken_away_by_id_address_or_page() -> None:
    (first, first_uri), (second, _), (third, _) = said("Un"), said("Deux"), said("Trois")

    veiled = asked("post", "veil", first_uri, f"http://localhost:8000/@leo/{second}")
    gone = asked("post", "remove", f"http://localhost:8000/posts/{third}")

    assert veiled == {"posts": [first, second]} and gone == {"posts": [third]}
    with open_database() as db, db.reading() as tx:
        veils = [tx.session.get_one(Post, int(one)).is_sensitive for one in (first, second)]
        assert veils == [True, True]
        assert tx.session.get(Post, int(third)) is None
        assert tx.session.query(Tombstone).count() == 1
    deeds = [one["action"] for one in asked("journal")["deeds"]]
    assert deeds[:3] == ["remove_post", "mark_post", "mark_post"]


def test_of_several_posts_all_are_taken_away_or_none() -> None:
    here, _ = said("Toujours là")

    answer = asked("post", "remove", here, "https://elsewhere.example/notes/1", ends=1)

    assert "nobody here knows the post https://elsewhere.example/notes/1" in answer
    assert asked("post", "veil", here) == {"posts": [here]}
    assert "veiled or gone already" in asked("post", "veil", here, ends=1)


def test_an_announcement_is_made_corrected_and_taken_down() -> None:
    id_ = asked(
        *("announcement", "add", "L’eau est coupée", "--starts", "2030-06-01T09:00"),
        *("--ends", "2030-06-01T12:00"),
    )["id"]
    asked("announcement", "correct", id_, "L’eau est coupée rue Piat")

    (one,) = asked("announcement", "list")["announcements"]

    assert one["text"] == "L’eau est coupée rue Piat" and one["announced"]
    later = asked("announcement", "add", "Bonne année", "--from", "2031-01-01T00:00")["id"]
    planned = asked("announcement", "list")["announcements"][0]
    assert (planned["id"], planned["announced"]) == (later, None)
    assert planned["from"] == "2030-12-31T23:00:00+00:00"
    asked("announcement", "remove", id_)
    assert [one["id"] for one in asked("announcement", "list")["announcements"]] == [later]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", "  "), "an announcement needs words"),
        (("add", "x", "--starts", "demain"), "2026-12-24T18:00"),
        (("add", "x", "--starts", "2030-03-31T02:30"), "leaps"),
        (("add", "x", "--starts", "2030-06-02T09:00", "--ends", "2030-06-01T09:00"), "ends before"),
        (("remove", "4711"), "there is nothing of that id"),
        (("remove", "nothing"), "nothing"),
    ],
)
def test_what_makes_no_sense_is_said_so_and_announces_nothing(
    words: tuple[str, ...], sentence: str
) -> None:
    answer = asked("announcement", *words, ends=1)

    assert sentence in answer and "Traceback" not in answer
    assert asked("announcement", "list") == {"announcements": []}
