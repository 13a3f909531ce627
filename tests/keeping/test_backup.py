"""A place put by while people write in it, and made anew elsewhere: nothing differs, all works."""

import asyncio
import hashlib
import json
import secrets
from pathlib import Path

import pytest
from sqlalchemy import select

from microfed.here import Here
from microfed.operations.files import Kept, keep_files
from microfed.storage import LocalStorage, new_key
from microfed.store.database import Database
from microfed.store.dump import sums_of
from microfed.store.people import Actor
from tests.components.processes import until
from tests.components.remote import RemoteServer
from tests.components.server import MicrofedServer
from tests.test_kill import Ledger, Load, stored

FILES = 30


def put_files(server: MicrofedServer, count: int) -> dict[str, str]:
    """Let the storage of a server hold some files; returns their sums by key."""
    storage, found = LocalStorage(server.data / "media"), dict[str, str]()
    kept = []
    for _ in range(count):
        key, content = new_key("jpg"), secrets.token_bytes(20_000)
        path = server.folder / "one"
        path.write_bytes(content)
        asyncio.run(storage.put(key, path))
        found[key] = hashlib.sha256(content).hexdigest()
        kept.append(Kept(key, "original", len(content), found[key]))
    db = database(server)
    with db.writing() as tx:
        ada = tx.connection.scalar(select(Actor.id).where(Actor.username == "ada"))
        keep_files(tx, kept, actor_id=ada)
    db.close()
    return found


def database(server: MicrofedServer) -> Database:
    return Database(f"sqlite:///{server.data}/microfed.db", Here(server.url, server.host))


def whole(server: MicrofedServer) -> str:
    db = database(server)
    with db.reading() as tx:
        sums = sums_of(tx.connection)
    db.close()
    return sums.whole()


def media_of(server: MicrofedServer) -> dict[str, str]:
    found = (server.data / "media").glob("??/*")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def elsewhere(of: MicrofedServer, folder: Path) -> MicrofedServer:
    """A machine with nothing on it that takes over the address of another."""
    folder.mkdir()
    there = MicrofedServer(folder, URL=of.url)
    there.port = of.port
    return there


def test_a_backup_under_load_is_restored_elsewhere_and_speaks_with_others(
    microfed_server: MicrofedServer, tmp_path: Path
) -> None:
    here, ledger, file = microfed_server, Ledger(), tmp_path / "one.tar"
    token = here.add_member("ada", scopes="read write")["token"]
    media = put_files(here, FILES)
    with RemoteServer("bea") as remote:
        follow = remote.activity("Follow", "follow", object=here.actor("ada"))
        assert remote.send(f"{here.url}/inbox", follow) == 202
        with Load(here, remote, token, 0, ledger):
            until(lambda: len(ledger.promised) > 10 and len(ledger.accepted) > 20, "some load")
            had = set(ledger.promised)
            taken = {create["object"]["id"] for create in list(ledger.accepted.values())}
            kept = here.cli("backup", str(file), "--json")
            until(lambda: len(ledger.promised) > len(had) + 3, "the load to go on")
        here.stop()
        assert ledger.surprises == []

        there = elsewhere(here, tmp_path / "elsewhere")
        restored = there.cli("restore", str(file), "--verify", "--json")

        assert restored["equal"] is True
        assert whole(there) == restored["sha256"] == kept["sha256"]
        assert media_of(there) == media
        assert (kept["files"], kept["missing"]) == (FILES, [])
        after = Ledger()
        there.start()
        try:
            # Whatever was answered before the backup began is in it.
            until(lambda: taken <= set(stored(there)), "what was taken in")
            with Load(there, remote, token, 1, after):
                until(lambda: len(after.promised) > 3 and len(after.accepted) > 3, "both ways")
            until(
                lambda: set(after.promised) <= {one["id"] for one in remote.received("Create")},
                "what is said in the restored place to arrive",
            )
            assert after.surprises == []
        finally:
            there.stop()


