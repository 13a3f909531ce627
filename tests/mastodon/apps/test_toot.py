"""toot, as it comes from the package index, in Ana's terminal."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon
from selectolax.lexbor import LexborHTMLParser

from tests.components.server import MicrofedServer
from tests.mastodon.apps.conftest import Browser
from tests.media.pictures import noise


class Toot:
    """A terminal in which one person runs toot."""

    def __init__(self, folder: Path) -> None:
        self.command = [sys.executable, "-W", "ignore", "-m", "toot"]
        self.env = os.environ | {
            "XDG_CONFIG_HOME": str(folder),
            "NO_COLOR": "1",
            "COLUMNS": "400",
            "PYTHONUNBUFFERED": "1",
        }

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))

    def logs_in(self, server: MicrofedServer, name: str) -> None:
        """Ask toot for an address, let it in with a browser, and give it the code."""
        command = [*self.command, "login", "--instance", server.url]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        with subprocess.Popen(command, env=self.env, text=True, **pipes) as login:
            assert login.stdout is not None
            address = ""
            while not address.startswith("http"):
                line = login.stdout.readline()
                assert line, "toot ended before it said where to go"
                address = line.strip()
            with contextlib.closing(Browser(server)) as browser:
                page = LexborHTMLParser(browser.lets_in(address, name).text)
            code = page.css_first("#code")
            assert code is not None
            said, _ = login.communicate(f"n\n{code.text().strip()}\n", timeout=60)
        assert "Successfully logged in" in said


@pytest.fixture(scope="module")
def toot(server: MicrofedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Toot]:
    toot = Toot(tmp_path_factory.mktemp("toot"))
    toot.logs_in(server, "ana")
    yield toot


def test_it_knows_who_and_where_it_is(toot: Toot) -> None:
    assert "@ana" in toot("whoami")
    assert "localhost" in toot("instance")
    assert "@bea" in toot("whois", "bea")


def test_a_post_is_written_shown_and_deleted(toot: Toot) -> None:
    post = toot.json("post", "Depuis le terminal #toot")
    answer = toot.json("post", "et encore", "--reply-to", post["id"])

    assert "Depuis le terminal" in toot("status", post["id"])
    assert "et encore" in toot("thread", post["id"])
    assert "Depuis le terminal" in toot("timeline", "--once")
    assert "Depuis le terminal" in toot("timeline", "--tag", "toot", "--once")
    toot("delete", answer["id"])
    assert "et encore" not in toot("thread", post["id"])


def test_a_post_is_liked_kept_passed_on_and_pinned(toot: Toot, bea: Mastodon) -> None:
    post = str(bea.status_post("pour le terminal").id)
    mine = toot.json("post", "à épingler")["id"]

    for deed in ("favourite", "bookmark", "reblog"):
        toot(deed, post)
    assert "ana" in toot("reblogged_by", post)
    assert "pour le terminal" in toot("bookmarks", "--once")
    toot("pin", mine)
    toot("unpin", mine)
    for deed in ("unfavourite", "unbookmark", "unreblog"):
        toot(deed, post)


def test_a_question_and_a_picture_are_posted(toot: Toot, tmp_path: Path) -> None:
    picture = tmp_path / "mur.jpg"
    picture.write_bytes(noise((200, 120)))

    asked = toot.json("post", "On y va ?", "--poll-option", "oui", "--poll-option", "non")
    shown = toot.json("post", "regarde", "--media", str(picture), "--description", "un mur")

    assert [option["title"] for option in asked["poll"]["options"]] == ["oui", "non"]
    assert [media["description"] for media in shown["media_attachments"]] == ["un mur"]


def test_people_follow_each_other(toot: Toot) -> None:
    toot("follow", "bea")
    assert "bea" in toot("following")
    toot("unfollow", "bea")
    assert "bea" not in toot("following")


def test_lists_hashtags_and_people_are_kept_and_silenced(toot: Toot) -> None:
    toot("follow", "bea")
    toot("lists", "create", "Voisins")
    toot("lists", "add", "Voisins", "bea")
    assert "bea" in toot("lists", "accounts", "Voisins")
    toot("lists", "remove", "Voisins", "bea")
    toot("lists", "delete", "Voisins")
    assert "Voisins" not in toot("lists", "list")

    toot("tags", "follow", "brocante")
    assert "brocante" in toot("tags", "followed")
    toot("tags", "unfollow", "brocante")
    toot("tags", "feature", "brocante")
    assert "brocante" in toot("tags", "featured")
    toot("tags", "unfeature", "brocante")

    for deed, undone, listed in (("mute", "unmute", "muted"), ("block", "unblock", "blocked")):
        toot(deed, "bea")
        assert "bea" in toot(listed)
        toot(undone, "bea")
        assert "bea" not in toot(listed)


def test_it_searches_and_reads_what_others_do(toot: Toot, bea: Mastodon) -> None:
    bea.status_post("@ana un signe")

    assert "@bea" in toot("search", "bea")
    assert "un signe" in toot("notifications", "--type", "mention")
    toot("notifications", "--clear")
    assert "un signe" not in toot("notifications")
