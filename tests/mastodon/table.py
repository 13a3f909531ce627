"""The addresses the server answers at, as a test reads them."""

from pathlib import Path

from starlette.routing import BaseRoute, Route

from microfed.mastodon.by_path import ByPath
from tests.fediverse import Instance

HERE = Path(__file__).parent


def served(here: Instance) -> set[tuple[str, str]]:
    """Return every (method, path) of the application; what stands in {} is called {}."""
    return {
        (method, bare(route.path))
        for route in flat(here.app.routes)
        for method in route.methods or ()
        if method != "HEAD"
    }


def flat(routes: list[BaseRoute]) -> list[Route]:
    found: list[Route] = []
    for route in routes:
        if isinstance(route, ByPath):
            found += route.routes
        elif isinstance(route, Route):
            found.append(route)
    return found


def bare(path: str) -> str:
    """Return a path with its parameters unnamed."""
    return "/".join("{}" if step.startswith("{") else step for step in path.split("/"))


def listed() -> set[tuple[str, str]]:
    """Return every operation of Mastodon's API, but those of its admin API."""
    lines = (HERE / "operations.txt").read_text().splitlines()
    return {(method, bare(path)) for method, path in (line.split(" ", 1) for line in lines)}


def scopes() -> dict[tuple[str, str], str]:
    """Return what each operation asks of a token, from scopes.txt."""
    lines = (HERE / "scopes.txt").read_text().splitlines()
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return {(method, bare(path)): scope for method, path, scope in rows}
