"""What the machine's disk cannot do is no fault of whoever asked, and none of ours."""

import asyncio
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from microfed.cli.serve import keep_uploads_on_disk
from microfed.disks import must_be_alive
from microfed.errors import Invalid, TryLater
from microfed.media.workshop import Workshop
from microfed.operations.deliveries import Due
from microfed.operations.delivery_outcomes import Outcome
from microfed.operations.files import Kept
from microfed.operations.media import (
    MOST_ATTEMPTS,
    PUT_OFF_FOR,
    claim_upload,
    keep_upload,
    put_off_upload,
)
from microfed.settings import Settings
from microfed.storage import LocalStorage, new_key
from microfed.store.people import Actor
from microfed.workers.running import SHORTEST_WAIT, Wake
from tests.fediverse import Fediverse
from tests.media.pictures import noise
from tests.media.uploads import send


@contextmanager
def no_room() -> Iterator[None]:
    """No file of this process may grow: for whoever writes, the disk is full."""
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, was[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)


async def test_an_upload_that_finds_no_room_may_come_again(fediverse: Fediverse) -> None:
    here = await fediverse.instance("here.test")
    ada = here.add("ada")
    data = here.house.settings.data
    assert (await send(ada, noise((80, 60)))).status_code == 200

    with no_room():
        refused = await send(ada, noise((80, 60)))

    assert refused.status_code == 503
    assert refused.json() == {"error": "the disk cannot take this now"}
    assert refused.headers["retry-after"] == "30"
    assert list((data / "work").rglob("*")) == []
    assert (await send(ada, noise((80, 60)))).status_code == 200
    # Any other fault of a file is ours: a file where a folder should be.
    (data / "work").rmdir()
    (data / "work").touch()
    assert (await send(ada, noise((80, 60)))).status_code == 500


async def test_a_decoder_that_cannot_write_does_not_condemn_the_file(tmp_path: Path) -> None:
    source, folder = tmp_path / "source", tmp_path / "made"
    folder.mkdir()
    source.write_bytes(noise((80, 60))[:300])

    with pytest.raises(Invalid):
        await Workshop().make(source, folder)
    with no_room(), pytest.raises(TryLater):
        await Workshop().make(source, folder)


async def test_waiting_for_room_is_no_attempt(fediverse: Fediverse) -> None:
    here = await fediverse.instance("here.test")
    ada = here.add("ada")
    with here.house.db.writing() as tx:
        owner = tx.session.get_one(Actor, ada.id)
        upload = Kept(new_key("raw"), "upload", 1, "0" * 64)
        id_ = keep_upload(tx, owner=owner, upload=upload, kind="image").id

    for round_ in range(1, MOST_ATTEMPTS + 3):
        with here.house.db.writing() as tx:
            put_off_upload(tx, id_)
        with here.house.db.writing() as tx:
            tx.now += PUT_OFF_FOR * 2 * round_
            assert claim_upload(tx) == id_


async def test_what_became_of_a_delivery_is_kept_until_it_can_be_written(
    fediverse: Fediverse,
) -> None:
    here = await fediverse.instance("here.test")
    due = Due(1, 1, 1, "north.test", "https://north.test/inbox", 0)
    here.deliveries._outcomes.put_nowait(Outcome(due, "away", "it sleeps"))

    with no_room(), pytest.raises(TryLater):
        await here.deliveries.record()
    await here.deliveries.record()

    assert here.deliveries.outcomes == {"away": 1}


async def test_whoever_found_nothing_to_do_does_not_look_again_at_once(
    fediverse: Fediverse,
) -> None:
    db = (await fediverse.instance("here.test")).house.db
    with db.reading() as tx:
        long_due = tx.now - timedelta(minutes=1)
    clock = asyncio.get_running_loop().time
    wake, began = Wake(db, "deliveries"), clock()

    await wake.wait(long_due)

    assert clock() - began >= SHORTEST_WAIT


def test_what_arrives_waits_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)

    keep_uploads_on_disk(Settings(data=tmp_path))

    with tempfile.TemporaryFile() as file:
        assert Path(f"/proc/self/fd/{file.fileno()}").readlink().parent == tmp_path / "work"


def test_a_disk_is_alive_unless_it_says_otherwise(tmp_path: Path) -> None:
    # The one that says otherwise is in test_dying_disks.py.
    for _ in range(2):
        must_be_alive(tmp_path)
    must_be_alive(Path("/proc"))  # which has no attributes


async def test_copies_that_were_broken_off_are_swept_up_a_day_later(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    key = new_key("png")
    whole, old, fresh, strange = (
        tmp_path / key[:2] / name
        for name in (key, f".{key}.0a0b0c0d", f".{key}.0a0b0c0e", ".strange")
    )
    whole.parent.mkdir()
    for path in (whole, old, fresh, strange):
        path.touch()
    for path in (whole, old, strange):
        os.utime(path, (1_000, 1_000))

    await storage.sweep(2_000)

    assert sorted(whole.parent.iterdir()) == sorted([whole, fresh, strange])
