"""Finishes uploads that nobody finished, and takes away the files that nothing shows any more."""

import asyncio
import shutil
import time
from pathlib import Path

from microfed.house import House
from microfed.operations.files import forget_files, nobodys_files
from microfed.operations.media import claim_upload
from microfed.uploading import process_upload
from microfed.workers.running import Wake

# What is unfinished and older than this was left by a process that ended, or by a disk that failed.
OLD_SECONDS = 86_400


class ProcessMedia:
    """The worker for files."""

    def __init__(self, house: House, wake: Wake) -> None:
        self._house = house
        self._wake = wake
        self._is_swept = False

    async def once(self) -> None:
        """Do what there is to do, or wait for it."""
        if not self._is_swept:
            before = time.time() - OLD_SECONDS
            await asyncio.to_thread(_sweep, self._house.settings.data.resolve() / "work", before)
            await self._house.storage.sweep(before)
            self._is_swept = True
        if not await self.handle_due():
            await self._wake.wait()

    async def handle_due(self) -> int:
        """Take away some files and finish an upload; return how many of both there were."""
        house = self._house
        keys = await house.db.read(nobodys_files)
        for key in keys:
            await house.storage.delete(key)
        if keys:
            await house.db.write(lambda tx: forget_files(tx, keys))
        id_ = await house.db.write(claim_upload)
        if id_ is not None:
            await process_upload(house, id_)
        return len(keys) + (id_ is not None)


def _sweep(around: Path, before: float) -> None:
    if around.is_dir():
        for folder in around.iterdir():
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)
