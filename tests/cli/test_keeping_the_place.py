"""From the first run to a place that federates and is looked after, by command alone; whoever lives
there uses an app and a form, as they would."""

import itertools
from collections.abc import Callable

import httpx

from microfed.words import all_words
from tests.components.processes import until
from tests.components.remote import RemoteServer
from tests.components.server import MicrofedServer
from tests.keeping.place import PASSWORD, Place, told
from tests.mails.conftest import Post
from tests.mails.conftest import post as post

DEEDS = (  # the newest first
    ("%(who)s shut out the server %(whom)s", "spam.example"),
    ("%(who)s shut out the server %(whom)s", "bea's"),
    ("%(who)s let %(whom)s come back", "@zoe"),
    ("%(who)s shut %(whom)s out", "@zoe"),
    ("%(who)s granted the objection of %(whom)s", "@zoe"),
    ("%(who)s let %(whom)s come back", "@zoe"),
    ("%(who)s gave %(whom)s a link to object", "@zoe"),
    ("%(who)s shut %(whom)s out", "@zoe"),
    ("%(who)s settled a report about %(whom)s", "@zoe"),
    ("%(who)s wrote to %(whom)s", "@zoe"),
    ("%(who)s let %(whom)s in", "@noe"),
    ("%(who)s opened the door to those who are let in one by one", "…"),
)


def test_a_place_is_founded_and_looked_after_by_command_alone(
    make_microfed_server: Callable[..., MicrofedServer], post: Post
) -> None:
    server = make_microfed_server(NAME="Ménilmontant", SMTP_URL=f"smtp://127.0.0.1:{post.port}")
    with RemoteServer("bea") as remote:
        place = Place(server, remote, post)
        run = place.by_command
        run("member", "add", "amel", "--role", "admin", "--password", PASSWORD)
        run("place", "registration", "approval")
        say = _comes_in(place)
        place.follows("zoe")
        say("Vide-grenier samedi")
        said = place.hears("Vide-grenier")
        place.reports(server.actor("zoe"), said, comment="encore elle")
        _warn(place)
        _suspend_and_hear(place, say)
        _shut_out(place)
        names = {one["username"]: one["state"] for one in run("member", "list")["members"]}
        assert names == {"amel": "here", "noe": "here", "zoe": "here"}
        _read_the_journal(place)


def _comes_in(place: Place) -> Callable[[str], int]:
    """Zoé comes by an invitation, Noé asks and is let in; returns how Zoé's app says something."""
    run, url = place.by_command, place.server.url
    for link, name, state in (
        (run("member", "invite", "amel")["link"], "zoe", "here"),
        (f"{url}/join", "noe", "waiting"),
    ):
        screen = {"step": "3", "name": name, "reason": "rue Piat", "agreed": "1"}
        form = {**screen, "password": PASSWORD, "again": PASSWORD}
        came = httpx.post(link, data=form, headers={"Origin": url})
        assert came.status_code in (200, 303), came.text
        assert run("member", "show", name)["state"] == state
    run("person", "approve", "noe")
    token = run("token", "zoe", "--scopes", "read write")["token"]

    def say(text: str) -> int:
        return httpx.post(
            f"{url}/api/v1/statuses",
            data={"status": text},
            headers={"Authorization": f"Bearer {token}"},
        ).status_code

    return say


def _warn(place: Place) -> None:
    run = place.by_command
    (waits,) = until(lambda: run("report", "list")["reports"], "the report")
    assert (waits["about"], waits["comment"], len(waits["posts"])) == ("@zoe", "encore elle", 1)
    run("person", "act", "zoe", "warn", "--text", "Une annonce par semaine suffit.")
    run("report", "settle", waits["id"])
    assert run("report", "list")["reports"] == []


def _suspend_and_hear(place: Place, say: Callable[[str], int]) -> None:
    """She is shut out, objects by a link that was handed over to her, and is right."""
    run, url = place.by_command, place.server.url
    assert run("member", "suspend", "zoe", "--text", "assez")["state"] == "suspended"
    until(lambda: say("Et pourtant") in (401, 403), "the app to be shut out")
    assert run("appeal", "list") == {"appeals": []}
    link = run("appeal", "link", "zoe")["link"]
    assert "assez" in httpx.get(link, headers={"Accept": "text/html"}).text
    objection = httpx.post(link, data={"text": "C'était la seule"}, headers={"Origin": url})
    assert objection.status_code == 200, objection.text
    (appeal,) = run("appeal", "list")["appeals"]
    assert (appeal["by"], appeal["against"], appeal["text"]) == (
        *("@zoe", "suspend"),
        "C'était la seule",
    )
    run("appeal", "grant", appeal["id"])
    assert run("appeal", "list") == {"appeals": []}
    assert run("member", "show", "zoe")["state"] == "here"
    until(lambda: say("Me revoilà") == 200, "the app to be let in")
    place.hears("Me revoilà")
    run("member", "suspend", "zoe")
    assert run("member", "restore", "zoe")["state"] == "here"


def _shut_out(place: Place) -> None:
    """A list of another place is taken over, and bea's server is on it."""
    file = place.server.folder / "list.csv"
    file.write_text(f"#domain,#severity\n{place.remote.host},suspend\nspam.example,suspend\n")
    assert place.by_command("domain", "import", str(file), "--yes")["new"] == 2
    tries = itertools.count()
    # The server that runs hears of what was done beside it within a moment.
    until(lambda: not place.is_heard(f"later-{next(tries)}"), "the list to hold")


def _read_the_journal(place: Place) -> None:
    for language, words in all_words().items():
        who = words.say("The command line")
        expected = [
            told(language, sentence, who, place.remote.host if whom == "bea's" else whom)
            for sentence, whom in DEEDS
        ]
        assert sorted(place.sentences(language)) == sorted(expected), language
