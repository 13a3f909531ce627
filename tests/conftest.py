"""Fixtures for every test: the programs around the server, databases, and a small fediverse."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from microfed.store.database import Database, Tx
from tests.components.postgres import Postgres
from tests.federation.world import Template, World, make_template, open_world
from tests.fediverse import Fediverse
from tests.migrated import HERE, founded_file, founded_postgres, untouched_file, untouched_postgres

pytest_plugins = ["tests.components.plugin"]


class _Undone(Exception):
    """Ends a transaction without keeping anything of it."""


ENGINES = ["sqlite", "postgresql"]


@pytest.fixture(params=ENGINES)
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, migrated database with the place's own actor: each test runs on both engines."""
    if request.param == "sqlite":
        url = founded_file(tmp_path / "here.db")
    else:
        cluster: Postgres = request.getfixturevalue("postgres")
        url = cluster.url(name := founded_postgres(cluster))
    database = Database(url, HERE)
    yield database
    database.close()
    if request.param == "postgresql":
        cluster.drop(name)


@pytest.fixture(params=ENGINES)
def tx(request: pytest.FixtureRequest) -> Iterator[Tx]:
    """A transaction for operation tests. What it does is never committed, so that all of a process
    begin in the same database: to make one, of some nine hundred files on PostgreSQL, takes longer
    than most of them."""
    if request.param == "sqlite":
        url = untouched_file()
    else:
        url = untouched_postgres(request.getfixturevalue("postgres"))
    database = Database(url, HERE)
    with contextlib.suppress(_Undone), database.writing() as tx:
        yield tx
        raise _Undone
    database.close()


@pytest.fixture
async def fediverse(tmp_path: Path) -> AsyncIterator[Fediverse]:
    """A world of instances in this process, joined by host name."""
    world = Fediverse(tmp_path)
    yield world
    await world.close()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The database every world begins with."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
async def world(fediverse: Fediverse, template: Template) -> World:
    """A world of one's own: our server, and two that are played by hand."""
    return await open_world(fediverse, template)
