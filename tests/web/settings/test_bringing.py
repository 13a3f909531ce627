"""Bringing one's old posts along from another place."""

import asyncio
import json
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from microfed.ids import moment_of
from microfed.operations.follows import request_follow
from microfed.operations.taking_back import delete_post
from microfed.store.bringing import Import, ImportedPost
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.polls import PollOption
from microfed.store.posts import Attachment, HomeEntry, Post
from microfed.store.queues import Activity, Delivery, Notification
from microfed.workers.bring_in import BringIn
from microfed.workers.running import Wake
from tests.archives import OLD, actor, boost, parts, picture_of, said, tarred, zipped
from tests.media.pictures import encoded, picture
from tests.people import stranger
from tests.web.conftest import ORIGIN, Town, send, sign_in

PATH = "/settings/import"
PNG = encoded(picture((40, 30)), "PNG")


async def bring(town: Town, archive: bytes, **fields: str) -> httpx.Response:
    """Send an archive, let the worker look, want all its posts, and let the worker read it."""
    answer = await send_file(town, archive)
    await look(town)
    found = town.change(
        lambda tx: tx.session.scalars(select(Import).where(Import.state == "found")).first()
    )
    if found is not None:
        await send(town, PATH, deed="choose", id=str(found.id), part_posts="1", **fields)
        await look(town)
    return answer


async def look(town: Town) -> int:
    """Let the worker do what is due."""
    house = town.instance.house
    return await BringIn(house, Wake(house.db, "imports")).do_due()


async def send_file(town: Town, archive: bytes) -> httpx.Response:
    """Send an archive."""
    files = {"file": ("archive.zip", archive, "application/zip")}
    return await town.browser.post(PATH, files=files, headers=ORIGIN)


def brought(town: Town) -> list[Post]:
    """What was brought, in the order it was said."""
    return list(
        town.change(
            lambda tx: tx.session.scalars(select(Post).join(ImportedPost).order_by(Post.id)).all()
        )
    )


def counted(town: Town) -> dict[str, int]:
    """How much there is of what an import must not make."""
    tables: tuple[Any, ...] = (Delivery, Activity, Notification, HomeEntry)
    return {
        table.__tablename__: town.change(
            lambda tx, table=table: tx.connection.scalar(select(func.count()).select_from(table))
        )
        for table in tables
    }


def left(town: Town) -> dict[str, int]:
    """What the last archive left out, by reason."""
    rows = town.change(lambda tx: list(tx.session.scalars(select(Import).order_by(Import.id))))
    return {why: noted["count"] for why, noted in rows[-1].left.items()}


