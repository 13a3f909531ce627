"""A place with some life in it, and a browser-like client in front of its whole application."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, select

from microfed.ids import id_at
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.passwords import hash_password
from microfed.store.access import SecondFactor
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.store.posts import Attachment, Post
from microfed.vocab.audience import Audience
from tests.fediverse import Fediverse, Instance
from tests.people import has_device

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en-GB"}


@dataclass
class Town:
    """A place with members, and a browser that looks at it."""

    instance: Instance
    browser: httpx.AsyncClient
    people: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, **more: Any) -> int:
        """Someone moves in."""
        self.people[name] = self.instance.add(name, **more).id
        return self.people[name]

    def change(self, work: Callable[[Tx], Any]) -> Any:
        """Do something in a transaction."""
        with self.instance.house.db.writing() as tx:
            return work(tx)

    def says(self, name: str, source: str, *, to: int | None = None, **more: Any) -> int:
        """Someone says something; `to` is the id of what it answers."""

        def work(tx: Tx) -> int:
            author = tx.session.get_one(Actor, self.people[name])
            parent = None if to is None else tx.session.get_one(Post, to)
            draft = Draft(source=source, in_reply_to=parent, language="fr", **more)
            return write_post(tx, author=author, draft=draft).id

        return int(self.change(work))

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Look at a page."""
        return await self.browser.get(path, headers=headers)


@pytest.fixture
async def town(fediverse: Fediverse) -> AsyncIterator[Town]:
    """A place without anybody."""
    instance = await fediverse.instance("here.test", name="Ménilmontant", language="fr")
    transport = httpx.ASGITransport(instance.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://here.test", headers=BROWSER
    ) as browser:
        yield Town(instance, browser)


def fill(town: Town) -> dict[str, int]:
    """Let three people talk; return the ids of what tests look for."""
    town.add("amel", display_name="Amel Haddad", role="admin", language="fr")
    town.add("leo", display_name="Léo")
    town.add("bea", display_name="Béa Martin")

    def introduce(tx: Tx) -> None:
        amel = tx.session.get_one(Actor, town.people["amel"])
        amel.note = "<p>Jardins partagés, compost et vélo.</p>"
        amel.fields = [{"name": "Rue", "value": "<p>rue Piat</p>"}]

    town.change(introduce)
    said = {
        "bread": town.says("bea", "La boulangerie de la rue Piat rouvre mardi !"),
        "ladder": town.says("leo", "Qui me prête une échelle ce week-end ? #entraide"),
    }
    said["answer"] = town.says("amel", "@leo Moi, elle est dans la cave.", to=said["ladder"])
    said["thanks"] = town.says("leo", "@amel Merci, je passe samedi.", to=said["answer"])
    said["warned"] = town.says("amel", "<script>alert(1)</script>", warning="Araignées")
    said["local"] = town.says("bea", "Le code de la cour a changé.", audience=Audience.LOCAL)
    said["private"] = town.says(
        "bea", "@leo C'est pour demain.", to=said["ladder"], audience=Audience.PEOPLE
    )
    return said


def passed_on(town: Town, *, by: str, host: str = "north.test") -> int:
    """Someone passes on a post of somebody elsewhere, with a picture. Returns the boost's id."""

    def work(tx: Tx) -> int:
        now = datetime.now(UTC) - timedelta(hours=5)
        eva = Actor(
            id=id_at(now),
            uri=f"https://{host}/users/eva",
            username="eva",
            name_key="eva",
            host=host,
            display_name="Eva",
            url=f"https://{host}/@eva",
            inbox_uri=f"https://{host}/inbox",
        )
        tx.session.add(eva)
        tx.flush()
        post = Post(
            id=id_at(now),
            uri=f"https://{host}/notes/1",
            url=f"https://{host}/@eva/1",
            actor_id=eva.id,
            audience=Audience.PUBLIC,
            content="<p>The market is in bloom.</p>",
            language="en",
        )
        tx.session.add(post)
        tx.flush()
        tx.session.add(
            Attachment(
                id=id_at(now),
                post_id=post.id,
                kind="image",
                remote_url=f"https://{host}/files/1.jpg",
                description="Tulips in buckets",
            )
        )
        boost = Post(
            id=id_at(datetime.now(UTC)),
            uri=f"https://here.test/users/{by}/posts/1/activity",
            actor_id=town.people[by],
            is_local=True,
            boost_of_id=post.id,
            kind="boost",
            audience=Audience.PUBLIC,
        )
        tx.session.add(boost)
        tx.flush()
        return boost.id

    return int(town.change(work))


def id_of(town: Town, name: str) -> int:
    """Return the id of somebody who is known here."""
    query = select(Actor.id).where(Actor.name_key == name)
    return int(town.change(lambda tx: tx.connection.scalar(query)))


ORIGIN = {"Origin": "https://here.test"}
PASSWORD = "trois petits escargots"
PASSWORD_HASH = hash_password(PASSWORD)


async def sign_in(town: Town, name: str) -> None:
    """`name` signs in with the town's browser; an admin has set up the second step right after."""

    def give_password(tx: Tx) -> None:
        tx.session.get_one(Member, town.people[name]).password_hash = PASSWORD_HASH
        tx.connection.execute(
            delete(SecondFactor).where(SecondFactor.member_id == town.people[name])
        )

    town.change(give_password)
    answer = await town.browser.post(
        "/sign-in",
        data={"name": name, "password": PASSWORD, "next": "/home"},
        headers={"Origin": town.instance.house.db.here.url},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/home"), answer.text

    def keeps_the_place(tx: Tx) -> None:
        if tx.session.get_one(Member, town.people[name]).role == "admin":
            has_device(tx, town.people[name])

    town.change(keeps_the_place)


async def send(town: Town, path: str, **fields: str) -> httpx.Response:
    """Send a form from a page of ours."""
    return await town.browser.post(path, data=fields, headers=ORIGIN)
