"""New databases for tests: the migrations run once in a test process, and what they made is copied.

Running all of them costs more than most tests; that they run is tried in tests/store.
"""

import shutil
import tempfile
from functools import cache
from pathlib import Path

from microfed.store.migrate import migrate
from tests.components.postgres import Postgres


def migrated_file(path: Path) -> str:
    """Return the address of an SQLite database of this version; one that is there is kept."""
    if not path.exists():
        shutil.copyfile(_first_file(), path)
    return f"sqlite:///{path}"


def migrated_postgres(cluster: Postgres) -> str:
    """Return the name of a new database of this version in a cluster."""
    return cluster.create(like=_first_postgres(cluster))


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
