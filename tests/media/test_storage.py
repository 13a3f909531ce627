"""Files are kept whole, by keys of ours alone: in a folder, and in a bucket of a real S3 server."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from moto.server import ThreadedMotoServer

from microfed.errors import NotFound
from microfed.storage import LocalStorage, Storage, is_key, new_key, open_storage
from microfed.workers.process_media import ProcessMedia
from microfed.workers.running import Wake
from tests.fediverse import Fediverse
from tests.media.pictures import noise
from tests.media.uploads import fetched, sent


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    name = f"pictures-{uuid4().hex[:8]}"
    assert httpx.put(f"{s3}/{name}").status_code == 200
    return f"s3://{name}/of/here?endpoint={s3}"


@pytest.fixture(params=["folder", "bucket"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "folder":
        yield open_storage(f"file://{tmp_path}/media")
    else:
        yield open_storage(request.getfixturevalue("bucket"))


async def test_a_file_comes_back_as_it_was(storage: Storage, tmp_path: Path) -> None:
    body, source = os.urandom(2_000_003), tmp_path / "source"
    source.write_bytes(body)
    keys = [new_key("png") for _ in range(3)]
    for key in keys:
        await storage.put(key, source)

    await storage.fetch(keys[0], tmp_path / "back")

    assert (tmp_path / "back").read_bytes() == body
    assert await storage.size(keys[1]) == len(body)
    part = [piece async for piece in storage.read(keys[2], 1_000, 1_500_000)]
    assert b"".join(part) == body[1_000:1_501_000]
    rest = [piece async for piece in storage.read(keys[2], 2_000_000, 100)]
    assert b"".join(rest) == body[2_000_000:]
    assert {key async for key in storage.all_keys()} == set(keys)
    await storage.delete(keys[0])
    await storage.delete(keys[0])
    assert {key async for key in storage.all_keys()} == set(keys[1:])


async def test_what_is_not_there_is_said_so(storage: Storage, tmp_path: Path) -> None:
    assert await storage.size(new_key("gif")) is None
    with pytest.raises(FileNotFoundError):
        await storage.fetch(new_key("gif"), tmp_path / "back")


@pytest.mark.parametrize(
    "name",
    [
        *("../../etc/passwd", "a.jpg", "/etc/passwd", "", ".", "..", f"{'0' * 32}.svg"),
        *(f"{'0' * 32}.html", f"{'0' * 32}.jpg\n", f"{'0' * 31}\u0660.jpg", f"{'0' * 32}.jpg/.."),
        *(f"{'A' * 32}.jpg", f"{'0' * 32}.jpg.php", "%2e%2e%2f", "\0" * 32 + ".jpg"),
    ],
)
async def test_no_name_from_outside_becomes_a_path(
    storage: Storage, tmp_path: Path, name: str
) -> None:
    (tmp_path / "source").write_bytes(b"x")

    assert not is_key(name)
    with pytest.raises(NotFound):
        await storage.put(name, tmp_path / "source")
    with pytest.raises(NotFound):
        await storage.size(name)


async def test_a_copy_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "media")

    with pytest.raises(IsADirectoryError):
        await storage.put(new_key("png"), tmp_path)

    assert [key async for key in storage.all_keys()] == []
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


def test_an_unknown_kind_of_storage_is_refused() -> None:
    with pytest.raises(ValueError, match="file:// or s3://"):
        open_storage("ftp://somewhere")


async def test_a_place_whose_files_are_in_a_bucket(fediverse: Fediverse, bucket: str) -> None:
    here = await fediverse.instance("here.test", storage_url=bucket)
    ada = here.add("ada")

    said = await sent(ada, noise((900, 700)))
    whole = await fetched(ada, said["url"])
    part = await fetched(ada, said["url"], Range="bytes=10-19")

    assert (whole.status_code, len(whole.content)) == (200, int(whole.headers["content-length"]))
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert not (here.house.settings.data / "media").exists()
    await here.client.delete(
        f"/api/v1/media/{said['id']}", headers={"Authorization": f"Bearer {ada.token}"}
    )
    await ProcessMedia(here.house, Wake(here.house.db, "media")).handle_due()
    assert [key async for key in here.house.storage.all_keys()] == []
