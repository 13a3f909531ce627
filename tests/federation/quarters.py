"""Three neighbourhoods and a big network, as they run, and all that is said in them in a day.

Belleville is allied with Ménil, and Ménil with Jourdain; nobody else is. Amel and her neighbours
Ana and Ali live in Belleville, Marc and Mia in Ménil, Jo and Joe in Jourdain, Eva on a big server.
Ana, Marc, Jo and Eva follow Amel; in her circle are Ana, Marc and Jo.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select

from microfed import clock
from microfed.operations.alliances import list_alliances
from microfed.remote.signatures import Signer, sign_here
from microfed.remote.signatures.signer import Outgoing
from microfed.store.people import Actor, ActorKey
from tests.components.fedify import FedifyServer
from tests.components.processes import until
from tests.federation.towns import AS2, Citizen, Town, moving_in

PAGE = {"Accept": "text/html"}
Cell = tuple[frozenset[str], frozenset[str]]


@dataclass
class Said:
    """What is said to one audience: by whom, how, and who answers."""

    audience: str
    author: str
    replier: str
    wish: dict[str, Any]
    names: str = ""
    uri: str = ""
    answer: str = ""

    @property
    def word(self) -> str:
        """A word that stands in it and nowhere else."""
        return f"wort{self.audience.replace(' ', '')}"


SAID = (
    Said("people", "amel", "mia", {"visibility": "direct"}, names="mia"),
    Said("circle", "amel", "jo", {"visibility": "circle"}, names="mia"),
    Said("followers", "amel", "marc", {"visibility": "private"}),
    Said("local", "amel", "ali", {"visibility": "local"}, names="marc"),
    Said("ring", "amel", "mia", {"visibility": "ring"}, names="jo"),
    Said("their ring", "marc", "ana", {"visibility": "ring"}),
    Said("quiet", "amel", "marc", {"visibility": "unlisted"}),
    Said("public", "amel", "marc", {"visibility": "public"}),
)


@dataclass
class Ear:
    """Somebody's open streams: which posts they told of."""

    heard: set[str] = field(default_factory=set)
    _answers: list[httpx.Client] = field(default_factory=list)
    _open: int = 0

    def listen(self, who: Citizen, token: str) -> None:
        """Open the streams of their home and of the place."""
        for path in ("user", "public/local"):
            # The door waits for the end of an answer, so this goes round it.
            direct = f"http://127.0.0.1:{who.town.server.port}"
            client = httpx.Client(base_url=direct, trust_env=False, timeout=120)
            self._answers.append(client)
            arguments = (client, f"/api/v1/streaming/{path}", token)
            threading.Thread(target=self._hear, args=arguments, daemon=True).start()
        until(lambda: self._open == 2, f"the streams of {who.name}")

    def _hear(self, client: httpx.Client, path: str, token: str) -> None:
        headers, name = {"Authorization": f"Bearer {token}"}, ""
        try:
            with client.stream("GET", path, headers=headers) as answer:
                for line in answer.iter_lines():
                    if line == ":thump" and not name:
                        self._open += 1
                        name = "open"
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    if line.startswith("data: ") and name == "update":
                        self.heard.add(json.loads(line.removeprefix("data: "))["uri"])
        except (httpx.HTTPError, OSError):
            return  # the day is over

    def close(self) -> None:
        """Hear no more."""
        for client in self._answers:
            client.close()


