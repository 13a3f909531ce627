"""Showing what lives elsewhere: fetched when somebody first looks, checked, kept for a while.

Nobody's browser asks a third party, and nobody can make us fetch an address of their choice: only
what stands in a post, a profile or an emoji that reached us has a name here.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from microfed.errors import NotFound, Refused, TryLater
from microfed.house import House
from microfed.media import limits
from microfed.media.made import Purpose
from microfed.media.sniffing import FILMS, HEAD, Kind, kind_of
from microfed.operations.files import Kept, forget_files
from microfed.operations.hosts import takes_media_of
from microfed.operations.remote_media import fail_remote, keep_remote, note_use
from microfed.queries.files import Elsewhere, KeptRemote, find_remote
from microfed.storage import ending_of
from microfed.store.database import Tx
from microfed.uploading import put, put_made, workspace

MOST_BYTES = 50_000_000
FETCH_SECONDS = 30.0
AT_ONCE = 4
# A picture that is light already is kept as it came: writing it anew would only make it worse.
LIGHT_BYTES = 1_000_000
_PURPOSES: dict[str, Purpose] = {"avatar": "avatar", "header": "header", "emoji": "emoji"}
_AS_IT_CAME: dict[Kind, str] = {
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that somebody wants to look at, and what the database says of it."""

    it: Elsewhere
    kept: KeptRemote | None
    is_welcome: bool


class Views:
    """Brings what is looked at; those who look at the same thing wait for the same fetch."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._under_way: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._few = asyncio.Semaphore(AT_ONCE)

    async def file(self, wish: Wish, *, small: bool) -> str:
        """Return the key of a file to show; NotFound when there is none to be had."""
        kept = wish.kept
        if not wish.is_welcome:
            raise NotFound("pictures of this server are not shown here")
        if kept is None or not (kept.files or kept.is_refused):
            await self._bring(wish.it)
            kept = await self._house.db.read(
                lambda tx: find_remote(tx, digest=wish.it.digest, slot=wish.it.slot)
            )
        elif kept.is_stale:
            row_id = kept.id
            await self._house.db.write(lambda tx: note_use(tx, row_id))
        if kept is None or not kept.files:
            raise NotFound("the server of this picture does not give it")
        if small and wish.it.kind != "image" and "preview" not in kept.files:
            raise NotFound("this film has no picture")
        return kept.files.get("preview" if small else "original") or kept.files["original"]

    async def _bring(self, it: Elsewhere) -> None:
        name = (it.digest, it.slot)
        task = self._under_way.get(name)
        if task is None:
            task = self._under_way[name] = self._house.workshop.begin(self._fetch(it))
            task.add_done_callback(lambda _: self._under_way.pop(name, None))
        await asyncio.shield(task)

    async def _fetch(self, it: Elsewhere) -> None:
        house = self._house
        try:
            async with self._few, workspace(house) as folder:
                files = await self._files(it, folder)
        except (Refused, TryLater) as why:
            said, is_gone = str(why), isinstance(why, Refused)
            await house.db.write(
                lambda tx: fail_remote(
                    tx, digest=it.digest, slot=it.slot, why=said, is_gone=is_gone
                )
            )
            return
        gone = await house.db.write(
            lambda tx: keep_remote(
                tx,
                digest=it.digest,
                slot=it.slot,
                files=files,
                budget=house.settings.media_budget,
            )
        )
        for key in gone:
            await house.storage.delete(key)
        if gone:
            await house.db.write(lambda tx: forget_files(tx, gone))

    async def _files(self, it: Elsewhere, folder: Path) -> list[Kept]:
        """Fetch and check; return what is in the storage now."""
        house, source, made_in = self._house, folder / "fetched", folder / "made"
        is_film = it.kind in ("video", "audio", "gifv")
        answer = await house.web.get(
            it.url,
            accept="image/avif,image/webp,image/*,video/*,audio/*;q=0.9",
            max_bytes=MOST_BYTES if is_film else limits.MOST_PICTURE_BYTES,
            deadline=FETCH_SECONDS,
            into=source,
        )
        if answer.status >= 500 or answer.status == 429:
            raise TryLater(f"{it.host} answered {answer.status}")
        if not answer.is_success:
            raise NotFound(f"{it.host} answered {answer.status}")
        kind = await asyncio.to_thread(_kind, source)
        if kind in FILMS:
            if it.slot != "attachment":
                raise NotFound("this is not a picture")
            return await self._film(source, kind, made_in)
        await asyncio.to_thread(made_in.mkdir)
        made = await house.workshop.make(source, made_in, _PURPOSES.get(it.slot, "attachment"))
        edge = max(made.original.width or 0, made.original.height or 0)
        size = await asyncio.to_thread(_size, source)
        ending = ending_of(_AS_IT_CAME.get(kind, ""))
        if (
            it.slot == "attachment"
            and ending
            and size <= LIGHT_BYTES
            and edge < limits.LONGEST_EDGE
        ):
            original = await put(house, source, ending, "original")
            preview = made.preview
            if preview is None:
                return [original]
            small = await put(house, made_in / preview.name, preview.ending, "preview")
            return [original, small]
        return await put_made(house, made, made_in)

    async def _film(self, source: Path, kind: Kind, made_in: Path) -> list[Kept]:
        """Keep film and sound as they came; a small picture too, where ffmpeg can make one."""
        house, ending = self._house, ending_of(_AS_IT_CAME[kind])
        if ending is None:
            raise NotFound("this is of no type that is shown here")
        files = [await put(house, source, ending, "original")]
        if house.workshop.programs is not None and kind in ("mp4", "webm"):
            await asyncio.to_thread(made_in.mkdir)
            try:
                made = await house.workshop.make(source, made_in)
            except Refused:
                return files
            if made.preview is not None:
                small = made_in / made.preview.name
                files.append(await put(house, small, made.preview.ending, "preview"))
        return files


def wish_for(tx: Tx, it: Elsewhere) -> Wish:
    """Return what is known of something that somebody wants to look at."""
    return Wish(it, find_remote(tx, digest=it.digest, slot=it.slot), takes_media_of(tx, it.host))


def _kind(path: Path) -> Kind:
    with path.open("rb") as file:
        return kind_of(file.read(HEAD))


def _size(path: Path) -> int:
    return path.stat().st_size
