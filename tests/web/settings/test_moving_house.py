"""What one takes along from one neighbourhood comes into another: all of it, and never wider."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from microfed.operations.bilan import Account, write_down
from microfed.operations.circles import put_in_circle
from microfed.operations.directory import Entry, change_entry
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.filters import KeywordWish, make_filter
from microfed.operations.tags import follow_tag, need_tag
from microfed.queries.archives import find_archive
from microfed.store.aid import Aid
from microfed.store.bilan import BilanEntry
from microfed.store.bringing import BroughtList, Import, ImportedPost
from microfed.store.circles import Circle, CircleMember
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.events import Event
from microfed.store.filters import Filter, FilterKeyword
from microfed.store.lists import ListMember
from microfed.store.own import FollowedTag, PersonalNote
from microfed.store.people import Actor, Follow
from microfed.store.posts import Bookmark, Like, Post
from microfed.store.queues import Delivery
from microfed.vocab.archive_contents import PARTS
from microfed.vocab.audience import Audience
from tests.fediverse import Fediverse
from tests.web.conftest import BROWSER, Town, sign_in
from tests.web.settings.test_archive_pages import lived, take_along
from tests.web.settings.test_bringing import PATH, look

NOTE = "<p>Jardins partagés, compost et vélo.</p>"
MINE: tuple[Any, ...] = (
    *(Post, BilanEntry, Filter, FilterKeyword, Circle, CircleMember, FollowedTag),
    *(Bookmark, Like, ListMember, PersonalNote, Aid, Event, DirectoryEntry, Follow),
)


@pytest.fixture
async def there(fediverse: Fediverse) -> AsyncIterator[Town]:
    """Another place, where Amel has just moved in."""
    instance = await fediverse.instance("there.test", name="Belleville", language="fr")
    transport = httpx.ASGITransport(instance.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://there.test", headers=BROWSER
    ) as browser:
        town = Town(instance, browser)
        town.add("amel")
        await sign_in(town, "amel")
        yield town


async def bring_all(town: Town, fediverse: Fediverse, archive: bytes) -> str:
    """Bring all of an archive; return the page that said what is in it."""
    origin = {"Origin": town.instance.house.db.here.url}
    files = {"file": ("archive.zip", archive, "application/zip")}
    sent = await town.browser.post(PATH, files=files, headers=origin)
    assert sent.status_code == 303
    await look(town)
    page = (await town.get(PATH)).text
    id_ = town.change(
        lambda tx: tx.session.scalars(select(Import.id).where(Import.state == "found")).one()
    )
    wish = {"deed": "choose", "id": str(id_)} | {f"part_{part}": "1" for part in PARTS}
    assert (await town.browser.post(PATH, data=wish, headers=origin)).status_code == 303
    await look(town)
    await fediverse.settle()
    return page


def counted(town: Town, tables: Sequence[Any] = MINE) -> dict[str, int]:
    """How many rows there are."""
    return {
        table.__tablename__: town.change(
            lambda tx, t=table: tx.connection.scalar(select(func.count()).select_from(t))
        )
        for table in tables
    }


def more_life(town: Town) -> None:
    """An event that is over, a balance, filters, and so on."""

    def live(tx: Tx) -> None:
        me, bea = (tx.session.get_one(Actor, town.people[name]) for name in ("amel", "bea"))
        starts = tx.now + timedelta(hours=1)
        plan = Plan(title="Fête des voisins", starts_at=starts, ends_at=None, zone="Europe/Paris")
        publish_event(tx, author=me, plan=plan, audience=Audience.PUBLIC)
        past = tx.now - timedelta(days=2)
        tx.connection.execute(update(Event).values(starts_at=past))
        write_down(tx, owner_id=me.id, account=Account(day=tx.now.date(), side="here", minutes=45))
        tx.connection.execute(update(BilanEntry).values(day=datetime(2023, 5, 1, tzinfo=UTC)))
        make_filter(
            tx, owner=me, title="Foot", contexts=["home"], keywords=[KeywordWish("penalty", True)]
        )
        follow_tag(tx, owner=me, tag=need_tag(tx, "Jardin"))
        entry = Entry("Menuisière", ["bois"], [], "Piat", {"trade": "here", "skills": "public"})
        change_entry(tx, actor=me, entry=entry)
        circle = tx.session.scalars(select(Circle).where(Circle.owner_id == me.id)).one()
        put_in_circle(tx, circle, [bea.id])

    town.change(live)


async def test_all_of_it_comes_into_another_place_and_nothing_is_wider(
    amel: Town, there: Town, fediverse: Fediverse, tmp_path: Path
) -> None:
    # Given a life in one place, taken along
    await lived(amel, tmp_path)
    more_life(amel)
    archive = await take_along(amel)
    assert amel.change(lambda tx: find_archive(tx, amel.people["amel"])) is not None

    # When it is brought to another
    page = await bring_all(there, fediverse, archive)

    # Then the page said what is in it
    for words in ("Your page:", "Your posts · 6", "Your balance · 1", "Filters · 1"):
        assert words in page, words
    assert "to be read there" in page
    assert "What I heard of" in page
    assert "Introductions." not in page  # she never made one
    assert ".json" not in page
    # And what was for neighbours, who are other people here, is for her alone
    posts = there.change(
        lambda tx: tx.session.scalars(select(Post).join(ImportedPost).order_by(Post.id)).all()
    )
    said = {(post.warning or post.kind): post.audience for post in posts}
    assert said["Araignées"] == "people"
    assert {post.audience for post in posts} == {"quiet", "people"}
    aid = there.change(lambda tx: tx.session.scalars(select(Aid)).one())
    assert (aid.title, aid.state, aid.place) == ("Perceuse", "expired", "rue Piat")
    event = there.change(lambda tx: tx.session.scalars(select(Event)).one())
    assert (event.title, event.state) == ("Fête des voisins", "confirmed")
    # And all else is there
    me = there.change(lambda tx: tx.session.get_one(Actor, there.people["amel"]))
    assert (me.display_name, me.note) == (
        "Amel Haddad",
        "<p>Jardins partagés, compost et vélo.</p>",
    )
    assert [field["name"] for field in me.fields] == ["Rue"]
    entry = there.change(lambda tx: tx.session.get_one(DirectoryEntry, me.id))
    assert (entry.trade, entry.shown_to) == ("Menuisière", {"skills": "public"})
    day = there.change(lambda tx: tx.session.scalars(select(BilanEntry)).one())
    assert (day.day, day.minutes) == (datetime(2023, 5, 1, tzinfo=UTC), 45)
    found = counted(there)
    assert {name: found[name] for name in ("filters", "filter_keywords", "circles")} == {
        "filters": 1,
        "filter_keywords": 1,
        "circles": 1,
    }
    assert (found["personal_notes"], found["list_members"], found["bookmarks"]) == (1, 1, 1)
    assert found["circle_members"] == 0  # Béa does not follow her here
    assert found["likes"] == 0
    told = there.change(
        lambda tx: {
            row.kind: (row.made, list(row.left)) for row in tx.session.scalars(select(BroughtList))
        }
    )
    assert told["circle_people"] == (0, ["unknown"])
    assert told["following"] == (1, [])

    # And once more, nothing is added
    waiting = counted(there, [Delivery])
    await bring_all(there, fediverse, archive)
    assert counted(there) == found
    assert counted(there, [Delivery]) == waiting
    page = (await there.get(PATH)).text
    assert "one here already" in page


async def test_brought_back_where_it_was_nothing_changes(
    amel: Town, fediverse: Fediverse, tmp_path: Path
) -> None:
    await lived(amel, tmp_path)
    more_life(amel)
    archive = await take_along(amel)
    before = counted(amel, [*MINE, Delivery])

    await bring_all(amel, fediverse, archive)

    assert counted(amel, [*MINE, Delivery]) == before
    entry = amel.change(lambda tx: tx.session.scalars(select(DirectoryEntry)).one())
    assert entry.shown_to == {"trade": "here", "skills": "public"}
