"""A small world for the inbox: our server, and two others that are played by hand.

Building it costs a second of key making, so it is made once and copied for each test.
"""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from microfed.here import Here
from microfed.operations.follows import follow_was_accepted, request_follow
from microfed.operations.members import add_member, found_place
from microfed.operations.people import remember_person
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.tokens import give_token
from microfed.queries.people import find_actor
from microfed.store.database import Database, Tx
from microfed.store.migrate import migrate
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.schema import metadata
from microfed.vocab.people import read_person
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.strangers import Stranger, StrangeServer, strange_server

HOST = "north.test"
# What nobody sees: the mail room, keys, and when something was looked at.
UNSEEN = {
    *("received", "seen_activities", "hosts", "actor_keys", "activities", "deliveries", "jobs"),
    *("tokens", "site_settings", "alembic_version", "inbox_items"),
}
UNSEEN_COLUMNS = {"fetched_at", "version", "last_seen_on"}
T = TypeVar("T")
Template = tuple[Path, dict[str, tuple[int, str, str]]]


@dataclass
class World:
    """Ours is `north`, with Ada and Bea; Bob and Carol live at `south`, Mallory at `evil`."""

    fediverse: Fediverse
    north: Instance
    ada: Neighbour
    bea: Neighbour
    south: StrangeServer
    evil: StrangeServer
    bob: Stranger
    carol: Stranger
    mallory: Stranger

    def visible(self) -> dict[str, list[dict[str, Any]]]:
        """Return all that anyone could ever see."""
        with self.north.house.db.reading() as tx:
            return {
                table.name: [
                    {k: v for k, v in row._mapping.items() if k not in UNSEEN_COLUMNS}
                    for row in tx.connection.execute(
                        select(table).order_by(*table.primary_key.columns)
                    )
                ]
                for table in metadata.sorted_tables
                if table.name not in UNSEEN
            }

    async def take(
        self, sender: Stranger, activity: dict[str, Any], *, expects: int = 202, **how: Any
    ) -> None:
        """Deliver something and let all of it happen."""
        response = await sender.sends(self.north, activity, **how)
        assert response.status_code == expects, response.text
        await self.fediverse.settle()

    def do(self, work: Callable[[Tx], T]) -> T:
        """Do something here, at once."""
        with self.north.house.db.writing() as tx:
            return work(tx)

    def actor(self, tx: Tx, uri: str) -> Actor:
        """Return an actor that must be known."""
        found = find_actor(tx, uri)
        assert found is not None
        return found

    def says(self, content: str = "hello from the north", **more: Any) -> str:
        """Ada says something; return its id."""
        return self.do(
            lambda tx: (
                write_post(
                    tx, author=self.actor(tx, self.ada.uri), draft=Draft(source=content, **more)
                ).uri
            )
        )

    def asks_to_follow(self, stranger: Stranger) -> str:
        """Ada asks to follow somebody; return the id of the request."""

        def work(tx: Tx) -> str:
            follower, target = self.actor(tx, self.ada.uri), self.actor(tx, stranger.uri)
            follow = request_follow(tx, follower=follower, target=target)
            assert follow is not None
            return follow.uri

        return self.do(work)

    def follows(self, stranger: Stranger) -> str:
        """Ada follows somebody, who said yes."""
        uri = self.asks_to_follow(stranger)
        self.do(
            lambda tx: follow_was_accepted(
                tx, by=self.actor(tx, stranger.uri), follow_uri=uri, follower=None
            )
        )
        return uri

    def post(self, uri: str) -> Post | None:
        """Return a post as we have it."""
        with self.north.house.db.reading() as tx:
            return tx.session.scalar(select(Post).where(Post.uri == uri))


def make_template(folder: Path) -> Template:
    """Make the database that every world begins with."""
    url = f"sqlite:///{folder}/microfed.db"
    migrate(url)
    db = Database(url, Here(f"https://{HOST}", HOST))
    people = {}
    with db.writing() as tx:
        found_place(tx, title="North")
        for name in ("ada", "bea"):
            actor = add_member(tx, name=name)
            token = give_token(tx, member_id=actor.id, scopes=["read", "write", "follow"])
            people[name] = (actor.id, actor.uri, token)
        south, evil = StrangeServer("south.test"), StrangeServer("evil.test")
        for stranger in (south.person("bob"), south.person("carol"), evil.person("mallory")):
            remember_person(tx, read_person(stranger.document))
    db.close()
    return folder / "microfed.db", people


async def open_world(fediverse: Fediverse, template: Template) -> World:
    """Return a world of one's own."""
    file, people = template
    data = fediverse.folder / HOST
    data.mkdir()
    shutil.copy(file, data / "microfed.db")
    north = await fediverse.instance(HOST)
    for name, (id_, uri, token) in people.items():
        north.neighbours[name] = Neighbour(name, id_, uri, token, north)
    south, evil = strange_server(fediverse, "south.test"), strange_server(fediverse, "evil.test")
    return World(
        fediverse,
        north,
        north.neighbours["ada"],
        north.neighbours["bea"],
        south,
        evil,
        south.person("bob"),
        south.person("carol"),
        evil.person("mallory"),
    )


Prepare = Callable[[World], Awaitable[dict[str, Any]]]
