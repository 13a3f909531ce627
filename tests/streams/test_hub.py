"""Who hears what: on both engines, with several people who look at several things."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping

import pytest

from microfed.errors import TooMany
from microfed.operations.blocks import block
from microfed.operations.follows import request_follow
from microfed.operations.posts import edit_post, write_post
from microfed.operations.reactions import boost, like
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.operations.tokens import give_token, hash_of, revoke_token
from microfed.queries.tokens import find_holder
from microfed.queries.visibility import Viewer
from microfed.store.database import Database, Tx
from microfed.store.migrate import migrate
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.streams import Credential, Event, Reader, Streams, Topic
from microfed.streams.reader import MOST_UNREAD
from microfed.vocab.audience import Audience
from tests.migrated import HERE as ADDRESS
from tests.people import neighbour

HOME, PUBLIC, LOCAL = Topic("home"), Topic("public"), Topic("local")
BELL = Topic("notification")


@pytest.fixture
async def streams(db: Database) -> AsyncIterator[Streams]:
    streams = Streams(db)
    yield streams
    streams.close()


@pytest.fixture
def people(db: Database) -> dict[str, int]:
    """Ana, Bea who follows her, and Cid who does not."""
    with db.writing() as tx:
        ana, bea, cid = (neighbour(tx, name) for name in ("ana", "bea", "cid"))
        request_follow(tx, follower=bea, target=ana)
        return {"ana": ana.id, "bea": bea.id, "cid": cid.id}


async def says(db: Database, author_id: int, words: str, **more: object) -> int:
    def work(tx: Tx) -> int:
        author = tx.session.get_one(Actor, author_id)
        return write_post(tx, author=author, draft=Draft(words, **more)).id  # type: ignore[arg-type]

    return await db.write(work)


async def heard(reader: Reader) -> tuple[str, int, set[str]]:
    event = await reader.next(seconds=5)
    assert event is not None, "nothing was heard"
    return event.kind, event.id, {topic.name for topic in event.topics}


async def hears_nothing_before(reader: Reader, db: Database, author_id: int) -> None:
    """Say something for all to hear: it is the next that the reader hears."""
    id_ = await says(db, author_id, "for all")
    assert (await heard(reader))[1] == id_


async def test_a_post_reaches_each_on_what_they_look_at(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    with (
        streams.open(Viewer(people["bea"])) as bea,
        streams.open(Viewer(people["cid"])) as cid,
        streams.open(None) as stranger,
    ):
        bea.add(HOME, LOCAL)
        cid.add(HOME, PUBLIC)
        stranger.add(Topic("tag", "lyon"))

        id_ = await says(db, people["ana"], "Bonjour #Lyon")

        assert await heard(bea) == ("post", id_, {"home", "local"})
        assert await heard(cid) == ("post", id_, {"public"})
        assert await heard(stranger) == ("post", id_, {"tag"})


async def test_what_one_may_not_see_is_not_heard(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    with streams.open(Viewer(people["bea"])) as bea, streams.open(Viewer(people["cid"])) as cid:
        for reader in (bea, cid):
            reader.add(HOME, PUBLIC, Topic("person", people["ana"]), Topic("talks"))

        secret = await says(db, people["ana"], "entre nous", audience=Audience.FOLLOWERS)
        letter = await says(db, people["ana"], "cher @cid", audience=Audience.PEOPLE)

        assert await heard(bea) == ("post", secret, {"home", "person"})
        assert await heard(cid) == ("post", letter, {"talks", "person"})
        await hears_nothing_before(bea, db, people["ana"])


async def test_whoever_is_blocked_is_not_heard(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    with db.writing() as tx:
        block(
            tx,
            blocker=tx.session.get_one(Actor, people["cid"]),
            blocked=tx.session.get_one(Actor, people["ana"]),
        )
    with streams.open(Viewer(people["cid"])) as cid:
        cid.add(PUBLIC)
        await says(db, people["ana"], "hello?")
        await hears_nothing_before(cid, db, people["bea"])


async def test_only_posts_with_media_reach_whoever_wants_media_alone(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    with streams.open(Viewer(people["cid"])) as cid:
        cid.add(Topic("public", only_media=True), BELL)
        await says(db, people["ana"], "only words")
        named = await says(db, people["ana"], "hello @cid")

        kind, _, topics = await heard(cid)

    assert (kind, topics) == ("notification", {"notification"})
    assert named


async def test_edits_boosts_and_deletions_are_heard(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    id_ = await says(db, people["cid"], "frist")

    def passes_on(tx: Tx) -> int:
        ana = tx.session.get_one(Actor, people["ana"])
        return boost(tx, actor=ana, post=tx.session.get_one(Post, id_)).id

    def corrects(tx: Tx) -> None:
        cid = tx.session.get_one(Actor, people["cid"])
        edit_post(tx, author=cid, post=tx.session.get_one(Post, id_), draft=Draft("first"))

    def takes_back(tx: Tx) -> None:
        cid = tx.session.get_one(Actor, people["cid"])
        delete_post(tx, author=cid, post=tx.session.get_one(Post, id_))

    with streams.open(Viewer(people["bea"])) as bea, streams.open(Viewer(people["cid"])) as cid:
        bea.add(HOME)
        cid.add(HOME, Topic("thread", id_))
        # Each is heard before the next is done: of a post gone by then, no edit is told.
        passed = await db.write(passes_on)
        assert await heard(bea) == ("post", passed, {"home"})
        await db.write(corrects)
        assert await heard(cid) == ("edit", id_, {"home", "thread"})
        await db.write(takes_back)
        assert await heard(cid) == ("delete", id_, {"home", "thread"})
        assert await heard(bea) == ("delete", id_, {"home"})


async def test_news_for_one_reach_nobody_else(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    id_ = await says(db, people["ana"], "like me")

    def likes(tx: Tx) -> None:
        bea = tx.session.get_one(Actor, people["bea"])
        like(tx, actor=bea, post=tx.session.get_one(Post, id_))
        tx.tell("stream", ("lamp", 7))

    with streams.open(Viewer(people["ana"])) as ana, streams.open(Viewer(people["cid"])) as cid:
        for reader in (ana, cid):
            reader.add(BELL, Topic("place"))
        await db.write(likes)

        assert (await heard(ana))[0] == "notification"
        assert await heard(ana) == ("lamp", 7, {"place"})
        assert await heard(cid) == ("lamp", 7, {"place"})


async def test_an_event_is_written_once_for_all_who_read_it_alike(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    calls: list[tuple[str, int]] = []

    def present(
        tx: Tx, kind: str, id_: int, viewers: Collection[Viewer | None]
    ) -> Mapping[Viewer | None, bytes]:
        calls.append((kind, len(viewers)))
        return dict.fromkeys(viewers, b"written")

    with (
        streams.open(Viewer(people["bea"]), present=present) as bea,
        streams.open(Viewer(people["cid"]), present=present) as cid,
    ):
        bea.add(HOME)
        cid.add(PUBLIC)
        id_ = await says(db, people["ana"], "once")
        events = [await bea.next(seconds=5), await cid.next(seconds=5)]

    assert [event.payload for event in events if event] == [b"written", b"written"]
    assert {event.id for event in events if event} == {id_}
    assert calls == [("post", 2)]


async def test_whoever_does_not_keep_up_is_cut_and_nobody_waits_for_them(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    def much(tx: Tx) -> None:
        for number in range(MOST_UNREAD + 1):
            tx.tell("stream", ("lamp", number))

    with streams.open(None) as slow, streams.open(None) as quick:
        slow.add(Topic("place"))
        quick.add(Topic("place"))
        reading = asyncio.create_task(_count(quick, MOST_UNREAD + 1))
        await db.write(much)

        assert await reading == MOST_UNREAD + 1
        assert slow.is_cut
        assert not quick.is_cut


async def _count(reader: Reader, wanted: int) -> int:
    count = 0
    async for _ in reader:
        count += 1
        if count == wanted:
            break
    return count


async def test_a_revoked_token_and_a_suspended_member_are_cut(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    tokens = {}
    with db.writing() as tx:
        for name, id_ in people.items():
            tokens[name] = give_token(tx, member_id=id_, scopes=["read"])

    def credential(name: str) -> Credential:
        hash_ = hash_of(tokens[name])
        return Credential(hash_, lambda tx: find_holder(tx, hash_) is not None)

    def suspend(tx: Tx) -> None:
        tx.session.get_one(Member, people["bea"]).suspended_at = tx.now
        tx.tell("actor", people["bea"])

    with (
        streams.open(Viewer(people["ana"]), credential=credential("ana")) as ana,
        streams.open(Viewer(people["bea"]), credential=credential("bea")) as bea,
        streams.open(Viewer(people["cid"]), credential=credential("cid")) as cid,
    ):
        await db.write(lambda tx: revoke_token(tx, tokens["ana"]))
        assert await ana.next(seconds=5) is None
        assert ana.is_cut
        await db.write(suspend)
        assert await bea.next(seconds=5) is None
        assert bea.is_cut
        assert not cid.is_cut


async def test_one_person_has_so_many_streams_and_no_more(
    db: Database, streams: Streams, people: dict[str, int]
) -> None:
    ana, bea = Viewer(people["ana"]), Viewer(people["bea"])
    with streams.open(ana, at_most=1):
        with pytest.raises(TooMany), streams.open(ana, at_most=1):
            pass
        with streams.open(bea, at_most=1):
            pass
    with streams.open(ana, at_most=1) as again:
        assert not again.is_cut


async def test_another_process_is_heard(postgres_url: str) -> None:
    migrate(postgres_url)
    here, there = Database(postgres_url, ADDRESS), Database(postgres_url, ADDRESS)
    with here.writing() as tx:
        ana = neighbour(tx, "ana").id
    here.news.listen_to_others()
    streams = Streams(here)
    try:
        with streams.open(Viewer(ana)) as reader:
            reader.add(Topic("place"))
            event: Event | None = None
            while event is None:  # until the connection that listens stands
                await there.write(lambda tx: tx.tell("stream", ("lamp", 1)))
                event = await reader.next(seconds=0.2)

            assert (event.kind, event.id) == ("lamp", 1)
            id_ = await says(there, ana, "from the other process")
            reader.add(HOME)
            id_ = await says(there, ana, "and again")
            while event.kind != "post" or event.id != id_:
                event = await reader.next(seconds=5)
                assert event is not None
    finally:
        here.close()
        there.close()
