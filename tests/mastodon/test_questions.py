"""Whatever an app asks for, the database is asked as much however much there is."""

from datetime import timedelta

import httpx
from sqlalchemy import select, update

from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.vocab.audience import Audience
from tests.counting import counted
from tests.fediverse import Fediverse, Instance
from tests.mastodon.conftest import Phone
from tests.mastodon.lives import live
from tests.mastodon.table import served
from tests.mastodon.test_ownership import owners
from tests.people import has_device
from tests.web.conftest import Town
from tests.web.growing import grow

# What an address needs besides; the rest takes nothing.
ASKED = {
    "/api/v2/search": "?q=bonjour",
    "/api/v1/search": "?q=bonjour",
    "/api/v1/accounts/search": "?q=voisin",
    "/api/v1/accounts/lookup": "?acct=ana",
    "/api/v1/markers": "?timeline[]=home",
}
# They wait for news, or answer with what another server says.
NOT_ASKED = ("/api/v1/streaming", "/api/oembed")


async def test_an_app_asks_as_much_of_the_database_however_much_there_is(
    fediverse: Fediverse, here: Instance, ana: Phone, bea: Phone
) -> None:
    ids = await live(fediverse, here, ana, bea)
    ids["secret_poll"] = ids["poll"]
    town = Town(here, ana.client, {"amel": int(ana.id), "bea": int(bea.id)})
    said = {
        "ladder": int(ids["answer"]),
        "answer": int(ids["post"]),
        "bread": int(ids["answer"]),
        "event": town.change(lambda tx: _prepare(tx, int(ana.id))),
    }
    addresses = [_address(path, ids) for method, path in sorted(served(here)) if method == "GET"]
    paths = [path for path in addresses if path.startswith("/api/")]

    grow(town, said, range(1, 3))
    few = {path: await questions(here, ana, path) for path in paths}
    grow(town, said, range(3, 9))
    more = {}
    for path in paths:
        # One more: what a post passes on or quotes may stand on the page no longer.
        many, most = await questions(here, ana, path), few[path] + 1
        if many > most and (many := await questions(here, ana, path)) > most:
            more[path] = (few[path], many)

    assert more == {}
    assert len([path for path in paths if few[path] > 2]) > 60


def _prepare(tx: Tx, ana: int) -> int:
    """Let Ana look after the place, and plan something."""
    tx.connection.execute(update(Member).where(Member.id == ana).values(role="admin"))
    has_device(tx, ana)
    plan = Plan("Repair café", tx.now + timedelta(days=3), zone="Europe/Paris", capacity=9)
    author = tx.session.scalars(select(Actor).where(Actor.id == ana)).one()
    return publish_event(tx, author=author, plan=plan, audience=Audience.PUBLIC).id


def _address(path: str, ids: dict[str, str]) -> str:
    first, *others = path.split("{}")
    if not others:
        return path + ASKED.get(path, "")
    thing = owners().get(f"GET {path}") or owners().get(path, "-")
    names = {"tag": "entraide", "hashtag": "entraide"}
    step = first.rstrip("/").rpartition("/")[2]
    named = ids[thing] if thing != "-" else names.get(step.removesuffix("s"), ids["ana"])
    return first + named + "1".join(others)


async def questions(here: Instance, ana: Phone, path: str) -> int:
    """Return how much an address asks, the second time: what can be kept in memory is there."""
    if path.startswith(NOT_ASKED):
        return 0
    await _ask(ana, path)
    with counted(here.house.db.engine) as asked:
        answer = await _ask(ana, path)
    assert answer.status_code < 500, path
    return len(asked) if answer.status_code == 200 else 0


async def _ask(ana: Phone, path: str) -> httpx.Response:
    return await ana.client.get(path, headers={"Authorization": f"Bearer {ana.token}"})
