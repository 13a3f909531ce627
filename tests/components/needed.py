"""Which programs the tests need, and what to do when one is not there."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.components.processes import ROOT

FEDIFY = ROOT / "tests" / "fedify"
AXE = ROOT / "tests" / "axe"


class Missing(Exception):
    """Something is not installed and we may not install it; the message says how to."""


@dataclass(frozen=True)
class Component:
    """A program from outside: where it may be, and the Debian packages that bring it."""

    name: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]
    folders: tuple[str, ...] = ()

    def find(self, program: str) -> str | None:
        """Return the path of `program`, from PATH or from where Debian keeps it."""
        found = shutil.which(program)
        if found:
            return found
        for pattern in self.folders:
            for folder in sorted(Path("/").glob(pattern), reverse=True):
                if os.access(folder / program, os.X_OK):
                    return str(folder / program)
        return None

    def is_here(self) -> bool:
        """Say whether every program of it is installed."""
        return all(self.find(program) for program in self.programs)


POSTGRES = Component(
    "PostgreSQL",
    ("initdb", "postgres"),
    ("postgresql",),
    ("usr/lib/postgresql/*/bin",),
)
CHROMIUM = Component("Chromium", ("chromium",), ("chromium", "fonts-dejavu-core"))
NPM = Component("npm", ("npm", "node"), ("npm", "nodejs"))
FFMPEG = Component("ffmpeg", ("ffmpeg", "ffprobe"), ("ffmpeg",))
# What stands before the server on its admin's machine, and what starts it there.
NGINX = Component("nginx", ("nginx",), ("nginx-light",), ("usr/sbin",))
CADDY = Component("Caddy", ("caddy",), ("caddy",))
SYSTEMD = Component("systemd", ("systemd-analyze",), ("systemd",))

NEEDED = (POSTGRES, CHROMIUM, NPM, FFMPEG, NGINX, CADDY, SYSTEMD)


def ensure(components: Iterable[Component]) -> None:
    """Have `components`, installing what is missing; raises Missing where that is not allowed."""
    if all(component.is_here() for component in components):
        return
    with _OneAtATime("packages"):
        missing = [component for component in components if not component.is_here()]
        packages = [package for component in missing for package in component.packages]
        if not packages:
            return
        names = ", ".join(component.name for component in missing)
        command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise Missing(f"{names} missing. Please run: sudo {' '.join(command)}")
        print(f"Installing for the tests: {names}", flush=True)  # noqa: T201
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _run(["apt-get", "update", "-qq"], quiet)
        _run([command[0], "-qq", *command[1:]], quiet)
        still = [component.name for component in missing if not component.is_here()]
        if still:
            raise Missing(f"installed, yet not found: {', '.join(still)}")


def ensure_fedify() -> Path:
    """Have the independent server's packages; return the Node that comes with them."""
    node = FEDIFY / "node_modules" / ".bin" / "node"
    _ensure_packages(FEDIFY, node, "Fedify and its Node")
    return node


def ensure_axe() -> Path:
    """Have what looks for barriers on pages; return its script."""
    script = AXE / "node_modules" / "axe-core" / "axe.min.js"
    _ensure_packages(AXE, script, "axe-core")
    return script


def _ensure_packages(folder: Path, wanted: Path, what: str) -> None:
    stamp = folder / "node_modules" / ".installed"
    locked = (folder / "package-lock.json").read_text()

    def is_here() -> bool:
        return stamp.is_file() and stamp.read_text() == locked and wanted.exists()

    if is_here():
        return
    ensure([NPM])
    with _OneAtATime(folder.name):
        if not is_here():
            print(f"Installing for the tests: {what}", flush=True)  # noqa: T201
            npm = NPM.find("npm")
            assert npm
            # No install script of any package runs: Node itself comes as a plain file.
            _run([npm, "ci", "--ignore-scripts", "--loglevel=error"], dict(os.environ), cwd=folder)
            stamp.write_text(locked)


class _OneAtATime:
    """Several test processes start together; one of them installs, the others wait."""

    def __init__(self, what: str) -> None:
        path = Path(tempfile.gettempdir()) / f"microfed-tests-{os.getuid()}-{what}.lock"
        self.file = path.open("w")

    def __enter__(self) -> None:
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _run(command: list[str], env: dict[str, str], cwd: Path = ROOT) -> None:
    done = subprocess.run(
        command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise Missing(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
