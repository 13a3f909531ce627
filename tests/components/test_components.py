"""The programs beside the tests do what the tests rely on."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.async_api import Page

from tests.components.fedify import FedifyServer, Knock
from tests.components.needed import Component, Missing, ensure
from tests.components.processes import Program, free_port, until
from tests.components.remote import RemoteServer


def test_each_test_has_an_empty_database_of_its_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        tables = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchone()

    assert tables == (0,)


@pytest.fixture
def site() -> Iterator[str]:
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>Bonjour</title><p id=x>Rue des Lilas"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


async def test_the_browser_shows_a_page(page: Page, site: str) -> None:
    await page.goto(site)

    assert await page.title() == "Bonjour"
    assert await page.locator("#x").inner_text() == "Rue des Lilas"


def test_the_remote_server_is_found_and_describes_its_people(fedify: FedifyServer) -> None:
    found = httpx.get(
        f"{fedify.url}/.well-known/webfinger",
        params={"resource": f"acct:{fedify.handle()}"},
        trust_env=False,
    ).json()

    actor = httpx.get(
        found["links"][0]["href"],
        headers={"Accept": "application/activity+json"},
        trust_env=False,
    ).json()

    assert found["subject"] == f"acct:eva@{fedify.host}"
    assert actor["id"] == fedify.actor("eva")
    assert actor["publicKey"]["owner"] == fedify.actor("eva")


def test_the_remote_server_refuses_what_is_not_signed(fedify: FedifyServer) -> None:
    answer = httpx.post(
        f"{fedify.actor()}/inbox",
        json={
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": "http://localhost:1/follows/1",
            "type": "Follow",
            "actor": "http://localhost:1/users/mallory",
            "object": fedify.actor(),
        },
        headers={"Content-Type": "application/activity+json"},
        trust_env=False,
    )

    assert answer.status_code == 401
    assert fedify.state()["unverified"][0]["reason"] == "noSignature"
    assert fedify.state()["received"] == []


@pytest.mark.parametrize("knock", ["cavage", "rfc9421"])
def test_two_remote_servers_live_together(
    make_fedify: Callable[..., FedifyServer], knock: Knock
) -> None:
    north, south = make_fedify("eva"), make_fedify("noor", secure=True)

    north.follow(south.actor("noor"), knock=knock)
    north.wait_for(
        lambda state: state["people"]["eva"]["following"] == {south.actor("noor"): "accepted"},
        "the follow to be accepted",
    )
    note = south.post("<p>Soup at six.</p>", knock=knock)["object"]
    answer = north.reply(note, "<p>We bring bread.</p>", knock=knock)["object"]
    like = north.like(note, knock=knock)
    north.announce(note, knock=knock)
    north.undo(like["id"])
    north.edit(answer, "<p>We bring bread and jam.</p>")
    south.delete(note)
    north.unfollow(south.actor("noor"), knock=knock)

    told = [
        one["type"]
        for one in south.wait_for(
            lambda state: [one["type"] for one in state["received"]].count("Undo") == 2, "two Undo"
        )["received"]
    ]
    assert sorted(told) == sorted(
        ["Follow", "Create", "Like", "Announce", "Undo", "Update", "Undo"]
    )
    north.wait_for(lambda state: state["known"][note]["deleted"], "the deletion")
    assert south.state()["known"][answer]["content"] == "<p>We bring bread and jam.</p>"
    assert south.person()["followers"] == []
    for server in (north, south):
        assert (server.state()["errors"], server.state()["refused"]) == ([], [])
    # Which signature was in fact understood: no silent change to the other one.
    assert set(north.state()["agreed"][knock].values()) == {
        {"cavage": "draft-cavage-http-signatures-12", "rfc9421": "rfc9421"}[knock]
    }


def test_a_missing_program_names_the_command_that_brings_it() -> None:
    teleport = Component("Teleport", ("no-such-program",), ("no-such-package",))

    with pytest.raises(Missing, match="no-such-package"):
        ensure([teleport])


def test_a_program_that_does_not_start_says_why(tmp_path: Path) -> None:
    program = Program("liar", ["sh", "-c", "echo the port is taken; exit 3"], log=tmp_path / "log")
    program.start()

    with pytest.raises(AssertionError, match="the port is taken"):
        program.until_ready(lambda: None)

    assert program.stop() == 3


def test_a_free_port_is_below_those_of_outgoing_connections() -> None:
    assert 15_000 <= free_port() < 32_000


def test_what_the_played_server_signs_is_understood_elsewhere(fedify: FedifyServer) -> None:
    with RemoteServer("bea") as south:
        follow = south.activity("Follow", 1, object=fedify.actor())

        status = south.send(f"{fedify.actor()}/inbox", follow)

        assert status == 202
        until(lambda: south.received("Accept"), "the follow to be accepted")
        assert fedify.person()["followers"] == [south.actor()]
        assert fedify.state()["received"][0]["document"]["id"] == follow["id"]


def test_what_the_played_server_signs_wrongly_is_refused_elsewhere(fedify: FedifyServer) -> None:
    with RemoteServer("bea") as south:
        follow = south.activity("Follow", 1, object=fedify.actor())
        headers = south.signed(f"{fedify.actor()}/inbox", b'{"another": "body"}')

        answer = httpx.post(
            f"{fedify.actor()}/inbox", json=follow, headers=headers, trust_env=False
        )

        assert answer.status_code == 401
        assert fedify.state()["received"] == []
