"""The two commands that everything begins with, and the others that people are told of."""

import subprocess

import pytest

from tests.components.processes import ROOT

TARGETS = ("install", "run", "demo", "test", "check", "bench", "lock")


def would_do(*arguments: str) -> str:
    """Return what make would run, had nothing been made yet."""
    done = subprocess.run(
        ["make", "--always-make", "--dry-run", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_target_is_named_when_asked() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert [target for target in TARGETS if f"make {target} " not in done.stdout] == []


def test_running_needs_nothing_of_what_developing_needs() -> None:
    script = would_do("run")

    assert "requirements/run.txt" in script
    assert "requirements/dev.txt" not in script
    assert script.rstrip().endswith("exec .venv/bin/microfed serve")


@pytest.mark.parametrize("target", ["run", "test"])
def test_whatever_is_installed_is_locked(target: str) -> None:
    lines = would_do(target).splitlines()
    installing = [line for line in lines if "uv pip install" in line]

    assert installing != []
    assert [line for line in installing if "--require-hashes" not in line] == []
    assert "UV_PYTHON_DOWNLOADS=never" in "".join(installing)
