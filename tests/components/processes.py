"""Programs that run beside the tests: started, watched, stopped, and what they logged."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parents[2]

# Programs that run now; a failing test shows the end of what they logged.
RUNNING: list["Program"] = []


def free_port() -> int:
    """Return a port nobody listens on, below those that outgoing connections are given.

    A server that is killed and started again must find its port still free.
    """
    chance = random.SystemRandom()
    while True:
        port = chance.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def until(
    question: Callable[[], T | None], what: str | Callable[[], str], seconds: float = 20
) -> T:
    """Ask `question` until it is answered with something true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"waited {seconds:g} s in vain for {said}")
        time.sleep(0.02)


class Program:
    """One process, its log in a file. `env` is all it gets; by default what we have."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: dict[str, str] | None = None,
        cwd: Path = ROOT,
        as_user: tuple[int, int] | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.env = dict(os.environ) if env is None else env
        self.cwd = cwd
        self.as_user = as_user
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; whoever calls waits for a sign of readiness of their own."""
        assert self.process is None, f"{self.name} runs already"
        user, group = self.as_user or (None, None)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.PIPE,  # closes when we are gone, whatever the reason
                stdout=log,
                stderr=subprocess.STDOUT,
                user=user,
                group=group,
                extra_groups=[] if self.as_user else None,
            )
        RUNNING.append(self)

    def until_ready(self, question: Callable[[], T | None], seconds: float = 30) -> T:
        """Wait for `question` to be answered; say at once when the program has ended instead."""

        def ask() -> T | None:
            if self.process is None or self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended instead of starting:\n{self.tail()}")
            return question()

        try:
            return until(ask, f"{self.name} to be ready", seconds)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.tail()}") from None

    def stop(self, sign: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int | None:
        """End it with `sign` and return its exit status; after `seconds`, end it for certain."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        RUNNING.remove(self)
        if process.poll() is None:
            process.send_signal(sign)
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(
                f"{self.name} did not end within {seconds:g} s of {sign.name}\n{self.tail()}"
            ) from None
        finally:
            if process.stdin:
                process.stdin.close()
        return status

    def tail(self, size: int = 6000) -> str:
        """Return the end of what it logged."""
        if not self.log.is_file():
            return ""
        return self.log.read_bytes()[-size:].decode(errors="replace")
