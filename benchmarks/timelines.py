"""Timelines through the Mastodon API: 500 people followed, and as many posts as one asks for."""

import random
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.first import Figure, measure
from benchmarks.loopback import request
from benchmarks.process import Server
from benchmarks.stranger import insert_actor, insert_follow
from microfed import clock

FOLLOWED = 500
OTHERS = 1_500
HOME_SHARE = 0.25  # of all posts that arrive, so many are by someone Ana follows
WORDS = "Au marché ce matin, il restait des pommes de la vallée et du pain. "


def run(posts: int, requests: int = 2_000) -> list[Figure]:
    """Return what home, public and posting cost with `posts` stored."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        try:
            ana = server.cli("member", "add", "ana", "--token", "read write follow", "--json")
            seed(server.data / "microfed.db", int(ana["id"]), posts)
            return list(figures(server, ana["token"], posts, requests))
        finally:
            server.stop()


def figures(server: Server, token: str, posts: int, requests: int) -> list[Figure]:
    """Measure each kind of request, one after the other."""
    headers = {"Host": server.host, "Authorization": f"Bearer {token}"}
    anyone = {"Host": server.host}
    note = f"{posts:,} posts"
    found = []
    for what, path, sent, target in (
        ("home timeline", "/api/v1/timelines/home", headers, 0.45),
        ("public timeline", "/api/v1/timelines/public", headers, 0.5),
        ("public, no account", "/api/v1/timelines/public", anyone, 0.5),
        ("local, no account", "/api/v1/timelines/public?local=true", anyone, 0.5),
        ("instance", "/api/v2/instance", anyone, 0.5),
    ):
        asked = request("GET", path, sent)
        measure(server, [asked] * 200, 200)
        cost, rate = measure(server, [asked] * requests, 200)
        found.append(Figure(what, cost, "ms", target, f"{rate:,.0f}/s, {note}"))
    found.append(_posting(server, headers, note))
    asked = request("GET", "/latest", anyone | {"Accept": "text/html"})
    measure(server, [asked] * 50, 200)
    cost, rate = measure(server, [asked] * 300, 200)
    found.append(Figure("a page of 20 posts", cost, "ms", 5, f"{rate:,.0f}/s"))
    found.append(Figure("memory", server.memory(), "MiB", 130, note))
    return found


def _posting(server: Server, headers: dict[str, str], note: str) -> Figure:
    form = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    said = [
        request("POST", "/api/v1/statuses", form, f"status=Bonjour+{n}+%23jardin".encode())
        for n in range(450)
    ]
    measure(server, said[:50], 200)
    cost, rate = measure(server, said[50:], 200)
    return Figure("posting", cost, "ms", 3, f"{rate:,.0f}/s, {note}")


def seed(database: Path, ana: int, posts: int) -> None:
    """Write people, follows and posts straight into the database, as if they had arrived."""
    chance = random.Random(7)
    now = int(clock.now().timestamp() * 1000)
    with closing(sqlite3.connect(database, timeout=60)) as db, db:
        people = [_id(now - 10**9, n) for n in range(FOLLOWED + OTHERS)]
        for n, id_ in enumerate(people):
            uri = f"https://h{n % 200}.test/users/p{n}"
            insert_actor(db, id_, uri, f"p{n}", f"h{n % 200}.test", f"{uri}/inbox")
            if n < FOLLOWED:
                insert_follow(db, follower=ana, target=id_)
        db.execute("UPDATE actors SET followers_count = 3, note = ? WHERE host <> ''", (WORDS,))
        db.execute("UPDATE actors SET following_count = ? WHERE id = ?", (FOLLOWED, ana))
        for first in range(0, posts, 10_000):
            rows, home = [], []
            for n in range(first, min(first + 10_000, posts)):
                id_ = _id(now - (posts - n) * 1_000, n)
                is_followed = chance.random() < HOME_SHARE
                low, high = (0, FOLLOWED) if is_followed else (FOLLOWED, FOLLOWED + OTHERS)
                author = people[chance.randrange(low, high)]
                rows.append(_post(id_, author, n))
                if is_followed:
                    home.append((ana, id_))
            db.executemany(_INSERT, rows)
            db.executemany("INSERT INTO home_entries (owner_id, post_id) VALUES (?, ?)", home)
    time.sleep(0.5)  # the server notices within a quarter of a second


_COLUMNS = (
    *("id", "uri", "actor_id", "is_local", "kind", "audience", "content", "warning"),
    *("is_sensitive", "language", "url", "thread_id", "replies_count", "boosts_count"),
    *("likes_count", "quotes_count", "version"),
)
_INSERT = f"INSERT INTO posts ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


def _post(id_: int, author: int, n: int) -> tuple[Any, ...]:
    uri = f"https://h.test/notes/{n}"
    content = f"<p>{WORDS * 4} {n}</p>"
    return (
        *(id_, uri, author, 0, "note", "public", content, ""),
        *(0, "fr", uri, id_, 0, 0),
        *(0, 0, 1),
    )


def _id(milliseconds: int, n: int) -> int:
    return (milliseconds << 16) | (n & 0xFFFF)
