"""What is installed is what was tested: the locks follow pyproject.toml, and name no address."""

import json
import re
import tomllib

from tests.components.processes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = {
    name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("run", "build", "dev")
}
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ \\]+)", re.MULTILINE)


def names(wishes: list[str]) -> set[str]:
    return {plain(re.split(r"[\[<>=~! ;]", wish)[0]) for wish in wishes}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock: str) -> dict[str, str]:
    return {plain(name): version for name, version in PINNED.findall(LOCKS[lock])}


def test_every_dependency_is_locked() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    extras = project["optional-dependencies"]

    assert names(project["dependencies"] + extras["postgres"]) <= set(pinned("run"))
    assert names(groups["build"]) <= set(pinned("build"))
    wanted = [wish for wish in groups["dev"] if isinstance(wish, str)]
    assert names(wanted + [one for extra in extras.values() for one in extra]) <= set(pinned("dev"))


def test_the_tests_run_with_the_versions_that_are_shipped() -> None:
    dev = pinned("dev")

    assert pinned("run").items() <= dev.items()
    assert pinned("build").items() <= dev.items()


def test_every_pinned_file_has_a_hash() -> None:
    for lock in LOCKS.values():
        blocks = re.split(r"\n(?=\S)", lock.strip())
        assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_no_lock_names_where_it_was_fetched_from() -> None:
    packages: dict[str, dict[str, str]] = {}
    for folder in ("fedify", "axe"):
        lock = json.loads((ROOT / "tests" / folder / "package-lock.json").read_text())
        packages |= {f"{folder}/{name}": one for name, one in lock["packages"].items() if name}

    assert [name for name, lock in LOCKS.items() if "://" in lock] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert all("integrity" in package for package in packages.values())


def test_there_is_one_version_of_uv_for_everyone() -> None:
    makefile = (ROOT / "Makefile").read_text()
    dockerfile = (ROOT / "Dockerfile").read_text()
    found = re.findall(r"(?:UV_VERSION := |ARG UV_VERSION=)(\S+)", makefile + dockerfile)

    assert len(found) == 2
    assert len(set(found)) == 1
