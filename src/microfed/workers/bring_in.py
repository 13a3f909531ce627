"""Reads the archives that members brought, one at a time and a few posts at a time.

Killed at any moment, it goes on where it was: how far it is was written down with the posts.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microfed.errors import Invalid, Refused
from microfed.house import House
from microfed.media.limits import MOST_FILM_BYTES
from microfed.operations.bringing import (
    claim_import,
    finish_import,
    hold_import,
    import_is_open,
    refuse_import,
    remove_some,
    take_in,
)
from microfed.operations.media import MOST_DESCRIPTION
from microfed.operations.old_posts import Prepared, is_known
from microfed.operations.post_parts import MOST_MEDIA
from microfed.queries.bringing import Claimed, find_claimed, why_unusable
from microfed.unpacking import MOST_ACTOR, MOST_OUTBOX, Parcel, open_parcel, split_outbox
from microfed.uploading import process_upload, take_upload, workspace
from microfed.vocab.archives import (
    LeftOut,
    OldFile,
    OldPost,
    Whose,
    id_of,
    moment_of,
    read_old_post,
    read_whose,
)
from microfed.workers.running import Wake

AT_ONCE = 20
BEAT_SECONDS = 60.0
_PAPERS = ("actor.json", "outbox.json")


class BringIn:
    """The worker for what members bring along."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake

    async def once(self) -> None:
        """Read an archive, or wait for one."""
        if not await self.do_due():
            await self._wake.wait()

    async def do_due(self) -> int:
        """Read an archive to its end, if there is one; return how many there were."""
        db = self._house.db
        id_ = await db.write(claim_import)
        claimed = None if id_ is None else await db.read(lambda tx: find_claimed(tx, id_))
        if claimed is None:
            return 0
        async with _beating(self._house, claimed.id):
            if claimed.state == "removing":
                await self._remove(claimed.id)
            else:
                await self._read(claimed)
        return 1

    async def _remove(self, id_: int) -> None:
        is_more = True
        while is_more:
            is_more = await self._house.db.write(lambda tx: remove_some(tx, id_))

    async def _read(self, claimed: Claimed) -> None:
        house, id_ = self._house, claimed.id
        async with workspace(house) as folder:
            try:
                opened = await _open(house, claimed, folder)
            except Invalid as refused:
                why = str(refused)
                await house.db.write(lambda tx: refuse_import(tx, id_, why))
                return
            try:
                total = len(opened.order)
                await house.db.write(
                    lambda tx: import_is_open(tx, id_, whose=opened.whose.uri, total=total)
                )
                at = claimed.done
                while at < total:
                    items = [
                        await _prepare(house, claimed, opened, n)
                        for n in range(at, min(at + AT_ONCE, total))
                    ]
                    begin = at
                    wanted = await house.db.write(
                        lambda tx: take_in(tx, id_, at=begin, items=items)  # noqa: B023
                    )
                    if not wanted:
                        return
                    at += len(items)
            finally:
                opened.close()
        await house.db.write(lambda tx: finish_import(tx, id_))


@dataclass(slots=True)
class _Opened:
    """An archive that can be read: its papers apart, its posts in the order they were said."""

    parcel: Parcel
    whose: Whose
    items: Path
    order: list[int]  # where the line of each begins
    own: Collection[str]
    folder: Path

    def item(self, n: int) -> Any:
        """Return the activity that was the n-th to be said."""
        with self.items.open("rb") as lines:
            lines.seek(self.order[n])
            return json.loads(lines.readline())

    def close(self) -> None:
        """Let go of it."""
        self.parcel.close()


async def _open(house: House, claimed: Claimed, folder: Path) -> _Opened:
    """Raises Invalid with one of vocab.archives.REFUSALS."""
    try:
        await house.storage.fetch(claimed.key or "", folder / "archive")
    except (FileNotFoundError, Refused):
        raise Invalid("broken") from None
    opened = await asyncio.to_thread(_look, folder)
    uri = opened.whose.uri
    if house.db.here.is_ours(uri) and uri != claimed.actor_uri:
        opened.close()
        raise Invalid("of_a_neighbour")
    return opened


