"""Taking in what a neighbour brings: into the storage, through the workshop, written down.

Each step is safe to break off: what was answered for is in the storage and in a row, and a worker
takes up what nobody finished.
"""

import asyncio
import contextlib
import hashlib
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import IO

from starlette.datastructures import UploadFile

from microfed.disks import on_disk
from microfed.errors import Refused, TryLater
from microfed.house import House
from microfed.media.made import Made, MadeFile, Purpose
from microfed.media.sniffing import FILMS
from microfed.operations.files import Kept
from microfed.operations.media import (
    Focus,
    Shape,
    fail_upload,
    finish_upload,
    forget_upload,
    keep_upload,
    put_off_upload,
)
from microfed.queries.files import kept_files, upload_key
from microfed.storage import RAW, TYPES, new_key
from microfed.store.database import Tx
from microfed.store.people import Actor

log = logging.getLogger(__name__)
_CHUNK = 1 << 20


@asynccontextmanager
async def workspace(house: House) -> AsyncIterator[Path]:
    """Give a folder of one's own that is gone afterwards. TryLater where the disk takes none."""
    around = house.settings.data.resolve() / "work"
    with on_disk():
        folder = Path(await asyncio.to_thread(_make_folder, around))
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def save(file: UploadFile, into: Path) -> None:
    """Write what was uploaded to a file of ours. What it was called is of no interest."""
    await file.seek(0)
    with on_disk():
        await asyncio.to_thread(_copy, file.file, into)


async def take_upload(
    house: House,
    *,
    owner_id: int,
    source: Path,
    description: str | None = None,
    focus: Focus | None = None,
) -> int:
    """Keep what `owner_id` brought; return its id. Invalid, at once, for what is never taken.

    TryLater when disk or database cannot take it now: then nothing is left of it.
    """
    kind = await asyncio.to_thread(house.workshop.look, source)
    upload = await put(house, source, RAW, "upload")

    def work(tx: Tx) -> int:
        return keep_upload(
            tx,
            owner=tx.session.get_one(Actor, owner_id),
            upload=upload,
            kind=_kind_before(kind),
            description=description,
            focus=focus,
        ).id

    try:
        return await house.db.write(work)
    except (Refused, TryLater):
        await let_go(house, [upload])
        raise


async def process_upload(house: House, id_: int) -> None:
    """Make an upload safe and light. Afterwards it is ready, or says why it cannot be used.

    TryLater when disk or database cannot do it now; it is taken up again then.
    """
    key = await house.db.read(lambda tx: upload_key(tx, id_))
    if key is None:
        return
    try:
        async with workspace(house) as folder:
            source, made_in = folder / "upload", folder / "made"
            with on_disk():
                made_in.mkdir()
                await house.storage.fetch(key, source)
            made = await house.workshop.make(source, made_in)
            files = await put_made(house, made, made_in)
    except Refused as refused:
        await house.db.write(partial(_fail, id_, str(refused)))
        return
    except FileNotFoundError:
        await house.db.write(partial(_fail, id_, "this file was lost, please send it again"))
        return
    except TryLater:  # no fault of the file: this was no attempt
        await house.db.write(lambda tx: put_off_upload(tx, id_))
        raise
    shape = shape_of(made)
    try:
        await house.db.write(lambda tx: finish_upload(tx, id_, shape, files))
    except TryLater:
        await let_go(house, files)
        raise


async def take_and_process(
    house: House,
    *,
    owner_id: int,
    source: Path,
    description: str | None = None,
    focus: Focus | None = None,
    seconds: float | None = None,
) -> int:
    """Keep an upload and wait until it is ready, for `seconds` at most; return its id.

    TryLater when disk or database cannot take it now: then it is not kept either.
    """
    id_ = await take_upload(
        house, owner_id=owner_id, source=source, description=description, focus=focus
    )
    task = house.workshop.begin(process_upload(house, id_))
    try:
        async with asyncio.timeout(seconds):
            await asyncio.shield(task)
    except TimeoutError:
        log.info("upload %s is still worked on", id_)
    except TryLater:  # whoever is told so sends it again
        with contextlib.suppress(TryLater):
            await house.db.write(lambda tx: forget_upload(tx, owner_id=owner_id, id_=id_))
        raise
    return id_


async def make_picture(house: House, source: Path, purpose: Purpose) -> Kept:
    """Return an avatar, header or emoji made of `source`, in the storage."""
    async with workspace(house) as folder:
        made = await house.workshop.make(source, folder, purpose)
        return await put(house, folder / made.original.name, made.original.ending, purpose)


async def forget_unkept(house: House, files: Sequence[Kept]) -> None:
    """Take out of the storage what was made and then written down nowhere."""
    keys = [file.key for file in files]
    kept = await house.db.read(lambda tx: kept_files(tx, keys))
    for key in set(keys) - kept:
        await house.storage.delete(key)


async def put_made(house: House, made: Made, folder: Path) -> list[Kept]:
    """Put what was made into the storage: all of it, or nothing."""
    pairs: list[tuple[str, MadeFile | None]] = [
        ("original", made.original),
        ("preview", made.preview),
    ]
    kept: list[Kept] = []
    try:
        for slot, file in pairs:
            if file is not None:
                kept.append(await put(house, folder / file.name, file.ending, slot))
    except TryLater:
        await let_go(house, kept)
        raise
    return kept


async def let_go(house: House, kept: Sequence[Kept]) -> None:
    """Take files that no row knows out of the storage again, as far as the disk lets go of them."""
    with contextlib.suppress(OSError):
        for file in kept:
            await house.storage.delete(file.key)


async def put(house: House, source: Path, ending: str, slot: str) -> Kept:
    """Put a file into the storage under a fresh key."""
    key = new_key(ending)
    digest, size = await asyncio.to_thread(_digest, source)
    with on_disk():
        await house.storage.put(key, source)
    return Kept(key, slot, size, digest)


def shape_of(made: Made) -> Shape:
    """Return what is written down of what was made."""
    preview = made.preview
    media_type = TYPES[made.original.ending]
    if made.kind == "audio":
        media_type = media_type.replace("video/", "audio/")
    return Shape(
        kind=made.kind,
        media_type=media_type,
        width=made.original.width,
        height=made.original.height,
        preview_width=None if preview is None else preview.width,
        preview_height=None if preview is None else preview.height,
        blurhash=made.blurhash,
        duration=made.duration,
    )


def _kind_before(kind: str) -> str:
    if kind in FILMS:
        return "video" if kind in ("mp4", "webm") else "audio"
    return "image"


def _fail(id_: int, why: str, tx: Tx) -> None:
    fail_upload(tx, id_, why)


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            digest.update(piece)
            size += len(piece)
    return digest.hexdigest(), size


def _copy(source: IO[bytes], into: Path) -> None:
    with into.open("wb") as target:
        shutil.copyfileobj(source, target, _CHUNK)


def _make_folder(around: Path) -> str:
    around.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tempfile.mkdtemp(dir=around)
