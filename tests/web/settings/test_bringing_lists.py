"""Bringing lists along: whom one follows, blocks and mutes, as the files of another place."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from microfed.operations.follows import request_follow
from microfed.operations.silencing import mute
from microfed.store.bringing import BroughtLine, BroughtList
from microfed.store.database import Tx
from microfed.store.lists import ListMember, PeopleList
from microfed.store.own import SilencedHost
from microfed.store.people import Actor, Block, Follow, Mute
from microfed.store.posts import Bookmark, Post
from microfed.store.queues import Delivery, Job
from microfed.vocab.audience import Audience
from microfed.workers.bring_list import bring_list
from tests.fediverse import Fediverse
from tests.web.conftest import ORIGIN, Town, send, sign_in

PATH = "/settings/import"
HEAD = "Account address,Show boosts,Notify on new posts,Languages\n"


async def bring(town: Town, kind: str, text: str | bytes) -> httpx.Response:
    """Send a list."""
    files = {"list": ("list.csv", text, "text/csv")}
    data = {"kind": kind}
    return await town.browser.post(f"{PATH}/list", data=data, files=files, headers=ORIGIN)


def last(town: Town) -> tuple[str, int, int, dict[str, list[str]]]:
    """How the last list stands: its state, how many lines were done and added, what was left."""
    row = town.change(
        lambda tx: tx.session.scalars(select(BroughtList).order_by(BroughtList.id.desc())).first()
    )
    left = {why: noted["examples"] for why, noted in row.left.items()}
    return row.state, row.done, row.made, left


def counted(town: Town, *tables: Any) -> list[int]:
    """How many rows there are."""
    return [
        town.change(lambda tx, t=t: tx.connection.scalar(select(func.count()).select_from(t)))
        for t in tables
    ]


async def test_whom_i_follow_comes_along_and_nothing_twice(
    amel: Town, fediverse: Fediverse
) -> None:
    # Given people here and elsewhere, one whom I follow in my own way already, and a server away
    north = await fediverse.instance("north.test")
    north.add("eva")
    fediverse.network.down.add("away.test")

    def follow(tx: Tx) -> None:
        me, leo = (tx.session.get_one(Actor, amel.people[name]) for name in ("amel", "leo"))
        request_follow(tx, follower=me, target=leo, shows_boosts=True)

    amel.change(follow)
    listed = (
        f'\ufeff{HEAD}eva@north.test,false,true,"fr, en"\r\n@bea@here.test,true,false,\r\n'
        "leo@here.test,false,false,\nnobody@north.test,true,false,\nno address at all\n\n"
        "ghost@here.test\nann@away.test,true,false,\namel@here.test\n"
    )

    # When the list is brought
    answer = await bring(amel, "following", listed)
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    assert "<progress" in (await amel.get(PATH)).text
    await fediverse.settle()

    # Then whoever is there is followed as the list says, and the others are named with a reason
    assert last(amel) == (
        "done",
        8,
        2,
        {
            "bad": ["6 · no address at all"],
            "known": ["4 · leo@here.test"],
            "unknown": ["5 · nobody@north.test", "8 · ghost@here.test"],
            "away": ["9 · ann@away.test"],
            "refused": ["10 · amel@here.test"],
        },
    )
    rows = amel.change(
        lambda tx: tx.connection.execute(
            select(
                Actor.username,
                Follow.shows_boosts,
                Follow.notifies,
                Follow.languages,
                Follow.accepted_at.is_not(None),
            )
            .join(Follow, Follow.target_id == Actor.id)
            .where(Follow.follower_id == amel.people["amel"])
            .order_by(Actor.username)
        ).all()
    )
    assert [tuple(row) for row in rows] == [
        ("bea", True, False, [], True),
        ("eva", False, True, ["fr", "en"], True),
        ("leo", True, False, [], True),
    ]
    page = (await amel.get(PATH)).text
    assert "no address at all" in page
    assert "<progress" not in page

    # And brought once more it changes nothing, and asks nobody anything again
    before = counted(amel, Follow, Delivery)
    await bring(amel, "following", listed)
    await fediverse.settle()
    state, done, made, left = last(amel)
    assert (state, done, made, len(left["known"])) == ("done", 8, 0, 3)
    assert counted(amel, Follow, Delivery, BroughtLine, Job) == [*before, 0, 0]


async def test_blocks_mutes_servers_posts_and_lists_come_along(
    amel: Town, fediverse: Fediverse
) -> None:
    north = await fediverse.instance("north.test")
    said = await north.add("eva").says("<p>Bonjour</p>")
    north.add("bob")
    seen = amel.says("bea", "Un four à pain.")
    hidden = amel.says("bea", "@leo Entre nous.", audience=Audience.PEOPLE)
    uris = amel.change(
        lambda tx: [tx.session.get_one(Post, each).uri for each in (seen, hidden)],
    )

    def muted_already(tx: Tx) -> None:
        me, leo = (tx.session.get_one(Actor, amel.people[name]) for name in ("amel", "leo"))
        mute(tx, muter=me, muted=leo, hides_notifications=False)

    amel.change(muted_already)
    files = {
        "blocks": "bob@north.test\nbob@north.test\n",
        "mutes": "Account address,Hide notifications\neva@north.test,false\nleo@here.test,true\n",
        "domains": "#domain\nSpam.Example\nhere.test\nnot a domain\n",
        "bookmarks": f"#uri\n{said['object']['id']}\n{uris[0]}\n{uris[1]}\nftp://x.test/1\n",
        "lists": "Voisins,bea@here.test\nVoisins,leo@here.test\nNord,eva@north.test\n",
    }
    outcome = {}
    for kind, text in files.items():
        assert (await bring(amel, kind, text)).status_code == 303, kind
        await fediverse.settle()
        outcome[kind] = last(amel)
    known = {"known": ["2 · bob@north.test"]}
    assert outcome["blocks"] in (
        ("done", 2, 1, known),
        ("done", 2, 1, {"known": ["1 · bob@north.test"]}),  # whichever came first
    )
    assert outcome["mutes"] == ("done", 2, 1, {"known": ["3 · leo@here.test"]})
    assert outcome["domains"] == (
        "done",
        3,
        1,
        {"bad": ["4 · not a domain"], "refused": ["3 · here.test"]},
    )
    assert outcome["bookmarks"] == (
        "done",
        4,
        2,
        {"bad": ["5 · ftp://x.test/1"], "unknown": [f"4 · {uris[1]}"]},
    )
    assert outcome["lists"] == ("done", 3, 3, {})
    tables = (Block, Mute, SilencedHost, Bookmark, PeopleList, ListMember)
    assert counted(amel, *tables) == [1, 2, 1, 2, 2, 3]
    hides = amel.change(lambda tx: set(tx.connection.scalars(select(Mute.hides_notifications))))
    assert hides == {False}

    # And once more, all of it changes nothing
    before = counted(amel, *tables, Follow, Delivery)
    for kind, text in files.items():
        await bring(amel, kind, text)
        await fediverse.settle()
        assert last(amel)[2] == 0, kind
    assert counted(amel, *tables, Follow, Delivery) == before


async def test_what_was_cut_short_goes_on_where_it_was(amel: Town) -> None:
    # Given a list of which a part is done when the power goes
    names = [f"neighbour{n}" for n in range(10)]
    for name in names:
        amel.add(name)
    await bring(amel, "following", "".join(f"{name}@here.test\n" for name in names))
    await amel.instance.jobs.do_due()
    assert last(amel)[:3] == ("reading", 4, 4)

    # When the very same lines are done by two at once, and the rest after that
    house = amel.instance.house
    id_ = amel.change(lambda tx: tx.connection.scalar(select(BroughtList.id)))
    await asyncio.gather(*(bring_list(house, {"list_id": id_}) for _ in range(2)))
    assert last(amel)[:3] == ("reading", 8, 8)
    while await amel.instance.jobs.do_due():
        pass

    # Then each is followed once
    assert last(amel) == ("done", 10, 10, {})
    assert counted(amel, Follow, BroughtLine) == [10, 0]


async def test_a_list_is_its_owners_alone_and_can_be_stopped(amel: Town) -> None:
    await bring(amel, "following", "bea@here.test\n")
    id_ = str(amel.change(lambda tx: tx.connection.scalar(select(BroughtList.id))))
    assert (await bring(amel, "blocks", "leo@here.test\n")).status_code == 422  # one at a time

    await sign_in(amel, "leo")
    assert "bea@here.test" not in (await amel.get(PATH)).text
    assert "Stop here" not in (await amel.get(PATH)).text
    assert (await send(amel, f"{PATH}/list", deed="stop", id=id_)).status_code == 404
    assert last(amel)[0] == "reading"

    await sign_in(amel, "amel")
    assert (await send(amel, f"{PATH}/list", deed="stop", id=id_)).status_code == 303
    while await amel.instance.jobs.do_due():
        pass
    assert last(amel)[:3] == ("stopped", 0, 0)
    assert counted(amel, Follow, BroughtLine) == [0, 0]

    amel.browser.cookies.clear()
    assert (await bring(amel, "following", "bea@here.test\n")).status_code == 401
    assert counted(amel, BroughtList) == [1]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("following", b"\xff\xfe\x00", "This file is no text"),
        ("following", "\n \n", "There is nothing in this file"),
        ("following", "#domain\nspam.example\n", "This file holds something else"),
        ("blocks", "a@b.test\n" * 10_001, "more than 10,000 lines"),
        ("blocks", "x" * 1_000_001, "larger than 1 MB"),
        ("blocks", "x" * 2_000_000, "larger than 1 MB"),
        ("friends", "a@b.test\n", "Choose what is in the file."),
        ("mutes", "", "Choose the file first."),
    ],
)
async def test_a_file_that_is_no_list_is_refused_in_words(
    amel: Town, kind: str, text: str | bytes, said: str
) -> None:
    answer = await bring(amel, kind, text)

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{kind}" selected' in answer.text or kind == "friends" or len(text) > 1_500_000
    assert counted(amel, BroughtList, BroughtLine) == [0, 0]
