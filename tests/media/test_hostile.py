"""Hostile files are refused or cleaned; the server, its memory and its disk do not notice."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from microfed.workers.process_media import ProcessMedia
from microfed.workers.running import Wake
from tests.fediverse import Instance, Neighbour
from tests.media.hostile import MARK, PHP, corpus
from tests.media.uploads import fetched, send

CORPUS = list(corpus())
SERVED = {"image/jpeg", "image/png", "image/gif", "image/webp"}


def snapshot(folder: Path) -> dict[str, str]:
    """Return the checksum of everything in a folder but the media and the database."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and "media" not in path.relative_to(folder).parts
        and not path.name.startswith("microfed.db")
    }


def test_there_are_enough_of_them() -> None:
    assert len({name for name, _ in CORPUS}) == len(CORPUS) >= 60


@pytest.mark.parametrize(("name", "body"), CORPUS, ids=range(len(CORPUS)))
async def test_a_hostile_file_is_refused_or_cleaned(
    here: Instance, ada: Neighbour, data: Path, name: str, body: bytes
) -> None:
    before = snapshot(data.parent)

    response = await send(ada, body, name=name)

    assert response.status_code in (200, 400, 413, 422), (name, response.text)
    if response.status_code == 200:
        for url in (response.json()["url"], response.json()["preview_url"]):
            served = await fetched(ada, url)
            assert served.headers["content-type"] in SERVED
            assert MARK not in served.content and PHP not in served.content, name
            assert b"hostile" not in served.content
            with Image.open(io.BytesIO(served.content)) as shown:
                shown.load()
                assert max(shown.size) <= 1920
                assert not set(shown.info) & {"exif", "icc_profile", "comment", "xmp", "Comment"}
    else:
        assert response.json()["error"]
    assert snapshot(data.parent) == before
    worker = ProcessMedia(here.house, Wake(here.house.db, "media"))
    while await worker.handle_due():
        pass
    kept = [path for path in (data / "media").rglob("*") if path.is_file()]
    assert len(kept) == (2 if response.status_code == 200 else 0)


async def test_others_names_never_reach_the_disk(ada: Neighbour, data: Path) -> None:
    for name, body in CORPUS:
        if len(body) < 1_000 and body[:4] == b"\x89PNG":
            await send(ada, body, name=name)

    for path in (data / "media").rglob("*"):
        if path.is_file():
            digits, _, ending = path.name.partition(".")
            assert len(digits) == 32 and set(digits) <= set("0123456789abcdef")
            assert ending in ("png", "jpg", "raw")