class Quarters:
    """The three places with those who live there, and Eva's server."""

    def __init__(self, belleville: Town, menil: Town, jourdain: Town, big: FedifyServer) -> None:
        self.towns = {"belleville": belleville, "menil": menil, "jourdain": jourdain}
        self.big = big
        self.people = moving_in(
            {
                **dict.fromkeys(("amel", "ana", "ali"), belleville),
                **dict.fromkeys(("marc", "mia"), menil),
                **dict.fromkeys(("jo", "joe"), jourdain),
            }
        )
        for one, other in ((belleville, menil), (menil, jourdain)):
            ally(one, other)
        amel = self.people["amel"]
        for name in ("ana", "marc", "jo"):
            self.people[name].follows(amel)
        big.follow(amel.uri)
        self.settle()
        circle = amel.call("POST", "/api/v1/circles", title="La chorale")["id"]
        ids = [amel.finds(self.people[name])["id"] for name in ("ana", "marc", "jo")]
        amel.call("POST", f"/api/v1/circles/{circle}/accounts", account_ids=ids)
        self.circle = circle
        self.browsers = {name: who.browser() for name, who in self.people.items()}
        self.ears = {name: Ear() for name in self.people}
        for name, ear in self.ears.items():
            ear.listen(self.people[name], self.people[name].token)

    def close(self) -> None:
        """The day is over."""
        for ear in self.ears.values():
            ear.close()
        for browser in self.browsers.values():
            browser.close()

    def settle(self) -> None:
        """Wait until nobody has anything to do or to send any more."""

        def is_quiet() -> bool:
            before = self._knocks()
            quiet = all(waiting(town) == 0 for _ in (1, 2) for town in self.towns.values())
            return quiet and self._knocks() == before

        until(is_quiet, "everything to arrive")

    def marks(self) -> dict[str, int]:
        """Return how much came to each door so far."""
        state = self.big.state()
        return {
            **{name: len(town.door.knocked) for name, town in self.towns.items()},
            "big": len(state["knocked"]),
        }

    def doors(self, text: str, since: dict[str, int]) -> frozenset[str]:
        """Return which inboxes were brought something that mentions `text`, since then."""
        found = set()
        for name, town in self.towns.items():
            for one in town.door.knocked[since[name] :]:
                if text.encode() in one.body:
                    found.add(_door(name, one.path))
        for one in self.big.state()["knocked"][since["big"] :]:
            if text in one["body"]:
                found.add(_door("big", one["path"]))
        return frozenset(found)

    def who(self, may: Callable[[str, Citizen], bool]) -> set[str]:
        """Return the people for whom something holds."""
        return {name for name, who in self.people.items() if may(name, who)}

    def signed(self, uri: str) -> set[str]:
        """Return whose signature opens a document where it lives: people's, places' and Eva's."""
        found = {
            name
            for name, who in self.people.items()
            if not uri.startswith(who.town.url) and fetch(uri, who.town, who.uri) == 200
        }
        found |= {
            f"{name}'s place"
            for name, town in self.towns.items()
            if not uri.startswith(town.url) and fetch(uri, town, f"{town.url}/actor") == 200
        }
        try:
            self.big.fetch(uri)
        except AssertionError:
            return found
        return found | {"eva"}

    def _knocks(self) -> int:
        return sum(len(town.door.knocked) for town in self.towns.values())


def ally(one: Town, other: Town) -> None:
    """The admins of two places ally: one proposes, the other says yes."""
    one.server.cli("ally", "propose", other.server.host, "--json")
    until(lambda: stands(other, one) == "offered", "the proposal to arrive")
    other.server.cli("ally", "accept", one.server.host, "--json")
    until(lambda: stands(one, other) == stands(other, one) == "allied", "the alliance")


def stands(town: Town, other: Town) -> str:
    """Return how a place stands to another."""
    with town.behind() as db, db.reading() as tx:
        known = {one.host: one.state for one in list_alliances(tx)}
    return known.get(other.server.host, "")


def fetch(uri: str, town: Town, actor: str) -> int:
    """Ask for a document where it lives, signed by an actor of `town`; return the status."""
    key_id, pem = key_of(town, actor)
    url, now = httpx.URL(uri), clock.now()
    request = Outgoing(
        method="GET",
        scheme=url.scheme,
        authority=url.netloc.decode(),
        target=url.raw_path.decode(),
        date=now.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        created=int(now.timestamp()),
    )
    headers = {**sign_here(Signer(key_id, pem), request), "Accept": AS2}
    return town.client.get(uri, headers=headers).status_code


def key_of(town: Town, actor: str) -> tuple[str, str]:
    """Return the key of somebody who lives in `town`."""
    with town.behind() as db, db.reading() as tx:
        row = tx.connection.execute(
            select(ActorKey.uri, ActorKey.private)
            .join(Actor, Actor.id == ActorKey.actor_id)
            .where(Actor.uri == actor, ActorKey.algorithm == "rsa")
        ).one()
    return str(row.uri), str(row.private)


def waiting(town: Town) -> int:
    """Return how much is still to be sent, taken in or done in a town."""
    path = f"file:{town.server.data / 'microfed.db'}?mode=ro"
    soon = int(time.time() * 1000) + 2_000
    with closing(sqlite3.connect(path, uri=True)) as db:
        counts = (
            "SELECT count(*) FROM deliveries",
            "SELECT count(*) FROM received WHERE due_at IS NOT NULL",
            f"SELECT count(*) FROM jobs WHERE due_at <= {soon}",
        )
        return sum(int(db.execute(question).fetchone()[0]) for question in counts)


def _door(town: str, path: str) -> str:
    inside = path.removesuffix("/inbox").removeprefix("/users/").strip("/")
    return f"{town}/{inside}" if inside else town


def is_shown(answer: httpx.Response, word: str) -> bool:
    """Say whether something was answered, and has the word in it."""
    return answer.status_code == 200 and word in answer.text


def known_as(town: Town, uri: str) -> int:
    """Return under which number a post is known in a town; 0: it is not."""
    return town.number_of(uri) or 0
