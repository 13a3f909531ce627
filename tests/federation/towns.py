"""Three real servers on real sockets, each behind a door that keeps a list of who knocked."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import httpx
from sqlalchemy import select

from microfed.here import Here
from microfed.operations.members import add_member
from microfed.operations.tokens import give_token
from microfed.passwords import hash_password
from microfed.store.database import Database
from microfed.store.moderation import Report
from microfed.store.polls import Poll
from microfed.store.posts import Post
from tests.components.front_door import FrontDoor
from tests.components.processes import until
from tests.components.server import MicrofedServer

AS2 = "application/activity+json"
Document = dict[str, Any]


PASSWORD = "a long sentence nobody guesses"


@lru_cache(1)
def password_hash() -> str:
    """Make it once: it is slow on purpose."""
    return hash_password(PASSWORD)


class Citizen:
    """Someone who lives in a town, as their app and their ActivityPub client act for them."""

    def __init__(self, town: "Town", name: str) -> None:
        self.town, self.name = town, name
        with town.behind() as db, db.writing() as tx:
            actor = add_member(tx, name=name, password_hash=password_hash())
            self.token = give_token(tx, member_id=actor.id, scopes=["read", "write", "follow"])
            self.id, self.uri = str(actor.id), actor.uri
        self.handle = f"@{name}@{town.server.host}"
        self._bearer = {"Authorization": f"Bearer {self.token}"}

    def call(self, method: str, path: str, *, expects: int = 200, **said: Any) -> Any:
        """Call the app API; `said` is sent as JSON, or as the query of a GET."""
        how = {"params" if method == "GET" else "json": said}
        answer = self.town.client.request(method, path, headers=self._bearer, **how)
        assert answer.status_code == expects, (path, answer.status_code, answer.text)
        return answer.json()

    def does(self, document: Document, *, expects: int = 201) -> Document:
        """Post an activity to the own outbox."""
        headers = {**self._bearer, "Content-Type": AS2}
        answer = self.town.client.post(f"{self.uri}/outbox", json=document, headers=headers)
        assert answer.status_code == expects, answer.text
        return cast(Document, answer.json())

    def says(self, text: str, **more: Any) -> Document:
        """Write a post in the app."""
        return cast(Document, self.call("POST", "/api/v1/statuses", status=text, **more))

    def browser(self) -> httpx.Client:
        """Return a browser they are signed in with; whoever takes it closes it."""
        client = httpx.Client(
            base_url=self.town.url, headers={"Origin": self.town.url}, trust_env=False, timeout=30
        )
        answer = client.post("/sign-in", data={"name": self.name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    def knows(self, uri: str) -> Document | None:
        """Return a post as it is shown to them, if it is known where they live; nothing is fetched.

        Its number there is looked up behind the server's back: an app that asked for the address
        would make the server go and get it.
        """
        id_ = self.town.number_of(uri)
        if id_ is None:
            return None
        path = f"/api/v1/statuses/{id_}"
        answer = self.town.client.get(path, headers=self._bearer)
        return cast(Document, answer.json()) if answer.status_code == 200 else None

    def sees(self, uri: str) -> Document:
        """Wait until a post is shown to them."""
        return until(lambda: self.knows(uri), f"{self.name} to see {uri}")

    def finds(self, who: "Citizen") -> Document:
        """Return somebody's account, fetched if need be."""
        found = self.call("GET", "/api/v2/search", q=who.handle, resolve=True, type="accounts")
        return cast(Document, found["accounts"][0])

    def follows(self, who: "Citizen") -> None:
        """Follow somebody elsewhere, and wait for their yes."""
        id_ = self.finds(who)["id"]
        self.call("POST", f"/api/v1/accounts/{id_}/follow")
        until(lambda: self.relationship(id_)["following"], f"the yes of {who.name}")

    def relationship(self, id_: str) -> Document:
        """Return how they stand to an account."""
        found = self.call("GET", "/api/v1/accounts/relationships", id=id_)
        return cast(Document, found[0])

    def home(self) -> list[str]:
        """Return what stands in their home timeline, newest first."""
        return [one["uri"] for one in self.call("GET", "/api/v1/timelines/home", limit=40)]


class Town:
    """One server, its door, and those who live there."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir()
        self.door = FrontDoor()
        self.server = MicrofedServer(folder, URL=self.door.url, **settings)
        self.door.behind = self.server.port
        self.url = self.door.url
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def read(self, uri: str) -> httpx.Response:
        """Read an ActivityPub document as anyone may."""
        return self.client.get(uri, headers={"Accept": AS2})

    def brought(self, text: str) -> list[tuple[str, str, str]]:
        """Return what was brought here that mentions `text`: kind, path of the inbox, whose key."""
        return [
            (one.document["type"], one.path, one.key_id.partition("#")[0])
            for one in list(self.door.knocked)
            if text.encode() in one.body and one.status == 202
        ]

    def number_of(self, uri: str) -> int | None:
        """Return the number under which a post is kept here."""
        path = f"file:{self.server.data / 'microfed.db'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True)) as db:
            row = db.execute("SELECT id FROM posts WHERE uri = ?", (uri,)).fetchone()
        return None if row is None else int(row[0])

    def reports(self) -> list[str]:
        """Return the words of the reports that lie on the desk."""
        with self.behind() as db, db.reading() as tx:
            return list(tx.session.scalars(select(Report.comment)))

    @contextmanager
    def behind(self) -> Iterator[Database]:
        """Look behind the server's back, into what it keeps."""
        db = Database(f"sqlite:///{self.server.data}/microfed.db", Here(self.url, self.server.host))
        yield db
        db.close()

    def ends_poll(self, uri: str) -> None:
        """The hour of a poll strikes: it was to end now."""
        with self.behind() as db, db.writing() as tx:
            post_id = tx.session.scalars(select(Post.id).where(Post.uri == uri)).one()
            tx.session.get_one(Poll, post_id).ends_at = tx.now

    def close(self) -> None:
        """End everything."""
        self.client.close()
        self.server.stop()
        self.door.close()


@contextmanager
def towns(folder: Path, *names: str, **settings: str) -> Iterator[list[Town]]:
    """Found a town for each name; they all start at the same time."""
    founded = [Town(folder / name, **settings) for name in names]
    try:
        starting = [threading.Thread(target=town.server.start) for town in founded]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        yield founded
    finally:
        for town in founded:
            town.close()


def moving_in(people: dict[str, Town]) -> dict[str, Citizen]:
    """Let people move in, several at the same time."""
    there: dict[str, Citizen] = {}

    def one(name: str, town: Town) -> None:
        there[name] = Citizen(town, name)

    moving = [threading.Thread(target=one, args=pair) for pair in people.items()]
    for thread in moving:
        thread.start()
    for thread in moving:
        thread.join()
    return there
