"""What the Dockerfile says is true, shown without a container engine.

Everything it does is done here with the same words: the wheel is built from the files it copies and
nothing else, its command is started, its health check is run, its stop signal is sent.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from microfed.settings import Settings
from tests.components.processes import ROOT, Program, free_port

TEXT = (ROOT / "Dockerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    """Return (INSTRUCTION, rest) for each, continued lines joined, comments dropped."""
    lines = [line for line in TEXT.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    pairs = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(word.upper(), " ".join(rest.split())) for word, rest in pairs]


def last_stage() -> list[tuple[str, str]]:
    all_of_it = instructions()
    start = max(at for at, (word, _) in enumerate(all_of_it) if word == "FROM")
    return all_of_it[start:]


def only(word: str) -> str:
    (found,) = [rest for name, rest in last_stage() if name == word]
    return found


def copied() -> dict[str, str]:
    """Return what is copied from the repository: path → where to, under /src/."""
    found: dict[str, str] = {}
    for word, rest in instructions():
        if word == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            for source in sources:
                place = f"{target}{Path(source).name}" if target.endswith("/") else target
                found[source] = place.removeprefix("/src/")
    return found


def environment() -> dict[str, str]:
    pairs = [pair for word, rest in last_stage() if word == "ENV" for pair in rest.split()]
    return dict(pair.split("=", 1) for pair in pairs)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Install, into a folder, the wheel made of what is copied."""
    folder = tmp_path_factory.mktemp("image")
    for source, place in copied().items():
        target = folder / "src" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, target)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist")],
        cwd=folder / "src",
        check=True,
        capture_output=True,
    )
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    yield folder / "site"


def command_line(site: Path, words: list[str]) -> list[str]:
    """Return how a console script of the installed package is started here."""
    code = (
        "import sys; from importlib.metadata import distribution as d; "
        f"(e,) = [e for e in d('microfed').entry_points if e.name == {words[0]!r}]; "
        "sys.exit(e.load()())"
    )
    return [sys.executable, "-c", code, *words[1:]]


def outside(site: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MICROFED_")}
    return {**kept, "PYTHONPATH": str(site)}


def test_what_is_copied_exists_and_is_sent_to_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = [line[1:] for line in ignored if line.startswith("!")]

    assert ignored[1] == "*"
    assert [path for path in copied() if not (ROOT / path).exists()] == []
    assert {path for path in copied() if path.split("/")[0] not in allowed} == set()
    assert [name for name in allowed if not any(fnmatch(p, f"{name}*") for p in copied())] == []


def test_packages_come_locked() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and "uv pip install" in rest]
    steps = [step for rest in installs for step in rest.split("&&") if "uv pip install" in step]

    assert len(steps) == 3
    for step in steps:
        assert "--require-hashes" in step or ("--no-deps" in step and "/dist/" in step)


def test_the_wheel_holds_all_the_server_needs(installed: Path) -> None:
    package = ROOT / "src" / "microfed"
    wanted = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    wanted |= {
        f"migrations/{path.relative_to(ROOT / 'migrations').as_posix()}"
        for path in (ROOT / "migrations").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    there = {
        path.relative_to(installed / "microfed").as_posix()
        for path in (installed / "microfed").rglob("*")
        if path.is_file()
    }

    assert wanted - there == set()


def test_nothing_runs_as_root() -> None:
    user = only("USER")

    assert user not in ("0", "root")
    assert f"--uid {user}" in " ".join(rest for word, rest in last_stage() if word == "RUN")


def test_every_setting_it_makes_is_a_real_one() -> None:
    made = {k: v for k, v in environment().items() if k.startswith("MICROFED_")}

    assert {k.removeprefix("MICROFED_").lower() for k in made} <= set(Settings.names())
    assert made["MICROFED_DATA"] == only("VOLUME") == only("WORKDIR")
    assert f"--mode 0700 {only('VOLUME')}" in TEXT


def test_it_names_no_host_to_fetch_from() -> None:
    images = [rest.split()[0] for word, rest in instructions() if word == "FROM"]
    addresses = re.findall(r"https?://([^/\s:'\"]+)", TEXT)

    assert [image for image in images if "/" in image or "." in image.split(":")[0]] == []
    assert set(addresses) <= {"127.0.0.1", "lilas.example"}


def test_its_command_serves_and_its_health_check_tells(installed: Path, tmp_path: Path) -> None:
    command = json.loads(only("CMD"))
    check = json.loads(re.sub(r"^.*?CMD ", "", only("HEALTHCHECK")))
    inside, port = only("EXPOSE"), str(free_port())
    assert command[command.index("--port") + 1] == inside
    assert f"127.0.0.1:{inside}/" in check[-1]
    assert check[0] == "python"
    here = [port if word == inside else word for word in command]
    ask = [sys.executable, *(word.replace(f":{inside}/", f":{port}/") for word in check[1:])]
    env = outside(installed) | {
        "MICROFED_DATA": str(tmp_path / "data"),
        "MICROFED_URL": "https://lilas.example",
    }
    server = Program(
        "the container's command",
        command_line(installed, here),
        log=tmp_path / "log",
        env=env,
        cwd=tmp_path,
    )

    def is_healthy() -> bool:
        return subprocess.run(ask, env=env, capture_output=True, timeout=30).returncode == 0

    before = is_healthy()
    server.start()
    server.until_ready(is_healthy)
    status = server.stop(signal.Signals[only("STOPSIGNAL")])

    assert not before
    assert status == 0
    assert (tmp_path / "data" / "microfed.db").is_file()
    assert not is_healthy()
