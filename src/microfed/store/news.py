"""News: what must be known once a transaction is committed, in this process and beside it.

Topics: `deliveries`, `received`, `jobs` wake the workers; `actor` (its id) drops what is cached
about someone; `stream` feeds open streams; `elsewhere` means that another process wrote and
anything may have changed. On PostgreSQL they travel by NOTIFY with the commit itself.
"""

import logging
import os
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, Engine, text

from microfed.store.texts import dump_text, load_text

log = logging.getLogger(__name__)
Listener = Callable[[Any], None]
# PostgreSQL refuses a payload of 8,000 bytes or more.
MOST_BYTES = 7_900


class News:
    """Who listens to what. Listeners run in whatever thread committed, and must be quick."""

    def __init__(self, postgres: Engine | None) -> None:
        self._listeners: dict[str, list[Listener]] = defaultdict(list)
        self._postgres = postgres
        self._me = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._listening: threading.Thread | None = None
        self._is_closed = threading.Event()

    def listen(self, topic: str, listener: Listener) -> None:
        """Call `listener(what)` for each item of `topic`."""
        self._listeners[topic].append(listener)

    def spread(self, news: Iterable[tuple[str, Any]]) -> None:
        """Tell this process."""
        for topic, what in news:
            for listener in self._listeners[topic]:
                listener(what)

    def carry(self, connection: Connection, news: list[tuple[str, Any]]) -> None:
        """On PostgreSQL, send `news` to the other processes with this very commit."""
        if self._postgres is None or not news:
            return
        for topic, what in news:
            payload = dump_text({"from": self._me, "topic": topic, "what": what})
            if len(payload.encode()) > MOST_BYTES:
                payload = dump_text({"from": self._me, "topic": "elsewhere", "what": None})
            connection.execute(text("SELECT pg_notify('microfed', :payload)"), {"payload": payload})

    def listen_to_others(self) -> None:
        """Start to hear what other processes on the same PostgreSQL commit."""
        if self._postgres is None or self._listening is not None:
            return
        self._listening = threading.Thread(target=self._hear, name="microfed-news", daemon=True)
        self._listening.start()

    def close(self) -> None:
        """Stop listening."""
        self._is_closed.set()
        if self._listening is not None:
            self._listening.join()

    def _hear(self) -> None:
        if self._postgres is None:
            return
        while not self._is_closed.is_set():
            try:
                with self._postgres.connect() as connection:
                    raw: Any = connection.connection.driver_connection
                    connection.detach()
                    raw.autocommit = True
                    raw.execute("LISTEN microfed")
                    # What was told while we were not listening is lost: assume the worst.
                    self.spread([("elsewhere", None)])
                    while not self._is_closed.is_set():
                        for note in raw.notifies(timeout=0.5):
                            self._take(note.payload)
            except Exception:  # the loop of a worker: the server went away, try again
                log.warning("lost the connection that listens to other processes", exc_info=True)
                self._is_closed.wait(1.0)

    def _take(self, payload: str) -> None:
        item = load_text(payload)
        if item["from"] != self._me:
            what = item["what"]
            self.spread([(item["topic"], tuple(what) if isinstance(what, list) else what)])
