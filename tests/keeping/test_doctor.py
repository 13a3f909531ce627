"""Each fault that is planted is found, and its mend is named; a place that is well has none."""

import os
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from microfed import clock
from microfed.here import Here
from microfed.keeping import upgrading
from microfed.keeping.doctor import (
    Finding,
    check_backups,
    check_database,
    check_folder,
    check_settings,
    check_storage,
)
from microfed.keeping.doctor_outside import (
    check_certificate,
    check_door,
    check_mail,
    check_name,
    check_peer,
)
from microfed.operations.files import Kept, keep_files
from microfed.operations.members import found_place
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.remote.http import Web
from microfed.settings import Settings
from microfed.storage import new_key
from microfed.store.database import Database
from microfed.store.migrate import migrate
from tests.components.processes import free_port
from tests.components.server import MicrofedServer
from tests.people import neighbour

PUBLIC = "https://lilas.example"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Database]:
    migrate(f"sqlite:///{tmp_path}/microfed.db")
    os.chmod(tmp_path, 0o700)
    db = Database(f"sqlite:///{tmp_path}/microfed.db", Here(PUBLIC, "lilas.example"))
    with db.writing() as tx:
        found_place(tx, title="Lilas")
        neighbour(tx, "ada")
    yield db
    db.close()


def only(found: list[Finding], about: str, what: str) -> None:
    """There is this one finding, and it says how to mend it."""
    assert [each.about for each in found] == [about], found
    assert what in found[0].what
    assert len(found[0].mend) > 10


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ({"insecure_peers": "10.0.0.0/8"}, "plain http"),
        ({"rate_limits": "off"}, "slow down"),
        ({"retry_factor": 0.1}, "scaled"),
        ({"ca_file": "/nowhere/ca.pem"}, "no file"),
        ({"url": "http://localhost:8000"}, "only this machine"),
    ],
)
def test_settings_that_do_harm_are_named(setting: dict[str, str], what: str) -> None:
    settings = Settings(**{"url": PUBLIC, **setting})  # type: ignore[arg-type]

    only(list(check_settings(settings)), "settings", what)
    assert list(check_settings(Settings(url=PUBLIC))) == []


def test_a_folder_that_all_can_read_or_that_is_not_there_or_full(tmp_path: Path) -> None:
    settings = Settings(url=PUBLIC, data=tmp_path)
    os.chmod(tmp_path, 0o700)
    assert list(check_folder(settings)) == []

    os.chmod(tmp_path, 0o755)
    only(list(check_folder(settings)), "folder", "everyone")
    os.chmod(tmp_path, 0o700)
    only(list(check_folder(settings, least_free=1 << 60)), "folder", "free")
    nowhere = Settings(url=PUBLIC, data=tmp_path / "nowhere")
    only(list(check_folder(nowhere)), "folder", "nothing can be written")


def test_a_database_that_is_damaged_old_late_or_elsewhere(
    place: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(url=PUBLIC, data=tmp_path)
    assert list(check_database(settings, place)) == []

    with place.writing() as tx:  # the clock was ahead when this was said
        tx.now += timedelta(days=1)
        write_post(tx, author=neighbour(tx, "bo"), draft=Draft(source="Hello"))
    only(list(check_database(settings, place)), "clock", "future")
    with place.writing() as tx:
        tx.connection.execute(text("DELETE FROM posts"))
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    only(list(check_database(settings, place)), "database", "revision 0001")
    monkeypatch.setattr(upgrading, "network_of", lambda _: "cifs")
    only(list(check_database(settings, place)), "database", "network file system")


def test_broken_references_and_a_damaged_file(place: Database, tmp_path: Path) -> None:
    settings = Settings(url=PUBLIC, data=tmp_path)
    raw = place.engine.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    raw.cursor().execute("DELETE FROM actors WHERE username = 'ada'")
    raw.close()
    only(list(check_database(settings, place)), "database", "refer to what is not there")

    path = tmp_path / "broken" / "microfed.db"
    path.parent.mkdir()
    path.write_bytes(b"this is no database, " * 500)
    broken = Database(f"sqlite:///{path}", place.here)
    only(
        list(check_database(Settings(url=PUBLIC, data=path.parent), broken)), "database", "be read"
    )
    broken.close()


def test_a_postgresql_that_is_not_there_is_named_without_its_password(place: Database) -> None:
    url = f"postgresql://ada:secret@127.0.0.1:{free_port()}/here"
    settings = Settings(url=PUBLIC, database_url=url)
    nobody = Database(url, place.here)

    (finding,) = check_database(settings, nobody)

    nobody.close()
    assert "cannot be read" in finding.what
    assert "secret" not in finding.what
    assert "PostgreSQL" in finding.mend


async def test_media_that_cannot_be_kept_or_are_gone(place: Database, tmp_path: Path) -> None:
    settings = Settings(url=PUBLIC, data=tmp_path)
    assert await check_storage(settings, place) == []
    elsewhere = Settings(url=PUBLIC, data=tmp_path, storage_url="file:///proc/nowhere")
    only(await check_storage(elsewhere, place), "storage", "nothing can be kept")

    with place.writing() as tx:
        keep_files(tx, [Kept(new_key("png"), "avatar", 5, "00")], actor_id=neighbour(tx, "cy").id)

    only(await check_storage(settings, place), "storage", "1 are missing")


def test_backups_that_are_missing_or_old(tmp_path: Path) -> None:
    settings = Settings(url=PUBLIC, data=tmp_path)
    only(list(check_backups(settings, clock.now())), "backup", "none")
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "microfed-lilas.example-20200101T000000Z.tar").touch()

    assert list(check_backups(settings, clock.now())) == []
    only(list(check_backups(settings, clock.now() + timedelta(days=9))), "backup", "9 days old")


