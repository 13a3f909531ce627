"""A server of our own to measure: started, watched through /proc, stopped."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from microfed.cli.main import main; main()"]
TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """`microfed serve` in a folder of its own, on a free port."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.host = f"localhost:{self.port}"
        self.data = folder
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("MICROFED_")},
            "PYTHONPATH": str(ROOT / "src"),
            "MICROFED_URL": self.url,
            "MICROFED_DATA": str(folder),
            "MICROFED_INSECURE_PEERS": "127.0.0.0/8,localhost",
            "MICROFED_RATE_LIMITS": "off",
            **{f"MICROFED_{name}": value for name, value in settings.items()},
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; return the seconds until it answered."""
        began = time.monotonic()
        log = (self.data / "log").open("ab")
        self.process = subprocess.Popen([*COMMAND, "serve"], env=self.env, stdout=log, stderr=log)
        while time.monotonic() - began < 60:
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):
                    return time.monotonic() - began
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.005)
        raise RuntimeError("the server did not start")

    def stop(self) -> None:
        """Stop it and wait."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
            self.process = None

    def cli(self, *arguments: str) -> dict[str, Any]:
        """Run a command; return the object on its last line."""
        done = subprocess.run([*COMMAND, *arguments], env=self.env, check=True, capture_output=True)
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def cpu(self) -> float:
        """Return the CPU seconds it has used so far."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Return its proportional memory in MiB."""
        text = Path(f"/proc/{self._pid}/smaps_rollup").read_text()
        found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
        return int(found[1]) / 1024 if found else 0.0

    @property
    def _pid(self) -> int:
        if self.process is None:
            raise RuntimeError("the server is not running")
        return self.process.pid


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
