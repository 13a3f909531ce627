"""The separate process: it has little, it may die, and only whoever sent the file notices."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from microfed.errors import Invalid
from microfed.media import workshop as module
from microfed.media.placeholder import placeholder
from microfed.media.workshop import Workshop
from tests.components.processes import ROOT
from tests.media.pictures import encoded, noise, picture, png_bomb


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "made"
    inside.mkdir()
    return inside


async def run(folder: Path, code: str) -> dict[str, object]:
    return await module._run([sys.executable, "-c", code], folder, 20)


async def test_a_crash_is_the_senders_problem_alone(folder: Path) -> None:
    for code in (
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import os; os._exit(3)",
        "print('not json')",
        "print('[1]')",
        "",
    ):
        with pytest.raises(Invalid, match="too heavy"):
            await run(folder, code)


async def test_it_knows_nothing_of_ours(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROFED_DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    said = await run(folder, "import json, os; print(json.dumps(dict(os.environ)))")

    assert "secret" not in str(said)
    assert set(said) <= {"PYTHONPATH", "LANG", "HOME", "LC_CTYPE"}


async def test_its_memory_ends_before_ours(folder: Path) -> None:
    code = (
        "import json; from microfed.media import process, limits\n"
        "process._limit(memory=limits.PICTURE_MEMORY, seconds=10)\n"
        "try: bytearray(limits.PICTURE_MEMORY); said = 'had it'\n"
        "except MemoryError: said = 'no'\n"
        "try: open('big', 'wb').truncate(limits.MOST_FILM_BYTES * 2); said += ' had it'\n"
        "except OSError: said += ' no'\n"
        "print(json.dumps({'said': said}))"
    )

    assert (await run(folder, code))["said"] == "no no"


async def test_what_takes_too_long_is_ended_with_its_children(folder: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('child', 'w').write(str(child.pid)); time.sleep(600)"
    )
    with pytest.raises(Invalid, match="too long"):
        await module._run([sys.executable, "-c", code], folder, 2)

    child = int((folder / "child").read_text())
    for _ in range(200):
        if not _is_running(child):
            break
        await asyncio.sleep(0.02)
    assert not _is_running(child)


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_one_file_is_looked_at_at_a_time(tmp_path: Path) -> None:
    shop, sources = Workshop(), []
    for at in range(4):
        source, made = tmp_path / f"source{at}", tmp_path / f"made{at}"
        source.write_bytes(noise((400, 300)))
        made.mkdir()
        sources.append((source, made))

    made_all = await asyncio.gather(*(shop.make(source, made) for source, made in sources))

    assert [made.original.ending for made in made_all] == ["jpg"] * 4
    assert not shop._one_at_a_time.locked()


async def test_a_bomb_costs_the_server_no_memory(tmp_path: Path, folder: Path) -> None:
    source = tmp_path / "bomb"
    source.write_bytes(png_bomb(9_000, 9_000))
    before = _own_peak()

    with pytest.raises(Invalid, match="40 million pixels"):
        await Workshop().make(source, folder)

    assert _own_peak() - before < 60_000


def _own_peak() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    raise AssertionError("no such line")


def test_only_the_separate_process_knows_how_to_decode() -> None:
    code = (
        "import sys, microfed.app, microfed.uploading, microfed.viewing, microfed.media.workshop\n"
        "import microfed.files.routes, microfed.workers.process_media\n"
        "print([m for m in ('PIL', 'blurhash', 'obstore', 'rich') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "[]", done.stderr


def test_a_placeholder_is_a_picture_whatever_it_is_made_of() -> None:
    for text in ("LEHV6nWB2yk8pyo0adR*.7kCMdnj", "", None, "é" * 28, "L" * 99, "~~~~~~", "000000"):
        assert placeholder(text).startswith(b"\x89PNG")


async def test_what_is_asked_for_decides_the_size(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(encoded(picture((120, 90)), "PNG"))
    for purpose, size in (("avatar", (90, 90)), ("header", (120, 40)), ("emoji", (120, 90))):
        made_in = tmp_path / purpose
        made_in.mkdir()

        made = await Workshop().make(source, made_in, purpose)  # type: ignore[arg-type]

        assert (made.original.width, made.original.height) == size  # never larger than it was