def _look(folder: Path) -> _Opened:
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    parcel = open_parcel(folder / "archive", _is_wanted, unpacked)
    try:
        for paper, most, lack in (
            ("actor.json", MOST_ACTOR, "no_actor"),
            ("outbox.json", MOST_OUTBOX, "no_outbox"),
        ):
            name = parcel.find(paper)
            if name is None:
                raise Invalid(lack)
            if not parcel.fetch(name, folder / paper, most=most):
                raise Invalid("too_large")
        try:
            actor = json.loads((folder / "actor.json").read_bytes())
        except (ValueError, RecursionError):
            raise Invalid("no_actor") from None
        if not isinstance(actor, dict):
            raise Invalid("no_actor")
        whose = read_whose(actor)
        said: list[tuple[str, int]] = []
        own: set[str] = set()
        for where, item in split_outbox(folder / "outbox.json", folder / "items"):
            said.append((moment_of(item), where))
            if uri := id_of(item):
                own.add(uri)
    except BaseException:
        parcel.close()
        raise
    # What goes on from another post comes after it, whichever way the archive is turned.
    return _Opened(parcel, whose, folder / "items", [at for _, at in sorted(said)], own, folder)


def _is_wanted(name: str) -> bool:
    """Say whether a file of a tar may be asked for: the papers, and what posts may show."""
    last = name.rpartition("/")[2]
    return last in _PAPERS or ("/" in name and not last.endswith((".json", ".csv", ".html")))


async def _prepare(house: House, claimed: Claimed, opened: _Opened, n: int) -> Prepared | LeftOut:
    """Return a post to be made, its files brought already; or why there is none."""
    try:
        old = read_old_post(
            opened.item(n),
            opened.whose,
            own=opened.own,
            is_home=opened.whose.uri == claimed.actor_uri,
            takes_answers=claimed.takes_answers,
        )
    except LeftOut as out:
        return out
    uri, id_ = old.note.id, claimed.member_id
    if await house.db.read(lambda tx: is_known(tx, author_id=id_, uri=uri)):
        return LeftOut("known", uri)
    return await _with_files(house, id_, opened, old)


async def _with_files(house: House, member_id: int, opened: _Opened, old: OldPost) -> Prepared:
    media: list[int] = []
    left: list[LeftOut] = []
    for file in old.files:
        try:
            if len(media) == MOST_MEDIA:
                raise LeftOut("file_too_many", file.path)
            media.append(await _bring(house, member_id, opened, file))
        except LeftOut as out:
            left.append(out)
    return Prepared(old, tuple(media), tuple(left))


async def _bring(house: House, member_id: int, opened: _Opened, file: OldFile) -> int:
    """Bring a file into the house as if its owner had just sent it; return its id."""
    name = opened.parcel.find(file.path) if file.path else None
    if name is None:
        raise LeftOut("file_missing", file.path)
    source = opened.folder / "file"
    try:
        if not await asyncio.to_thread(opened.parcel.fetch, name, source, most=MOST_FILM_BYTES):
            raise LeftOut("file_refused", file.path)
        id_ = await take_upload(
            house,
            owner_id=member_id,
            source=source,
            description=(file.description or "")[:MOST_DESCRIPTION] or None,
            focus=file.focus,
        )
    except Refused as refused:
        raise LeftOut("file_refused", f"{file.path}: {refused}") from None
    await process_upload(house, id_)
    why = await house.db.read(lambda tx: why_unusable(tx, id_))
    if why is not None:
        raise LeftOut("file_refused", f"{file.path}: {why}")
    return id_


@asynccontextmanager
async def _beating(house: House, id_: int) -> AsyncIterator[None]:
    """Let others see that somebody is at it, however long a film takes."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await house.db.write(lambda tx: hold_import(tx, id_))

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
