"""Fixtures: a database, a browser, an independent remote server, our own server as a process."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.components.chromium import FLAGS, find_chromium
from tests.components.fedify import FedifyServer
from tests.components.postgres import Postgres
from tests.components.processes import RUNNING
from tests.components.server import MicrofedServer
from tests.migrated import migrated_file


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show, under a test that failed, the end of what the programs beside it logged."""
    report = yield
    if report.failed:
        for program in RUNNING:
            report.sections.append((f"log of {program.name}", program.tail()))
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run every async test on asyncio, the loop that the server itself runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL cluster for this test process."""
    cluster = Postgres()
    yield cluster
    cluster.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of an empty PostgreSQL database that only this test has."""
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(scope="module")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """A Chromium, one per test file."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page in a fresh browser profile, in English; what it asks for must be answered in 10 s."""
    context = await browser.new_context(locale="en-GB")
    context.set_default_timeout(10_000)
    yield await context.new_page()
    await context.close()


@pytest.fixture
def make_fedify(tmp_path: Path) -> Iterator[Callable[..., FedifyServer]]:
    """A function that starts an independent remote server; they all end with the test."""
    started: list[FedifyServer] = []

    def make(*people: str, secure: bool = False, proves: bool = True) -> FedifyServer:
        log = tmp_path / f"fedify-{len(started)}.log"
        server = FedifyServer(log, people=people or ("eva",), secure=secure, proves=proves)
        server.start()
        started.append(server)
        return server

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def fedify(make_fedify: Callable[..., FedifyServer]) -> FedifyServer:
    """An independent remote server with one person, eva."""
    return make_fedify("eva")


@pytest.fixture
def make_microfed_server(tmp_path: Path) -> Iterator[Callable[..., MicrofedServer]]:
    """A function that starts `microfed serve` with settings; they all end with the test."""
    started: list[MicrofedServer] = []

    def make(**settings: str) -> MicrofedServer:
        folder = tmp_path / f"microfed-{len(started)}"
        folder.mkdir()
        server = MicrofedServer(folder, **settings)
        if "DATABASE_URL" not in settings:
            server.data.mkdir()
            migrated_file(server.data / "microfed.db")
        started.append(server)
        server.start()
        return server

    yield make
    for server in started:
        server.stop()


@pytest.fixture
def microfed_server(make_microfed_server: Callable[..., MicrofedServer]) -> MicrofedServer:
    """Our own server as a process of its own, on SQLite."""
    return make_microfed_server()
