"""What else is in an archive of another place: looked at first, chosen, and brought quietly."""

import json
from typing import Any

from sqlalchemy import func, select

from microfed.store.bringing import BroughtLine, BroughtList, Import
from microfed.store.lists import ListMember
from microfed.store.people import Block, Follow, Mute
from microfed.store.posts import Bookmark, HomeEntry, Like, Post
from microfed.store.queues import Delivery, Job, Notification
from tests.archives import OLD, actor, boost, parts, said, zipped
from tests.fediverse import Fediverse
from tests.web.conftest import Town, send
from tests.web.settings.test_bringing import PATH, look, send_file

TABLES: tuple[Any, ...] = (
    *(Post, Bookmark, Like, Follow, Block, Mute, ListMember),
    *(Delivery, Notification, HomeEntry),
)


def counted(town: Town, *tables: Any) -> list[int]:
    """How many rows there are."""
    return [
        town.change(lambda tx, t=t: tx.connection.scalar(select(func.count()).select_from(t)))
        for t in tables
    ]


def collection(*uris: str) -> bytes:
    """likes.json or bookmarks.json, as Mastodon writes it."""
    head = {"@context": "https://www.w3.org/ns/activitystreams", "type": "OrderedCollection"}
    return json.dumps(head | {"totalItems": len(uris), "orderedItems": uris}).encode()


async def choose(town: Town, *wanted: str) -> None:
    """Want some of what is in the archive that was looked at."""
    id_ = town.change(
        lambda tx: tx.session.scalars(select(Import.id).where(Import.state == "found")).one()
    )
    fields = {f"part_{part}": "1" for part in wanted}
    assert (await send(town, PATH, deed="choose", id=str(id_), **fields)).status_code == 303


def lists(town: Town) -> dict[str, tuple[str, int, int, dict[str, int]]]:
    """How each list stands: its state, lines done and added, and what was left out."""
    rows = town.change(lambda tx: list(tx.session.scalars(select(BroughtList))))
    return {
        row.kind: (row.state, row.done, row.made, {why: n["count"] for why, n in row.left.items()})
        for row in rows
    }


async def test_what_i_kept_and_liked_is_kept_and_nobody_hears_of_it(
    amel: Town, fediverse: Fediverse
) -> None:
    # Given an archive that tells of posts here, elsewhere, gone, and on a server that is away
    north = await fediverse.instance("north.test")
    eva = north.add("eva")
    liked, kept = [(await eva.says(f"<p>Bonjour {n}</p>"))["object"]["id"] for n in range(2)]
    fediverse.network.down.add("away.test")
    post_id = amel.says("bea", "Un four à pain.")
    here = amel.change(lambda tx: tx.session.get_one(Post, post_id).uri)
    likes = collection(liked, here, "https://north.test/notes/gone", "https://away.test/1")
    archive = zipped(
        parts([said(1), said(2), boost(3)])
        | {"likes.json": likes, "bookmarks.json": collection(kept), "notes-x.json": b"[1]"}
    )
    before = counted(amel, *TABLES)

    # When it is looked at
    await send_file(amel, archive)
    assert "waits for its turn" in (await amel.get(PATH)).text
    await look(amel)

    # Then the page says what is in it, and nothing is brought
    page = (await amel.get(PATH)).text
    for words in ("Your posts · 2", "Posts you kept · 1", "Posts you liked · 4", "notes-x.json"):
        assert words in page
    await fediverse.settle()
    assert counted(amel, *TABLES) == before
    nothing = await send(amel, PATH, deed="choose", id=str(amel.change(the_import)))
    assert (nothing.status_code, "Choose what of it you want" in nothing.text) == (422, True)

    # When all of it is wanted
    await choose(amel, "posts", "bookmarks", "likes")
    await look(amel)
    await fediverse.settle()

    # Then posts that can be read are kept, for her eyes; no like is made or sent
    assert lists(amel) == {
        "bookmarks": ("done", 1, 1, {}),
        "likes": ("done", 4, 2, {"unknown": 1, "away": 1}),
    }
    posts, bookmarks, *rest = counted(amel, *TABLES)
    assert (posts, bookmarks) == (before[0] + 4, 3)  # two of hers, two of Eva's
    assert rest == before[2:]
    assert counted(amel, BroughtLine, Job) == [0, 0]
    page = (await amel.get(PATH)).text
    assert "Nobody and nothing is found there" in page
    assert "notes-x.json" in page

    # And once more, nothing is added
    await send_file(amel, archive)
    await look(amel)
    await choose(amel, "posts", "bookmarks", "likes")
    await look(amel)
    await fediverse.settle()
    assert counted(amel, *TABLES) == [posts, bookmarks, *rest]


