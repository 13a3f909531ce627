"""New databases for tests: the migrations run once in a test process, and what they made is copied.

Running all of them costs more than most tests; that they run is tried in tests/store.
"""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from microfed.here import Here
from microfed.operations.members import found_place
from microfed.store.database import Database
from microfed.store.migrate import migrate
from tests.components.postgres import Postgres

HERE = Here("https://here.test", "here.test")


def migrated_file(path: Path) -> str:
    """Return the address of an SQLite database of this version; one that is there is kept."""
    if not path.exists():
        shutil.copyfile(_first_file(), path)
    return f"sqlite:///{path}"


def migrated_postgres(cluster: Postgres) -> str:
    """Return the name of a new database of this version in a cluster."""
    return cluster.create(like=_first_postgres(cluster))


def founded_file(path: Path) -> str:
    """Return the address of a new SQLite database with the place's own actor in it."""
    shutil.copyfile(_founded_file(), path)
    return f"sqlite:///{path}"


def founded_postgres(cluster: Postgres) -> str:
    """Return the name of a new database with the place's own actor in it."""
    return cluster.create(like=_founded_postgres(cluster))


@cache
def untouched_file() -> str:
    """Return the address of one such SQLite database for all who change nothing in it for good."""
    return founded_file(Path(tempfile.mkdtemp(prefix="microfed-untouched-")) / "here.db")


@cache
def untouched_postgres(cluster: Postgres) -> str:
    """Return the address of one such database in a cluster, for the same."""
    return cluster.url(founded_postgres(cluster))


@cache
def _founded_file() -> Path:
    path = _first_file().with_name("founded.db")
    _found(migrated_file(path))
    return path


@cache
def _founded_postgres(cluster: Postgres) -> str:
    name = migrated_postgres(cluster)
    _found(cluster.url(name))
    return name


def _found(url: str) -> None:
    database = Database(url, HERE)
    with database.writing() as tx:
        found_place(tx, title="Here")
    database.close()


@cache
def _first_file() -> Path:
    path = Path(tempfile.mkdtemp(prefix="microfed-migrated-")) / "first.db"
    migrate(f"sqlite:///{path}")
    return path


@cache
def _first_postgres(cluster: Postgres) -> str:
    name = cluster.create()
    migrate(cluster.url(name))
    return name
