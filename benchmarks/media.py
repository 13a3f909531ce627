"""What hostile and ordinary pictures cost the server, and those who ask for something meanwhile."""

import asyncio
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.first import Figure
from tests.components.server import MicrofedServer
from tests.media.hostile import corpus
from tests.media.pictures import noise

PAUSE = 0.01


def run() -> list[Figure]:
    """Send the whole corpus to a real server while somebody reads their home timeline."""
    with tempfile.TemporaryDirectory() as folder:
        server = MicrofedServer(Path(folder))
        server.start()
        try:
            token = server.add_member("ada")["token"]
            return asyncio.run(_measure(server, str(token)))
        finally:
            server.stop()


async def _measure(server: MicrofedServer, token: str) -> list[Figure]:
    auth = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.url, headers=auth, timeout=120) as client:
        await client.get("/api/v1/timelines/home")
        photo = noise((4_000, 3_000), quality=85)
        idle = await _timed_reads(client, 200)
        before = _status(server, "VmRSS")
        began, cpu = time.monotonic(), _cpu(server)
        done = asyncio.create_task(_send(client, [("photo.jpg", photo)] * 5))
        await done
        photo_seconds, own_cpu = (time.monotonic() - began) / 5, (_cpu(server) - cpu) / 5
        sending = asyncio.create_task(_send(client, list(corpus())))
        waits = []
        while not sending.done():
            began = time.monotonic()
            await client.get("/api/v1/timelines/home")
            waits.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE)
        await sending
    waits.sort()
    peak = _status(server, "VmHWM") - before
    return [
        Figure("12 MP photo, start to end", photo_seconds, "s", 2.0),
        Figure("12 MP photo, server's CPU", own_cpu * 1_000, "ms", 200.0),
        Figure("server's peak, all hostile", peak / 1_024, "MB", 60.0),
        Figure("others meanwhile, p50", waits[len(waits) // 2] * 1_000, "ms", 50.0, f"idle {idle}"),
        Figure("others meanwhile, p99", waits[len(waits) * 99 // 100] * 1_000, "ms", 200.0),
    ]


async def _send(client: httpx.AsyncClient, files: list[tuple[str, bytes]]) -> None:
    for name, body in files:
        answer = await client.post("/api/v1/media", files={"file": (name, body)})
        if answer.status_code == 200:
            await client.delete(f"/api/v1/media/{answer.json()['id']}")
        elif answer.status_code >= 500:
            raise AssertionError(f"{name}: {answer.status_code}")


async def _timed_reads(client: httpx.AsyncClient, count: int) -> str:
    waits = []
    for _ in range(count):
        began = time.monotonic()
        await client.get("/api/v1/timelines/home")
        waits.append(time.monotonic() - began)
    return f"{sorted(waits)[count // 2] * 1_000:.1f} ms"


def _status(server: MicrofedServer, name: str) -> int:
    """Return a figure of the server's process, in kB."""
    lines = Path(f"/proc/{_pid(server)}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def _cpu(server: MicrofedServer) -> float:
    """Return the processor time of the server itself, without the processes it started."""
    fields = Path(f"/proc/{_pid(server)}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _pid(server: MicrofedServer) -> int:
    assert server.program is not None
    assert server.program.process is not None
    return server.program.process.pid
