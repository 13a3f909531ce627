"""Disks that fail: full, or for reading alone. Nothing that was answered is lost, nothing loops.

A small disk of memory is mounted where that is allowed; elsewhere a limit on the size of files
plays the full disk, and a place where no folder can be made the one that cannot be written.
"""

import json
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.processes import free_port
from tests.components.server import MicrofedServer
from tests.test_hardship import read, write
from tests.test_kill import stored

MEGABYTES = 24


class SmallDisk:
    """A disk with little room, at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        size = f"size={MEGABYTES}m,mode=0700"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], capture_output=True
        )
        self.is_real = mounted.returncode == 0
        self._limit: tuple[int, int] | None = None

    def fill(self, server: MicrofedServer) -> None:
        """Leave no room at all."""
        if not self.is_real:
            pid = _pid(server)
            self._limit = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, self._limit[1]))
            return
        with (self.folder / "filler").open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError:  # full
                    continue

    def make_room(self, server: MicrofedServer) -> None:
        """Let there be room again."""
        if self.is_real:
            (self.folder / "filler").unlink()
        elif self._limit is not None:
            resource.prlimit(_pid(server), resource.RLIMIT_FSIZE, self._limit)

    def only_reads(self) -> None:
        """Take no more writes."""
        if self.is_real:
            command = ["mount", "-o", "remount,ro", str(self.folder)]
            subprocess.run(command, check=True, capture_output=True)

    def close(self) -> None:
        if self.is_real:
            subprocess.run(["umount", "-l", str(self.folder)], check=True, capture_output=True)


def _pid(server: MicrofedServer) -> int:
    assert server.program and server.program.process
    return server.program.process.pid


def only_sentence(said: str) -> str:
    """Return the one line for whoever starts it, beside what is logged for programs."""
    (sentence,) = [line for line in said.splitlines() if not line.startswith("{")]
    return sentence


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    small = SmallDisk(tmp_path / "disk")
    yield small
    small.close()


def test_a_disk_that_is_full_and_has_room_again(disk: SmallDisk) -> None:
    server = MicrofedServer(disk.folder)
    token = server.add_member("ada", scopes="read write")["token"]
    server.start()
    try:
        said = [write(server, token, f"before {n}") for n in range(5)]

        disk.fill(server)
        # Room that the database already had may take a few more; then there is none.
        meanwhile = [write(server, token, f"full {n} {'x' * 4000}") for n in range(150)]
        refused = [status for status, _ in meanwhile if status == 503]
        reading = [read(server) for _ in range(5)]
        health = server.run("queue", "--json", status=0)
        disk.make_room(server)
        said += [write(server, token, f"after {n}") for n in range(5)]

        assert {status for status, _ in meanwhile} <= {201, 503}
        assert len(refused) > 20
        assert set(reading) == {200}
        assert json.loads(health.stdout.splitlines()[-1])["received"] == 0
        assert [status for status, _ in said] == [201] * 10
        assert server.program and server.program.process and server.program.process.poll() is None
        server.restart()
        kept = {uri.removesuffix("/activity") for status, uri in said + meanwhile if status == 201}
        assert set(stored(server)) == kept
    finally:
        server.stop()


def test_a_disk_that_only_reads_ends_the_start_with_one_sentence(
    disk: SmallDisk, tmp_path: Path
) -> None:
    server = MicrofedServer(disk.folder)
    server.add_member("ada")
    disk.only_reads()
    # A folder where nobody can make one plays it everywhere.
    nowhere = MicrofedServer(tmp_path, DATA="/proc/microfed")

    for one in (server, nowhere) if disk.is_real else (nowhere,):
        for command in (["serve"], ["queue", "--json"])[: 2 if one is server else 1]:
            ended = one.run(*command, status=1)
            sentence = only_sentence(ended.stderr)
            assert sentence.startswith("microfed: the ")
            assert "the user the server runs as" in sentence
            assert ended.stdout == ""


def test_a_postgresql_that_is_not_there_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://ada:secret@127.0.0.1:{free_port()}/here"
    server = MicrofedServer(tmp_path, DATABASE_URL=url)

    for command in (["serve"], ["member", "list"]):
        sentence = only_sentence(server.run(*command, status=1).stderr)
        assert sentence.startswith("microfed: the database does not answer")
        assert "MICROFED_DATABASE_URL" in sentence and "secret" not in sentence
