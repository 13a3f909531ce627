"""`microfed serve` and `microfed work`: the server itself. Kept free of what only commands need."""

import argparse
import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
import tempfile
from contextlib import closing
from types import FrameType

import uvicorn

from microfed import __version__
from microfed.cli.starting import here_of, or_end, read_settings, upgrade_or_end
from microfed.cli.together import Together
from microfed.house import House
from microfed.logs import keep_a_log
from microfed.operations.members import found_place
from microfed.operations.setup import make_setup_key
from microfed.settings import Settings
from microfed.store.database import Database
from microfed.workers.crew import Crew

log = logging.getLogger("microfed")


def serve(arguments: list[str]) -> int:
    """Migrate the database, then answer requests and carry deliveries until told to stop."""
    asked = _parse(arguments)
    settings = read_settings()
    is_postgres = settings.database.startswith("postgresql")
    if asked.workers > 1 and not is_postgres:
        sys.stderr.write("--workers needs PostgreSQL: with SQLite one process does everything.\n")
        return 2
    _prepare(settings)
    with (
        or_end(settings),
        closing(Database(settings.database, here_of(settings))) as db,
        db.writing() as tx,
    ):
        key = make_setup_key(tx)
    _greet(settings, key)
    keep_uploads_on_disk(settings)
    if asked.workers == 1:
        return _answer(settings, asked)
    # Before they part: what is loaded now, they share.
    import microfed.app  # noqa: F401, PLC0415

    gc.freeze()
    port = asked.port or _port_of(settings)
    door = uvicorn.Config("", host=asked.host, port=port, log_config=None).bind_socket()
    return Together(asked.workers, lambda: _answer(settings, asked, door)).stay()


def _answer(
    settings: Settings, asked: argparse.Namespace, door: socket.socket | None = None
) -> int:
    """Answer requests, at a `door` that is open already or at one of our own."""
    # The whole server: too much to load for commands that only look something up.
    from microfed.app import create_app, open_house  # noqa: PLC0415

    house = open_house(settings)
    app = create_app(house)
    # What was loaded stays for good. To look through it for rubbish, as Python does now and then,
    # would hold up every request for a tenth of a second.
    gc.freeze()
    config = uvicorn.Config(
        app,
        host=asked.host,
        port=asked.port or _port_of(settings),
        ssl_certfile=asked.tls_cert,
        ssl_keyfile=asked.tls_key,
        http="httptools",
        loop="uvloop",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
        log_config=None,
        # What an app says on a socket is short; and to press each one's answers costs more memory
        # than a small machine has to spare.
        ws_max_size=16_384,
        ws_per_message_deflate=False,
    )
    for name in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops in good order, then raises the signal again: an orderly end is no failure.
        signal.signal(name, _leave)
    # A stream is opened with a token in its address, and uvicorn writes that address down.
    logging.getLogger("uvicorn.error").addFilter(_is_worth_telling)
    _Server(config, house).run(None if door is None else [door])
    return 0


def keep_uploads_on_disk(settings: Settings) -> None:
    """Let what arrives wait in the data folder: elsewhere /tmp may be memory, and a small one."""
    work = settings.data.resolve() / "work"
    # On a disk that only reads there is nothing to arrive.
    with contextlib.suppress(OSError):
        work.mkdir(mode=0o700, exist_ok=True)
        tempfile.tempdir = str(work)


class _Server(uvicorn.Server):
    """A server that lets go of whoever listens for news, as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self._house.streams.close()
        super().handle_exit(sig, frame)


def _is_worth_telling(record: logging.LogRecord) -> bool:
    said = str(record.msg)
    # uvicorn takes a socket that is refused with words for one that was forgotten.
    return "WebSocket" not in said and "without completing handshake" not in said


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def work(_arguments: list[str]) -> int:
    """Carry deliveries and finish what was taken in, beside servers on the same PostgreSQL."""
    settings = read_settings()
    if not settings.database.startswith("postgresql"):
        sys.stderr.write("microfed work needs PostgreSQL: with SQLite the server does the work.\n")
        return 2
    _prepare(settings)
    asyncio.run(_work(settings))
    return 0


async def _work(settings: Settings) -> None:
    # The whole server: too much to load for commands that only look something up.
    from microfed.app import open_house  # noqa: PLC0415

    house = open_house(settings)
    await house.db.write(lambda tx: found_place(tx, title=settings.title))
    house.db.news.listen_to_others()
    crew = Crew(house)
    await crew.start()
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with contextlib.suppress(asyncio.CancelledError):
        await stop.wait()
    await crew.stop()
    await house.workshop.close()
    await house.web.close()
    house.db.close()


def _prepare(settings: Settings) -> None:
    keep_a_log(settings.log_level)
    if settings.insecure_peers:
        log.warning("plain http and private addresses are allowed for %s", settings.insecure_peers)
    upgrade_or_end(settings)


def _greet(settings: Settings, key: str | None) -> None:
    lines = [f"microfed {__version__}: {settings.title} is at {settings.url}"]
    if key is not None:
        lines.append(f"Nobody lives here yet. Move in: {settings.url}/setup?key={key}")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _port_of(settings: Settings) -> int:
    _, _, port = settings.url.partition("//")[2].partition(":")
    return int(port) if port.isdigit() else 8000


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="microfed serve", description=serve.__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on (default: that of URL)")
    parser.add_argument("--tls-cert", help="certificate file, to serve https directly")
    parser.add_argument("--tls-key", help="key file of the certificate")
    parser.add_argument(
        "--workers", type=int, default=1, help="how many processes answer (PostgreSQL only)"
    )
    return parser.parse_args(arguments)
