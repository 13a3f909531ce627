"""Disks of their own for tests: one that dies while it is at work, and dies only once."""

import os
import resource
import subprocess
from pathlib import Path

from tests.components.server import MicrofedServer

MEGABYTES = 64


class DyingDisk:
    """A disk of its own at `folder`, in a file, that turns read-only as a broken one does.

    Where none may be mounted, a limit on the size of files plays it: nothing can be written either,
    and all that was written stays.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.image = folder.with_suffix(".image")
        folder.mkdir()
        with self.image.open("wb") as file:
            file.truncate(MEGABYTES << 20)
        self.is_real = _runs("mkfs.ext4", "-q", "-F", str(self.image)) and self._mount()
        self._limit: tuple[int, int] | None = None

    def die(self, server: MicrofedServer) -> None:
        """Let the kernel meet a fault on it: no write is taken any more, what is there is read."""
        if not self.is_real:
            pid = _pid(server)
            self._limit = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, self._limit[1]))
            return
        self._switch().write_text("1")

    def mend(self, server: MicrofedServer) -> None:
        """Stop the server, look the disk over as an admin does, and start the server again."""
        if not self.is_real:
            assert self._limit is not None
            resource.prlimit(_pid(server), resource.RLIMIT_FSIZE, self._limit)
        assert server.stop() == 0
        if self.is_real:
            self._unmount()
            looked = subprocess.run(["e2fsck", "-fy", str(self.image)], capture_output=True)
            assert looked.returncode in (0, 1), looked.stdout  # 1: found faults, and mended them
            assert self._mount()
        server.start()

    def close(self) -> None:
        """Let go of it."""
        if self.is_real:
            subprocess.run(["umount", "-l", str(self.folder)], check=True, capture_output=True)

    def _mount(self) -> bool:
        options = "loop,errors=remount-ro"
        if not _runs("mount", "-o", options, str(self.image), str(self.folder)):
            return False
        if os.access(self._switch(), os.W_OK):
            return True
        self._unmount()
        return False

    def _unmount(self) -> None:
        subprocess.run(["umount", str(self.folder)], check=True, capture_output=True)

    def _switch(self) -> Path:
        """Where the kernel is told that this disk, and no other, has a fault."""
        found = subprocess.run(
            ["findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", str(self.folder)],
            check=True,
            capture_output=True,
            text=True,
        )
        name = found.stdout.strip().removeprefix("/dev/")
        assert name.startswith("loop"), name
        return Path("/sys/fs/ext4") / name / "trigger_fs_error"


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _pid(server: MicrofedServer) -> int:
    assert server.program and server.program.process
    return server.program.process.pid