async def test_old_posts_stand_on_my_page_at_their_dates(amel: Town) -> None:
    # Given an archive of every sort of thing, and people who follow
    def follow(tx: Tx) -> None:
        me, leo = (tx.session.get_one(Actor, amel.people[name]) for name in ("amel", "leo"))
        request_follow(tx, follower=leo, target=me)
        request_follow(tx, follower=stranger(tx, "eva@north.test"), target=me)

    amel.change(follow)
    before = counted(amel)
    first = said(1, '<p>Bonjour <script>alert(1)</script><a href="https://x.test">le monde</a></p>')
    items = [
        said(3, inReplyTo=f"{OLD}/statuses/2"),  # before what it answers
        first,
        said(
            2,
            summary="Araignées",
            sensitive=True,
            tag=[{"type": "Hashtag", "name": "#Jardin", "href": "https://old.example/tags/jardin"}],
            attachment=[
                picture_of("media_attachments/files/1/a.png", "Un mur rouge"),
                picture_of("/media_attachments/files/1/gone.png"),
                picture_of("media_attachments/files/1/broken.png"),
            ],
        ),
        said(4, to=[f"{OLD}/followers"], cc=[]),
        said(5, to=["https://far.example/bob"], cc=[]),
        said(6, inReplyTo="https://far.example/notes/7"),
        said(7, inReplyTo=f"{OLD}/statuses/6"),
        said(8, by="https://old.example/users/eve"),
        said(9, published="yesterday"),
        said(10, " "),
        said(
            11,
            type="Question",
            oneOf=[
                {"type": "Note", "name": "Oui", "replies": {"totalItems": 3}},
                {"type": "Note", "name": "Non", "replies": {"totalItems": 1}},
            ],
            votersCount=4,
            endTime="2019-04-01T00:00:00Z",
        ),
        boost(12),
        "nonsense",
    ]
    files = {
        "media_attachments/files/1/a.png": PNG,
        "media_attachments/files/1/broken.png": b"\x89PNG\r\n\x1a\n and nothing",
    }

    # When it is brought
    answer = await bring(amel, tarred(parts(items, files)))

    # Then each post of hers stands there as it was, and only those
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    posts = brought(amel)
    assert [post.audience for post in posts] == ["quiet"] * 3 + ["followers", "quiet"]
    one, two, three, _, poll = posts
    assert str(moment_of(one.id))[:19] == "2019-03-02 00:00:00"
    assert "alert" not in one.content
    assert 'href="https://x.test"' in one.content
    assert (one.language, one.is_local, one.actor_id) == ("fr", True, amel.people["amel"])
    assert (two.warning, two.is_sensitive) == ("Araignées", True)
    assert (three.in_reply_to_id, three.thread_id) == (two.id, two.id)
    assert poll.kind == "question"
    votes = amel.change(lambda tx: list(tx.session.scalars(select(PollOption.votes_count))))
    assert votes == [3, 1]
    shown = amel.change(
        lambda tx: list(tx.session.scalars(select(Attachment).where(Attachment.post_id == two.id)))
    )
    assert [(item.description, item.focus_x, item.width) for item in shown] == [
        ("Un mur rouge", 0.5, 40)
    ]

    # And nobody was told, now or later
    assert counted(amel) == before
    assert left(amel) == {
        **dict.fromkeys(("boost", "foreign", "private", "undated", "empty", "unreadable"), 1),
        "answer": 2,
        "file_missing": 1,
        "file_refused": 1,
    }
    page = (await amel.get(PATH)).text
    assert "5 posts were brought, with one file." in page
    assert "Posts of others that you passed on: they are not yours to bring." in page
    assert "media_attachments/files/1/gone.png" in page
    assert (await amel.get("/@amel")).text.count("Post number 3") == 1
    assert "Post number" not in (await amel.get("/latest")).text
    assert "Post number" not in (await amel.get("/latest.atom")).text
    assert "Post number" not in (await amel.get("/tags/jardin")).text
    assert (await amel.get(f"/@amel/{two.id}")).status_code == 200


async def test_what_is_here_is_not_brought_twice(amel: Town) -> None:
    archive = zipped(parts([said(n) for n in range(1, 26)]))
    await bring(amel, archive)
    ids = [post.id for post in brought(amel)]

    def take_back(tx: Tx) -> None:
        me = tx.session.get_one(Actor, amel.people["amel"])
        delete_post(tx, author=me, post=tx.session.get_one(Post, ids[0]))

    amel.change(take_back)

    await bring(amel, archive)

    assert [post.id for post in brought(amel)] == ids[1:]
    assert left(amel) == {"known": 25}
    assert "Posts that are here already: nothing is brought twice." in (await amel.get(PATH)).text


async def test_answers_to_others_come_when_they_are_wanted(amel: Town) -> None:
    items = [said(6, inReplyTo="https://far.example/7"), said(7, inReplyTo=f"{OLD}/statuses/6")]

    await bring(amel, zipped(parts(items)), answers="1")

    six, seven = brought(amel)
    assert (six.in_reply_to_uri, seven.in_reply_to_id) == (None, six.id)