def test_nothing_is_restored_over_somebody_nor_from_a_damaged_file(
    microfed_server: MicrofedServer, tmp_path: Path
) -> None:
    here, file = microfed_server, tmp_path / "one.tar"
    here.add_member("ada")
    put_files(here, 2)
    kept = here.cli("backup", str(file), "--json")
    there = elsewhere(here, tmp_path / "elsewhere")

    assert "not empty" in here.run("restore", str(file), status=1).stderr

    content = file.read_bytes()
    lines = content.rindex(b"database.jsonl.gz") + 700
    for damaged in (
        content[: len(content) // 2],
        content[:lines] + bytes([content[lines] ^ 1]) + content[lines + 1 :],
        b"nothing of the kind",
    ):
        file.write_bytes(damaged)
        assert "damaged" in there.run("restore", str(file), status=1).stderr
    there.run("verify", str(file), status=1)
    assert not (there.data / "microfed.db").exists()
    file.write_bytes(content)
    other = MicrofedServer(tmp_path / "elsewhere")
    assert "MICROFED_URL" in other.run("restore", str(file), status=1).stderr

    there.run("restore", str(file), "--verify")

    assert whole(there) == kept["sha256"]


def test_a_sealed_backup_opens_with_its_passphrase_alone(
    microfed_server: MicrofedServer, tmp_path: Path
) -> None:
    here = microfed_server
    here.add_member("ada")
    words = tmp_path / "words"
    words.write_text("bicyclette lune tonneau verger\n")
    wrong = tmp_path / "wrong"
    wrong.write_text("bicyclette lune tonneau jardin\n")

    made = here.cli("backup", "--encrypt", str(words), "--json")

    file = Path(made["file"])
    assert file.stat().st_mode & 0o077 == 0
    assert b"ada" not in file.read_bytes()
    there = elsewhere(here, tmp_path / "elsewhere")
    assert "--decrypt" in there.run("restore", str(file), status=1).stderr
    assert "passphrase" in there.run("verify", str(file), "--decrypt", str(wrong), status=1).stderr
    content = file.read_bytes()
    for cut in (content[:-1], content[: len(content) // 2], content + b"x"):
        file.write_bytes(cut)
        there.run("verify", str(file), "--decrypt", str(words), status=1)
    file.write_bytes(content)
    assert there.cli("restore", str(file), "--decrypt", str(words), "--verify", "--json")["equal"]


@pytest.mark.parametrize("keep", [2])
def test_the_oldest_make_room_and_those_of_others_stay(
    microfed_server: MicrofedServer, tmp_path: Path, keep: int
) -> None:
    here, shelf = microfed_server, tmp_path / "shelf"
    here.add_member("ada")
    shelf.mkdir()
    host = here.host.replace(":", "-")
    old = [f"microfed-{host}-20200{n}01T000000Z.tar" for n in (1, 2, 3)]
    strange = ["microfed-other.example-20200101T000000Z.tar", "letter.txt"]
    for name in old + strange:
        (shelf / name).write_bytes(b"")

    made = here.cli("backup", "--to", str(shelf), "--keep", str(keep), "--json")

    left = {path.name for path in shelf.iterdir()}
    assert left == {Path(made["file"]).name, old[-1], *strange}
    assert made["deleted"] == old[:-1]
    assert json.dumps(made["rows"]).isdigit()


def test_a_file_that_the_storage_lost_is_named(
    microfed_server: MicrofedServer, tmp_path: Path
) -> None:
    here, file = microfed_server, tmp_path / "one.tar"
    here.add_member("ada")
    lost, broken, *_ = sorted(put_files(here, 4))
    (here.data / "media" / lost[:2] / lost).unlink()
    (here.data / "media" / broken[:2] / broken).write_bytes(b"not what it was")

    assert here.cli("backup", str(file), "--json")["missing"] == [lost, broken]

    there = elsewhere(here, tmp_path / "elsewhere")
    assert there.cli("restore", str(file), "--verify", "--json")["equal"] is True
    assert len(media_of(there)) == 2
