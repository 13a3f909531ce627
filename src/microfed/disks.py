"""A disk that is full, broken or only reads: a fault of the machine, which may pass.

Whoever asked is told to come back (503), and nothing is half done: no fault of ours (500), and no
fault of theirs (422) either.
"""

import errno
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from microfed.errors import TryLater

log = logging.getLogger(__name__)
# What the system says of a disk, and not of what it was asked for. EFBIG is what it says when files
# of this process may grow no further (`ulimit -f`).
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EFBIG})
# While it lasts every request meets it: one line in so many seconds is enough.
SAID_EVERY = 10.0
# More than a decoder writes at once: where this fits, it was not the disk that stopped it.
_TRIED_BYTES = 1 << 20
_ALIVE = "user.microfed.alive"
_silent_until = 0.0


def is_of_the_disk(error: BaseException) -> bool:
    """Say whether the machine's disk cannot do it now, whatever was asked."""
    return isinstance(error, OSError) and error.errno in _OF_THE_DISK


def later(error: OSError) -> TryLater:
    """Return what whoever asked is told. Why is for the log, once in a while: it names files."""
    global _silent_until  # one disk, one process, one voice
    if time.monotonic() >= _silent_until:
        _silent_until = time.monotonic() + SAID_EVERY
        log.error("the disk cannot take this: %s", error)
    return TryLater("the disk cannot take this now")


@contextmanager
def on_disk() -> Iterator[None]:
    """Raise TryLater for what a disk cannot do now; everything else stays what it is."""
    try:
        yield
    except OSError as error:
        if not is_of_the_disk(error):
            raise
        raise later(error) from error


def must_be_alive(folder: Path) -> None:
    """Raise TryLater where the disk died a moment ago: what it called safe may not be.

    An ext4 whose journal is broken off answers fdatasync with success for some of the last changes,
    until it has noted that it only reads (Linux 6.18: in one of ten such deaths under load). To set
    what is set already begins with asking the journal; it costs 2 µs and writes nothing.
    """
    try:
        os.setxattr(folder, _ALIVE, b"1")
    except OSError as error:  # many file systems have no such attributes, and need none
        if error.errno in (errno.EROFS, errno.EIO):
            raise later(error) from error


def check_room(folder: Path) -> None:
    """Raise TryLater when nothing more can be written in `folder`."""
    with on_disk():
        try_to_write(folder)


def try_to_write(folder: Path) -> None:
    """Raise the OSError that stands against it."""
    tried = folder / f".room-{secrets.token_hex(8)}"
    try:
        tried.write_bytes(b"\0" * _TRIED_BYTES)
    finally:
        tried.unlink(missing_ok=True)
