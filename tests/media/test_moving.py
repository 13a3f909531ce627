"""`microfed media`: five hundred files move to a bucket, killed on the way, and none is lost."""

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from microfed.here import Here
from microfed.operations.files import Kept, keep_files
from microfed.operations.members import add_member, found_place
from microfed.storage import LocalStorage, new_key, open_storage
from microfed.store.database import Database
from microfed.store.migrate import migrate
from tests.components.processes import ROOT
from tests.media.pictures import animation, encoded, picture
from tests.media.test_storage import bucket, s3

__all__ = ["bucket", "s3"]
FILES = 500


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Database]:
    """A place with files, and its database."""
    url = f"sqlite:///{tmp_path}/microfed.db"
    migrate(url)
    db = Database(url, Here("http://localhost:8000", "localhost:8000"))
    with db.writing() as tx:
        found_place(tx, title="Here")
    yield db
    db.close()


def surroundings(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "MICROFED_DATA": str(tmp_path)}


def run(tmp_path: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    code = "import sys; from microfed.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--json"],
        env=surroundings(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


async def fill(place: Database, tmp_path: Path) -> dict[str, str]:
    """Keep FILES files; return the checksum of each by its key."""
    storage, digests, kept = LocalStorage(tmp_path / "media"), {}, []
    for at in range(FILES):
        body = hashlib.sha256(str(at).encode()).digest() * (at % 97 + 1)
        (tmp_path / "source").write_bytes(body)
        key = new_key("png")
        await storage.put(key, tmp_path / "source")
        digests[key] = hashlib.sha256(body).hexdigest()
        kept.append(Kept(key, "avatar", len(body), digests[key]))
    with place.writing() as tx:
        ada = add_member(tx, name="ada")
        keep_files(tx, kept, actor_id=ada.id)
    return digests


async def test_a_move_that_is_killed_is_finished_by_the_next(
    place: Database, tmp_path: Path, bucket: str
) -> None:
    digests = await fill(place, tmp_path)
    target = open_storage(bucket)
    moving = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from microfed.cli.main import main; main()"),
        *("media", "move", "--to", bucket, "--json"),
        env=surroundings(tmp_path),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    arrived: list[str] = []
    while len(arrived) < 60 and moving.returncode is None:
        arrived = [key async for key in target.all_keys()]
    moving.kill()
    assert await moving.wait() == -signal.SIGKILL
    before = [key async for key in target.all_keys()]
    assert 60 <= len(before) < FILES

    code_, said = run(tmp_path, "media", "move", "--to", bucket)

    assert (code_, said["files"], said["lost"]) == (0, FILES, [])
    assert 0 < int(str(said["copied"])) <= FILES - len(before) + 4
    found = {key async for key in target.all_keys()}
    assert found == set(digests)
    for key, digest in digests.items():
        body = b"".join([piece async for piece in target.read(key, 0, 1_000_000)])
        assert hashlib.sha256(body).hexdigest() == digest


async def test_verify_finds_what_is_broken_missing_and_known_to_nobody(
    place: Database, tmp_path: Path
) -> None:
    digests = await fill(place, tmp_path)
    storage, (lost, broken) = LocalStorage(tmp_path / "media"), list(digests)[:2]
    assert run(tmp_path, "media", "verify") == (0, {"files": FILES, "broken": [], "strays": []})

    await storage.delete(lost)
    body = bytearray(storage.path(broken).read_bytes())
    body[0] ^= 1
    storage.path(broken).write_bytes(body)
    stray = new_key("jpg")
    await storage.put(stray, storage.path(broken))

    code, said = run(tmp_path, "media", "verify", "--delete-strays")

    assert code == 1
    assert said == {"files": FILES, "broken": sorted([lost, broken]), "strays": [stray]}
    assert await storage.size(stray) is None


def test_the_admin_gives_and_takes_away_emojis(place: Database, tmp_path: Path) -> None:
    (tmp_path / "sun.gif").write_bytes(animation(4, (300, 300)))
    (tmp_path / "evil.svg").write_bytes(b"<svg/>")
    (tmp_path / "big.png").write_bytes(encoded(picture((10, 10)), "PNG") + b"\0" * 300_000)

    code, said = run(tmp_path, "emoji", "add", ":sun:", "sun.gif", "--category", "sky")
    assert code == 0
    assert str(said["url"]).startswith("http://localhost:8000/media/")
    _, listed = run(tmp_path, "emoji", "list")
    assert listed["emojis"] == [{"shortcode": "sun", "category": "sky", "url": said["url"]}]
    for name, file in (("sun", "sun.gif"), ("é", "sun.gif"), ("evil", "evil.svg"), ("b", "x")):
        done = subprocess.run(
            [
                *(sys.executable, "-c", "from microfed.cli.main import main; main()"),
                *("emoji", "add", name, file),
            ],
            env=surroundings(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1, (name, done.stdout)
        assert done.stderr.startswith("microfed: ")
    assert run(tmp_path, "emoji", "remove", "sun")[0] == 0
    assert run(tmp_path, "emoji", "list")[1] == {"emojis": []}