def the_import(tx: Any) -> int:
    """The id of the only archive."""
    return int(tx.session.scalars(select(Import.id)).one())


async def test_lists_without_posts_come_along_one_after_the_other(
    amel: Town, fediverse: Fediverse
) -> None:
    # Given the files of a place that gives lists alone, put into one
    north = await fediverse.instance("north.test")
    for name in ("eva", "bob", "pim"):
        north.add(name)
    archive = zipped(
        {
            "following.csv": b"Account address,Show boosts\neva@north.test,false\n",
            "blocks.csv": b"bob@north.test\n",
            "mutes.csv": b"Account address,Hide notifications\npim@north.test,true\n",
            "lists.csv": b"Voisins,bea@here.test\n",
        }
    )

    # When only some is wanted
    await send_file(amel, archive)
    await look(amel)
    await choose(amel, "following", "blocks", "lists")
    await look(amel)
    assert [each[0] for each in lists(amel).values()] == ["reading", "queued", "queued"]
    assert "<progress" in (await amel.get(PATH)).text
    await fediverse.settle()

    # Then that is done, and the rest is not
    assert lists(amel) == dict.fromkeys(("blocks", "following", "lists"), ("done", 1, 1, {}))
    assert counted(amel, Follow, Block, Mute, ListMember) == [2, 1, 0, 1]


async def test_people_are_followed_by_their_addresses(amel: Town, fediverse: Fediverse) -> None:
    north = await fediverse.instance("north.test")
    uri = north.add("eva").uri
    note = (await north.add("pim").says("<p>Un billet</p>"))["object"]["id"]
    archive = zipped(
        {
            "actor.json": json.dumps(actor()).encode(),
            "following.json": collection(uri, note, "https://here.test/users/amel"),
        }
    )

    await send_file(amel, archive)
    await look(amel)
    await choose(amel, "following")
    await look(amel)
    await fediverse.settle()

    assert lists(amel) == {"following": ("done", 3, 1, {"unknown": 1, "refused": 1})}


async def test_what_waits_for_a_choice_gives_way_and_can_be_forgotten(amel: Town) -> None:
    # Given an archive of which nobody chose anything
    await send_file(amel, zipped(parts([said(1)])))
    await look(amel)
    first = amel.change(the_import)

    # When another one comes, it is the one to choose from
    await send_file(amel, zipped(parts([said(2), said(3)])))
    await look(amel)
    second = amel.change(the_import)
    assert second != first
    for who in ("first", "nobody"):
        late = await send(amel, PATH, deed="choose", id=str(first), part_posts=who)
        assert late.status_code == 404

    # And forgotten, it leaves nothing
    await send(amel, PATH, deed="take_back", id=str(second))
    await look(amel)
    assert counted(amel, Import, BroughtList) == [0, 0]


async def test_an_archive_with_nothing_to_read_says_so(amel: Town) -> None:
    bare = json.dumps({"id": OLD, "type": "Person"}).encode()
    await send_file(amel, zipped({"actor.json": bare, "likes.json": b"7"}))
    await look(amel)

    assert "There is nothing in this archive that can be read here." in (await amel.get(PATH)).text
