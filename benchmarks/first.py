"""The first figures: inbox, outbox, actor, fan-out, start, memory (docs: performance.md)."""

import asyncio
import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loopback import Answer, request, send_all
from benchmarks.process import Server, free_port
from benchmarks.stranger import Stranger, insert_actor, insert_follow
from microfed import clock
from microfed.ids import id_at

HOSTS, PER_HOST = 200, 5


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result."""

    what: str
    value: float
    unit: str
    target: float
    note: str = ""


def measure(server: Server, requests: list[bytes], status: int) -> tuple[float, float]:
    """Return CPU milliseconds per request and requests per second."""
    before, began = server.cpu(), time.monotonic()
    answers: list[Answer] = asyncio.run(send_all(server.port, requests))
    wall = time.monotonic() - began
    wrong = [answer for answer in answers if answer.status != status]
    if wrong:
        raise RuntimeError(f"answered {wrong[0].status}: {wrong[0].body[:200]!r}")
    return (server.cpu() - before) / len(requests) * 1000, len(requests) / wall


def inbox(server: Server, ana: dict[str, str], count: int) -> list[Figure]:
    """Somebody elsewhere, followed here, says `count` things; then the same again."""
    stranger = Stranger()
    stranger.move_in(server.data / "microfed.db", followed_by=int(ana["id"]))
    creates = [stranger.create(number, host=server.host) for number in range(count + 50)]
    measure(server, creates[:50], 202)
    cost, rate = measure(server, creates[50:], 202)
    again, rate_again = measure(server, creates[50:], 202)
    with closing(sqlite3.connect(server.data / "microfed.db")) as db:
        at_home = db.execute("SELECT count(*) FROM home_entries").fetchone()[0]
    if at_home < count:
        raise RuntimeError(f"only {at_home} of {count} posts are at home")
    return [
        Figure("inbound Create", cost, "ms", 1.5, f"{rate:.0f}/s, visible at once"),
        Figure("inbound duplicate", again, "ms", 0.6, f"{rate_again:.0f}/s"),
    ]


def outbox(server: Server, ana: dict[str, str], count: int) -> Figure:
    """A member says `count` things."""
    note = {
        "type": "Note",
        "content": "<p>Bonjour le quartier</p>",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [f"{ana['actor']}/followers"],
    }
    headers = {
        "Host": server.host,
        "Authorization": f"Bearer {ana['token']}",
        "Content-Type": "application/activity+json",
    }
    one = request("POST", "/users/ana/outbox", headers, json.dumps(note).encode())
    cost, rate = measure(server, [one] * count, 201)
    return Figure("post", cost, "ms", 3.0, f"{rate:.0f}/s")


def actor(server: Server, count: int) -> Figure:
    """Somebody asks for an actor `count` times."""
    headers = {"Host": server.host, "Accept": "application/activity+json"}
    one = request("GET", "/users/ana", headers)
    measure(server, [one] * 100, 200)
    cost, rate = measure(server, [one] * count, 200)
    return Figure("actor", cost, "ms", 0.2, f"{rate:.0f}/s")


def webfinger(server: Server, count: int) -> Figure:
    """Somebody asks who a handle is."""
    path = f"/.well-known/webfinger?resource=acct:ana@{server.host}"
    one = request("GET", path, {"Host": server.host})
    cost, rate = measure(server, [one] * count, 200)
    return Figure("WebFinger", cost, "ms", 0.12, f"{rate:.0f}/s")


def fan_out(server: Server, bea: dict[str, str]) -> list[Figure]:
    """One post goes to 1,000 inboxes on 200 servers."""
    port = free_port()
    sink = subprocess.Popen([sys.executable, "-m", "benchmarks.sink", str(port)])
    try:
        _wait_for_sink(port)
        with closing(sqlite3.connect(server.data / "microfed.db", timeout=30)) as db, db:
            for host in range(HOSTS):
                for person in range(PER_HOST):
                    name, address = f"p{person}", f"127.0.1.{host + 1}:{port}"
                    uri = f"http://{address}/users/{name}"
                    id_ = id_at(clock.now())
                    insert_actor(db, id_, uri, name, address, f"{uri}/inbox")
                    insert_follow(db, follower=id_, target=int(bea["id"]))
        total = HOSTS * PER_HOST
        runs = []
        for run in range(2):  # the first opens the connections
            before, began, wall = server.cpu(), _arrived(port)[0], time.time()
            _say(server, bea)
            deadline = time.monotonic() + 60
            while _arrived(port)[0] < began + total and time.monotonic() < deadline:
                time.sleep(0.05)
            arrived, last = _arrived(port)
            if arrived < began + total:
                raise RuntimeError(f"run {run}: {arrived - began} of {total} arrived")
            while server.cli("queue", "--json")["deliveries"]:
                time.sleep(0.05)
            runs.append(((server.cpu() - before) / total * 1000, last - wall))
        (cold, cold_last), (warm, warm_last) = runs
    finally:
        sink.terminate()
        sink.wait()
    return [
        Figure("fan-out, per delivery", cold, "ms", 0.9, f"first post; {warm:.2f} the second"),
        Figure("fan-out, the last arrives", cold_last, "s", 1.5, f"{warm_last:.2f} the second"),
    ]


def _say(server: Server, member: dict[str, str]) -> None:
    note = {
        "type": "Note",
        "content": "<p>Fête de quartier samedi</p>",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "cc": [f"{member['actor']}/followers"],
    }
    asked = urllib.request.Request(
        f"{member['actor']}/outbox",
        json.dumps(note).encode(),
        {
            "Authorization": f"Bearer {member['token']}",
            "Content-Type": "application/activity+json",
        },
    )
    with urllib.request.urlopen(asked) as answer:
        answer.read()


def _wait_for_sink(port: int) -> None:
    for _ in range(500):
        with contextlib.suppress(urllib.error.URLError):
            _arrived(port)
            return
        time.sleep(0.01)
    raise RuntimeError("the sink did not start")


def _arrived(port: int) -> tuple[int, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/count") as answer:
        told = json.loads(answer.read())
        return told["arrived"], told["last"]


def run(count: int) -> list[Figure]:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        try:
            return _measure_all(server, count)
        finally:
            server.stop()


def _measure_all(server: Server, count: int) -> list[Figure]:
    server.start()
    ana = server.cli("member", "add", "ana", "--token", "read write", "--json")
    bea = server.cli("member", "add", "bea", "--token", "read write", "--json")
    server.stop()
    starts, idle = [], 0.0
    for _ in range(3):
        starts.append(server.start())
        time.sleep(1.0)
        idle = server.memory()
        server.stop()
    server.start()
    return [
        Figure("cold start", sorted(starts)[1], "s", 1.2),
        Figure("idle memory (PSS)", idle, "MiB", 108),
        *inbox(server, ana, count),
        outbox(server, ana, count // 4),
        actor(server, count * 2),
        webfinger(server, count),
        *fan_out(server, bea),
        Figure("memory after load (PSS)", server.memory(), "MiB", 130),
    ]