async def test_what_came_of_an_archive_is_taken_back_quietly(amel: Town) -> None:
    before = counted(amel)
    await bring(amel, zipped(parts([said(1), said(2, inReplyTo=f"{OLD}/statuses/1")])))
    one = amel.change(lambda tx: tx.session.scalars(select(Import.id)).one())
    uri = brought(amel)[0].uri

    await send(amel, PATH, deed="take_back", id=str(one))
    assert "is being taken away" in (await amel.get(PATH)).text
    house = amel.instance.house
    await BringIn(house, Wake(house.db, "imports")).do_due()

    assert brought(amel) == []
    assert counted(amel) == before
    assert amel.change(lambda tx: list(tx.session.scalars(select(Import)))) == []
    gone = await amel.get(uri.removeprefix("https://here.test"), Accept="application/activity+json")
    assert gone.status_code == 410
    # And may come again
    await bring(amel, zipped(parts([said(1)])))
    assert len(brought(amel)) == 1


async def test_whoever_met_a_post_hears_that_it_is_taken_back(amel: Town) -> None:
    await bring(amel, zipped(parts([said(1), said(2)])))

    def like(tx: Tx) -> int:
        eva = stranger(tx, "eva@north.test")
        request_follow(tx, follower=eva, target=tx.session.get_one(Actor, amel.people["amel"]))
        post = tx.session.scalars(select(Post).join(ImportedPost).order_by(Post.id)).first()
        assert post is not None
        post.likes_count = 1
        return tx.session.scalars(select(Import.id)).one()

    one = amel.change(like)
    await send(amel, PATH, deed="take_back", id=str(one))
    house = amel.instance.house
    await BringIn(house, Wake(house.db, "imports")).do_due()

    kinds = amel.change(lambda tx: list(tx.session.scalars(select(Activity.kind))))
    assert kinds.count("Delete") == 1


async def test_it_is_stopped_and_what_is_made_stays(amel: Town) -> None:
    await send_file(amel, zipped(parts([said(1)])))
    one = amel.change(lambda tx: tx.session.scalars(select(Import.id)).one())
    second = await send_file(amel, zipped(parts([said(2)])))
    others = await send(amel, PATH, deed="stop", id="1")

    await send(amel, PATH, deed="stop", id=str(one))
    house = amel.instance.house
    worked = await BringIn(house, Wake(house.db, "imports")).do_due()

    assert (second.status_code, others.status_code, worked) == (422, 404, 0)
    assert "Another file is being read." in second.text
    assert "You stopped it" in (await amel.get(PATH)).text


async def test_nobody_ends_what_somebody_else_brought(amel: Town) -> None:
    await send_file(amel, zipped(parts([said(1)])))
    one = amel.change(lambda tx: tx.session.scalars(select(Import.id)).one())

    await sign_in(amel, "bea")
    answers = [await send(amel, PATH, deed=deed, id=str(one)) for deed in ("stop", "take_back")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert str(one) not in (await amel.get(PATH)).text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4", "This is not an archive"),
        (zipped(parts([]) | {"actor.json": b"{}"}), "There is no actor.json in it that says"),
        (zipped({"outbox.json": b"{}"}), "There is no actor.json in it that says"),
        (zipped({"actor.json": json.dumps(actor()).encode()}), "There is no outbox.json in it"),
        (zipped(parts([]) | {"outbox.json": b"{"}), "This archive is broken"),
        (zipped(parts([]) | {"../x": b""}), "This archive names files outside of itself."),
        (zipped(parts([], who=actor("https://here.test/users/bea"))), "somebody else who lives"),
    ],
)
async def test_what_is_no_archive_of_mine_says_why(amel: Town, content: bytes, words: str) -> None:
    await bring(amel, content)

    assert words in re.sub(r"\s+", " ", (await amel.get(PATH)).text)
    assert brought(amel) == []


async def test_a_form_without_a_file_says_so(amel: Town) -> None:
    answer = await send(amel, PATH, x="1")

    assert answer.status_code == 422
    assert "Choose the file first." in answer.text


async def test_two_at_once_are_one(amel: Town) -> None:
    archive = zipped(parts([said(1)]))

    answers = await asyncio.gather(*(send_file(amel, archive) for _ in range(3)))

    assert sorted(answer.status_code for answer in answers) == [303, 422, 422]