def test_a_name_that_leads_nowhere_or_home() -> None:
    settings = Settings(url=PUBLIC)

    assert check_name(settings, lambda _: ["93.184.216.34"]) == []
    only(check_name(settings, lambda _: []), "dns", "no address")
    only(check_name(settings, lambda _: ["192.168.1.2"]), "dns", "cannot reach")


def test_a_port_where_nobody_answers() -> None:
    settings = Settings(url=f"https://localhost:{free_port()}")

    only(check_certificate(settings), "tls", "nobody answers")


def answering(**paths: httpx.Response) -> Web:
    """A web in which the proxy before us does this."""

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        return paths.get(name) or httpx.Response(404)

    return Web(url=PUBLIC, insecure_peers="lilas.example", transport=httpx.MockTransport(answer))


def actor(id_: str = f"{PUBLIC}/actor", kind: str = "application/activity+json") -> httpx.Response:
    return httpx.Response(200, json={"id": id_}, headers={"content-type": kind})


@pytest.mark.parametrize(
    ("paths", "about", "what"),
    [
        ({"actor": httpx.Response(502)}, "proxy", "not answered by microfed (502)"),
        ({"actor": httpx.Response(200, text="<h1>It works!")}, "proxy", "not answered by"),
        ({"actor": actor("http://localhost:8000/actor")}, "proxy", "calls itself"),
        ({"actor": actor(kind="text/plain")}, "proxy", "changes the type"),
        ({"webfinger": httpx.Response(404)}, "proxy", "nobody can find"),
        ({"inbox": httpx.Response(405)}, "federation in", "answered 405"),
        ({"inbox": httpx.Response(403)}, "federation in", "answered 403"),
    ],
)
async def test_a_proxy_that_spoils_something(
    paths: dict[str, httpx.Response], about: str, what: str
) -> None:
    well = {"actor": actor(), "webfinger": httpx.Response(200), "inbox": httpx.Response(401)}
    settings = Settings(url=PUBLIC)

    assert await check_door(settings, answering(**well)) == []
    found = await check_door(settings, answering(**(well | paths)))

    only([each for each in found if what in each.what], about, what)


async def test_a_clock_that_is_wrong_and_a_peer_that_refuses() -> None:
    late = {"date": "Tue, 01 Jan 2019 00:00:00 GMT"}

    only(
        await check_peer("lilas.example", answering(nodeinfo=httpx.Response(200, headers=late))),
        "clock",
        "apart",
    )
    only(await check_peer("lilas.example", answering()), "federation out", "answers 404")


class Refusing(socketserver.StreamRequestHandler):
    """A mail server that lets nobody in."""

    def handle(self) -> None:
        self.wfile.write(b"220 mail.test\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            said = {b"EHLO": b"250-mail.test\r\n250 AUTH PLAIN", b"AUTH": b"535 wrong password"}
            self.wfile.write(said.get(word, b"221 bye") + b"\r\n")
            if word == b"QUIT":
                return


async def test_a_mail_server_that_is_not_there_or_refuses() -> None:
    only(await check_mail(Settings(url=PUBLIC)), "mail", "no mails")
    nobody = Settings(url=PUBLIC, smtp_url=f"smtp://127.0.0.1:{free_port()}")
    only(await check_mail(nobody), "mail", "does not take")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.server_address[1]
        wrong = Settings(url=PUBLIC, smtp_url=f"smtp://ada:wrong@127.0.0.1:{port}")
        only(await check_mail(wrong), "mail", "wrong password")
        server.shutdown()
        thread.join()


def test_the_command_says_that_a_running_place_is_well(microfed_server: MicrofedServer) -> None:
    os.chmod(microfed_server.data, 0o700)
    said = microfed_server.cli("doctor", "--json")

    assert said["is_well"] is True, said
    assert {each["about"] for each in said["findings"]} == {"settings", "backup", "mail"}
    microfed_server.stop()
    assert "→ start `microfed serve`" in microfed_server.run("doctor", status=1).stdout
