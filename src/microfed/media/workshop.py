"""The workshop: hands one file at a time to the separate process, whatever happens there."""

import asyncio
import json
import logging
import os
import shutil
import signal
import sys
from collections.abc import Coroutine
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from microfed.disks import check_room
from microfed.errors import Invalid, TryLater
from microfed.media import limits
from microfed.media.made import Made, Purpose, made_from
from microfed.media.sniffing import FILM_TYPES, FILMS, HEAD, PICTURE_TYPES, Kind, kind_of

log = logging.getLogger(__name__)
_SOURCES = Path(__file__).parent.parent.parent


@cache
def find_programs() -> tuple[str, str] | None:
    """Return the ffmpeg and ffprobe of this machine, if it has both."""
    found = shutil.which("ffmpeg"), shutil.which("ffprobe")
    return (found[0], found[1]) if found[0] and found[1] else None


def accepted_types() -> list[str]:
    """Return what may be uploaded here, as apps are told."""
    return [*PICTURE_TYPES, *(FILM_TYPES if find_programs() else ())]


class Workshop:
    """Makes uploads safe and light. One of it for each process of ours."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()
        self._begun: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start some work that goes on whether or not anybody waits for it."""
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._begun.discard(task)
        fault = None if task.cancelled() else task.exception()
        if fault is not None and not isinstance(fault, TryLater):  # which is taken up again
            log.error("some work broke off", exc_info=fault)

    async def close(self) -> None:
        """Stop what was begun; it is taken up again after the next start."""
        for task in self._begun:
            task.cancel()
        await asyncio.gather(*self._begun, return_exceptions=True)

    @cached_property
    def programs(self) -> tuple[str, str] | None:
        """The ffmpeg and ffprobe of this machine; without them no film and no sound is taken."""
        return find_programs()

    def look(self, source: Path, purpose: Purpose = "attachment") -> Kind:
        """Return what the file is, by its first bytes; Invalid for what is not taken."""
        with source.open("rb") as file:
            kind = kind_of(file.read(HEAD))
        size = source.stat().st_size
        if kind in FILMS:
            if purpose != "attachment":
                raise Invalid("this must be a picture", {"file": "is not a picture"})
            if self.programs is None:
                raise Invalid("film and sound are not taken here", {"file": "is not a picture"})
        most = _most_bytes(kind, purpose)
        if size > most:
            raise Invalid(f"at most {most / 1_048_576:g} MB, please", {"file": "is too large"})
        return kind

    async def make(self, source: Path, folder: Path, purpose: Purpose = "attachment") -> Made:
        """Return what was made of `source` in the empty `folder`; Invalid, in words, if nothing."""
        kind = self.look(source, purpose)
        is_film = kind in FILMS
        command = [sys.executable, "-s", "-P", "-m", "microfed.media.process"]
        command += [str(source), kind, purpose, str(folder)]
        if is_film and self.programs is not None:
            command += self.programs
        async with self._one_at_a_time:
            said = await _run(
                command, folder, limits.FILM_SECONDS if is_film else limits.PICTURE_SECONDS
            )
        if why := said.get("unusable"):
            # A decoder that could not write blames the file.
            await asyncio.to_thread(check_room, folder)
            raise Invalid(str(why), {"file": "cannot be used"})
        return made_from(said)


async def _run(command: list[str], folder: Path, seconds: float) -> dict[str, object]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        # Nothing of ours: a decoder that is taken over finds no password here.
        env={"PYTHONPATH": str(_SOURCES), "LANG": "C.UTF-8", "HOME": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=65_536,
    )
    try:
        async with asyncio.timeout(seconds):
            out, words = await process.communicate()
    except TimeoutError:
        raise Invalid("this file takes too long to read", {"file": "cannot be used"}) from None
    finally:
        _end(process)
        await process.wait()
    if words:
        log.info("a file was not read: %r", words[-500:].decode("utf-8", "replace"))
    try:
        said = json.loads(out)
    except ValueError:
        said = None
    if process.returncode != 0 or not isinstance(said, dict):
        log.warning("the process for a file ended with %s", process.returncode)
        await asyncio.to_thread(check_room, folder)
        raise Invalid("this file is too heavy to be read", {"file": "cannot be used"})
    return said


def _end(process: asyncio.subprocess.Process) -> None:
    """End the process and what it started; a child of it may outlive it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _most_bytes(kind: Kind, purpose: Purpose) -> int:
    if kind in FILMS:
        return limits.MOST_FILM_BYTES
    return {
        "avatar": limits.MOST_AVATAR_BYTES,
        "header": limits.MOST_AVATAR_BYTES,
        "emoji": limits.MOST_EMOJI_BYTES,
    }.get(purpose, limits.MOST_PICTURE_BYTES)
