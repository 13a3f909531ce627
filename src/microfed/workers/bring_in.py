"""Reads the archives that members brought, one at a time and a few posts at a time.

First it only looks, and says what is in one; what its owner chose of that it reads afterwards.
Killed at any moment, it goes on where it was: how far it is was written down with the posts.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from microfed.errors import Invalid, Refused
from microfed.house import House
from microfed.media.limits import MOST_AVATAR_BYTES, MOST_FILM_BYTES
from microfed.media.made import Purpose
from microfed.operations.archive_parts import import_is_looked_at, take_list
from microfed.operations.bringing import (
    claim_import,
    finish_import,
    hold_import,
    import_is_open,
    refuse_import,
    remove_some,
    take_in,
)
from microfed.operations.files import Kept
from microfed.operations.media import MOST_DESCRIPTION
from microfed.operations.old_posts import Prepared, is_known
from microfed.operations.own_parts import OwnPart, take_own
from microfed.operations.post_parts import MOST_MEDIA
from microfed.queries.bringing import Claimed, find_claimed, why_unusable
from microfed.uploading import forget_unkept, make_picture, process_upload, take_upload, workspace
from microfed.vocab.archive_contents import OWN
from microfed.vocab.archive_own import read_profile
from microfed.vocab.archives import LeftOut, OldFile, OldPost, path_in_archive, read_old_post
from microfed.workers.opened_archive import Opened, open_archive
from microfed.workers.running import Wake

AT_ONCE = 20
BEAT_SECONDS = 60.0


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
                opened = await open_archive(house, claimed, folder)
                try:
                    if claimed.todo is None:
                        found = await asyncio.to_thread(opened.found)
                        whose = None if opened.whose is None else opened.whose.uri
                        await house.db.write(
                            lambda tx: import_is_looked_at(tx, id_, whose=whose, found=found)
                        )
                        return
                    is_wanted = await _read_posts(house, claimed, opened)
                    is_wanted = is_wanted and await _read_parts(house, claimed, opened)
                finally:
                    opened.close()
            except Invalid as refused:
                why = str(refused)
                await house.db.write(lambda tx: refuse_import(tx, id_, why))
                return
        if is_wanted:
            await house.db.write(lambda tx: finish_import(tx, id_))


async def _read_posts(house: House, claimed: Claimed, opened: Opened) -> bool:
    """Make the posts, if they are wanted; False when nothing is wanted any more."""
    id_, at = claimed.id, claimed.done
    total = len(opened.order) if claimed.wants_posts else 0
    whose = None if opened.whose is None else opened.whose.uri
    await house.db.write(lambda tx: import_is_open(tx, id_, whose=whose, total=total))
    while at < total:
        items = [
            await _prepare(house, claimed, opened, n) for n in range(at, min(at + AT_ONCE, total))
        ]
        begin = at
        wanted = await house.db.write(
            lambda tx: take_in(tx, id_, at=begin, items=items)  # noqa: B023
        )
        if not wanted:
            return False
        at += len(items)
    return True


async def _read_parts(house: House, claimed: Claimed, opened: Opened) -> bool:
    """Do what else is wanted of it, a part in a transaction; False when nothing is any more."""
    id_ = claimed.id
    for part in claimed.todo or ():
        wanted = (
            await _read_own(house, claimed, opened, part)
            if part in OWN
            else await _read_list(house, id_, opened, part)
        )
        if not wanted:
            return False
    return True


async def _read_list(house: House, id_: int, opened: Opened, part: str) -> bool:
    try:
        read = await asyncio.to_thread(opened.list_of, part)
    except Invalid:
        read = None  # the page said so when it was looked at
    return await house.db.write(lambda tx: take_list(tx, id_, part=part, read=read))


async def _read_own(house: House, claimed: Claimed, opened: Opened, part: str) -> bool:
    id_ = claimed.id
    try:
        things = await asyncio.to_thread(opened.own_of, part)
    except Invalid:
        things = []
    if not things:
        return await house.db.write(lambda tx: take_list(tx, id_, part=part, read=None))
    pictures = await _faces(house, opened, things[0]) if part == "profile" else []
    is_home = opened.whose is not None and opened.whose.uri == claimed.actor_uri
    brought = OwnPart(part, things, pictures, is_home)
    try:
        return await house.db.write(lambda tx: take_own(tx, id_, brought))
    finally:
        await forget_unkept(house, pictures)


async def _faces(house: House, opened: Opened, actor: dict[str, Any]) -> list[Kept]:
    """Return the two pictures of a profile, made safe and in the storage, as far as there are."""
    old, made = read_profile(actor), []
    slots: tuple[tuple[Purpose, str | None], ...] = (("avatar", old.avatar), ("header", old.header))
    for slot, address in slots:
        name = None if address is None else opened.parcel.find(path_in_archive(address))
        source = opened.folder / slot
        if name is None:
            continue
        if await asyncio.to_thread(opened.parcel.fetch, name, source, most=MOST_AVATAR_BYTES):
            try:
                made.append(await make_picture(house, source, slot))
            except Refused:
                continue
    return made


async def _prepare(house: House, claimed: Claimed, opened: Opened, n: int) -> Prepared | LeftOut:
    """Return a post to be made, its files brought already; or why there is none."""
    if opened.whose is None:  # an outbox is not read without
        return LeftOut("unreadable")
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


async def _with_files(house: House, member_id: int, opened: Opened, old: OldPost) -> Prepared:
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


async def _bring(house: House, member_id: int, opened: Opened, file: OldFile) -> int:
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
