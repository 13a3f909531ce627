"""Our own server as its admin runs it: a real process, with the command line beside it."""

import http.client
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from tests.components.processes import ROOT, Program, free_port

# Everything of a test is on the loopback interface, in plain http.
LOOPBACK = "127.0.0.0/8,localhost,[::1]"

# What the console script of pyproject.toml does, with the source of this checkout.
COMMAND = [sys.executable, "-c", "import sys; from microfed.cli.main import main; sys.exit(main())"]


class MicrofedServer:
    """`microfed serve` on a port of its own, with a data folder that outlives kill and restart."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = settings.get(
            "URL", f"http://localhost:{self.port}"
        )  # or of who stands before it
        wanted = {
            "URL": self.url,
            "DATA": str(folder / "data"),
            "INSECURE_PEERS": LOOPBACK,
            "RATE_LIMITS": "off",
            "RETRY_FACTOR": "0.01",
            "LANGUAGE": "en",
            **settings,
        }
        # No setting of the person who runs the tests finds its way in.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("MICROFED_")}
        self.env = {
            **inherited,
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUNBUFFERED": "1",
            **{f"MICROFED_{name}": value for name, value in wanted.items()},
        }
        self.arguments: list[str] = []
        self.log = folder / "microfed.log"
        self.program: Program | None = None

    @property
    def host(self) -> str:
        """What stands after the @ in its members' addresses: localhost:PORT."""
        return urlsplit(self.url).netloc

    @property
    def data(self) -> Path:
        """Its data folder, with the database and the media."""
        return Path(self.env["MICROFED_DATA"])

    def actor(self, name: str) -> str:
        """Return the id of the member `name`."""
        return f"{self.url}/users/{name}"

    def start(self, *arguments: str, seconds: float = 30) -> None:
        """Start it and wait until it answers; `arguments` are added to `serve`."""
        self.arguments = list(arguments) or self.arguments
        port = ["--host", "127.0.0.1", "--port", str(self.port)]
        self.program = Program(
            "microfed",
            [*COMMAND, "serve", *port, *self.arguments],
            log=self.log,
            env=self.env,
            cwd=self.folder,  # a microfed.toml where the tests are started must not count
        )
        self.program.start()
        self.program.until_ready(self._answers, seconds)

    def stop(self) -> int | None:
        """Ask it to end (SIGTERM), as an admin does; returns its exit status."""
        program, self.program = self.program, None
        return program.stop() if program else None

    def kill(self) -> None:
        """End it with no chance to finish anything (SIGKILL), as a power cut does."""
        program, self.program = self.program, None
        if program:
            program.stop(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it if it runs, and start it again on the same port and data."""
        self.stop()
        self.start()

    def cli(self, *arguments: str, stdin: str = "") -> dict[str, Any]:
        """Run `microfed …` beside the server; returns the JSON object of its last line."""
        lines = self.run(*arguments, stdin=stdin).stdout.strip().splitlines()
        assert lines, f"microfed {' '.join(arguments)} printed nothing"
        return cast(dict[str, Any], json.loads(lines[-1]))

    def run(
        self, *arguments: str, stdin: str = "", status: int = 0
    ) -> "subprocess.CompletedProcess[str]":
        """Run `microfed …` beside the server; fails unless it ends with `status`."""
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=self.env,
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, (
            f"microfed {' '.join(arguments)} ended with {done.returncode}\n"
            f"{done.stdout}\n{done.stderr}"
        )
        return done

    def add_member(
        self, name: str, *more: str, scopes: str = "read write follow push"
    ) -> dict[str, Any]:
        """Add a member; returns {"username", "id", "actor", "token"}."""
        return self.cli("member", "add", name, "--token", scopes, "--json", *more)

    def _answers(self) -> bool:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=5)
        try:
            connection.request("GET", "/.well-known/nodeinfo", headers={"Host": parts.netloc})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
