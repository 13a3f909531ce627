"""The house keeps its shape: which part may know which, and what exists only once.

design.md §3 draws it; pyproject.toml states it as contracts. Each contract is also shown failing,
because a rule that cannot fail protects nothing.
"""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.processes import ROOT

SRC = ROOT / "src"
PACKAGE = SRC / "microfed"
LINT = Path(sys.executable).parent / "lint-imports"
CONTRACTS = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}

# For each contract: a line that breaks it, and the part it is added to.
BROKEN_BY = {
    "layers": ("store", "import microfed.operations"),
    "no-network": ("operations", "import httpx"),
    "no-sql": ("federation", "import sqlalchemy"),
    "pure-vocab": ("vocab", "import microfed.store"),
}

DOORS = ("federation", "c2s", "mastodon", "web", "oauth", "files")

# Heavy, and of use to few requests or to none: the server loads them when they are needed.
LAZY = (
    *("alembic", "PIL", "typer", "icalendar", "selectolax", "fido2", "obstore", "segno", "fpdf"),
    *("pydantic", "sqlalchemy.dialects.postgresql", "psycopg", "rich", "httpcore", "h11"),
)

# `Post.audience` in a query elsewhere than in queries/visibility.py, and why that is no second
# rule on who may see a post.
AUDIENCE_MAY_BE_NAMED = {
    "outbound/home.py": "which list a post stands on; who may see it was asked before",
    "outbound/listed.py": "the same, for lists and hashtags",
    "outbound/groups.py": "the same, for the words of private groups",
    "outbound/allies.py": "the same, for the timeline of the ring, and what waits to be sent in it",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text())


def imported_by(tree: ast.Module) -> set[str]:
    """Return every module named in an import, `from a import b` also as `a.b`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def lint_imports(folder: Path, contract: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(LINT), "--no-logo", "--no-cache", "--contract", contract],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_is_kept(contract: str) -> None:
    result = lint_imports(ROOT, contract)

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{CONTRACTS[contract]['name']} KEPT" in result.stdout


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_that_is_broken_is_noticed(contract: str, tmp_path: Path) -> None:
    part, line = BROKEN_BY[contract]
    shutil.copytree(SRC, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "src" / "microfed" / part / "offending.py").write_text(f"{line}\n")

    result = lint_imports(tmp_path, contract)

    assert result.returncode == 1
    assert f"{CONTRACTS[contract]['name']} BROKEN" in result.stdout
    assert f"microfed.{part}.offending" in result.stdout


def test_every_contract_is_shown_failing() -> None:
    assert set(BROKEN_BY) == set(CONTRACTS)


def test_the_contracts_name_every_door() -> None:
    there = {f"microfed.{door}" for door in DOORS if (PACKAGE / door).is_dir()}

    assert there <= set(CONTRACTS["no-sql"]["source_modules"])


def test_no_file_has_grown_past_five_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in (SRC, ROOT / "tests", ROOT / "migrations", ROOT / "benchmarks")
        for path in folder.rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 500
        and "node_modules" not in path.parts
        and path.parent != ROOT / "migrations" / "versions"  # written by a tool, read once
    }

    assert long == {}


def test_no_door_knows_sql() -> None:
    guilty = [
        path
        for path, tree in sources()
        if path.startswith(tuple(f"{door}/" for door in DOORS))
        and any(
            name.split(".")[0] in ("sqlalchemy", "sqlite3", "psycopg") for name in imported_by(tree)
        )
    ]

    assert guilty == []


def test_there_is_one_http_client() -> None:
    clients = ("httpx", "aiohttp", "urllib.request", "http.client", "urllib3", "requests")
    outside = [
        path
        for path, tree in sources()
        if not path.startswith("remote/")
        and any(
            name == c or name.startswith(f"{c}.") for name in imported_by(tree) for c in clients
        )
    ]
    made_in = [
        path
        for path, tree in sources()
        if "microfed.remote.sockets" in imported_by(tree) or _makes_a_client(tree)
    ]

    assert outside == []
    assert set(made_in) <= {"remote/http.py", "remote/sockets.py"}


def _makes_a_client(tree: ast.Module) -> bool:
    makers = {"AsyncClient", "Client", "ClientSession", "urlopen", "HTTPConnection"}
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in makers
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in ("httpx", "aiohttp", "request", "client")
        for node in ast.walk(tree)
    )


def test_who_may_see_a_post_is_asked_in_one_place() -> None:
    naming = {
        path for path, tree in sources() if any(_asks_for_audience(node) for node in ast.walk(tree))
    }

    assert naming == {"queries/visibility.py", *AUDIENCE_MAY_BE_NAMED} & naming
    assert set(AUDIENCE_MAY_BE_NAMED) <= naming, "an exception nobody needs any more"


def _asks_for_audience(node: ast.AST) -> bool:
    """`Post.audience == x`, `post.c.audience != x`, `Post.audience.in_(…)`; values do not count."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in ("in_", "not_in", "is_", "is_not", "is_distinct_from", "any_"):
            return False
        sides = [node.func.value]
    else:
        return False
    return any(_is_audience_column(side) for side in sides)


def _is_audience_column(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Attribute) and node.attr == "audience"):
        return False
    of = node.value
    is_column = isinstance(of, ast.Attribute) and of.attr == "c"
    return is_column or (isinstance(of, ast.Name) and of.id in ("Post", "posts", "post"))


@pytest.mark.parametrize(
    "line", ["Post.audience == x", "x != Post.audience", "posts.c.audience.in_((x,))"]
)
def test_a_second_place_that_asks_would_be_noticed(line: str) -> None:
    assert any(_asks_for_audience(node) for node in ast.walk(ast.parse(line)))


def test_operations_and_below_never_wait() -> None:
    waiting = [
        path
        for path, tree in sources()
        if path.startswith(("operations/", "queries/", "outbound/", "vocab/"))
        and any(isinstance(node, ast.Await | ast.AsyncFunctionDef) for node in ast.walk(tree))
    ]

    assert waiting == []


def test_starting_the_server_does_not_load_what_it_may_never_need() -> None:
    loaded = "import sys, microfed.cli.serve, microfed.app"
    code = f"{loaded}; print([m for m in {LAZY!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(SRC), "PATH": "/usr/bin:/bin"},
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"
