"""Taking one's things along, moving elsewhere, leaving for good."""

import io
import json
import zipfile

import pytest
from sqlalchemy import select

from microfed.ids import id_at
from microfed.operations.archives import drop_old_archives
from microfed.operations.follows import request_follow
from microfed.store.access import Session
from microfed.store.database import Tx
from microfed.store.media import StoredFile
from microfed.store.own import Archive
from microfed.store.people import Actor, Block, Mute
from microfed.store.posts import Bookmark, Post
from microfed.workers.do_jobs import DoJobs
from microfed.workers.running import Wake
from tests.fediverse import Fediverse
from tests.media.pictures import encoded, picture
from tests.web.conftest import ORIGIN, PASSWORD, Town, passed_on, send, sign_in


async def do_jobs(town: Town) -> None:
    """The worker does what is to be done."""
    house = town.instance.house
    await DoJobs(house, Wake(house.db, "jobs")).do_due()


def live(town: Town) -> None:
    """Amel follows, blocks, mutes and keeps."""

    def work(tx: Tx) -> None:
        amel, leo, bea = (tx.session.get_one(Actor, town.people[n]) for n in ("amel", "leo", "bea"))
        request_follow(tx, follower=amel, target=leo)
        request_follow(tx, follower=bea, target=amel)
        tx.session.add(Block(id=id_at(tx.now), blocker_id=amel.id, blocked_id=bea.id))
        tx.session.add(
            Mute(id=id_at(tx.now), muter_id=amel.id, muted_id=bea.id, hides_notifications=True)
        )
        kept = tx.session.scalars(select(Post).where(Post.actor_id == leo.id)).first()
        assert kept is not None
        tx.session.add(Bookmark(id=id_at(tx.now), actor_id=amel.id, post_id=kept.id))

    town.change(work)


async def test_everything_said_and_brought_is_gathered_into_one_file(amel: Town) -> None:
    # Given a member with a face and lists, who passed something on
    live(amel)
    passed_on(amel, by="amel")
    red = encoded(picture((500, 500)), "PNG")
    await amel.browser.post(
        "/settings/profile", data={}, files={"avatar": ("x", red, "x/y")}, headers=ORIGIN
    )

    # When they ask for everything, twice, and the worker gathers it
    for _ in range(2):
        await send(amel, "/settings/export", x="1")
    waiting = await amel.get("/settings/export")
    await do_jobs(amel)
    ready = await amel.get("/settings/export")
    file = await amel.get("/settings/export/archive.zip")

    # Then the file holds it, in formats that others read
    assert "It is being gathered" in waiting.text
    assert "/settings/export/archive.zip" in ready.text
    assert file.headers["content-type"] == "application/zip"
    assert file.headers["content-disposition"].startswith('attachment; filename="amel-')
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        names = archive.namelist()
        outbox = json.loads(archive.read("outbox.json"))
        profile = json.loads(archive.read("actor.json"))
        following = archive.read("following_accounts.csv").decode()
    assert profile["preferredUsername"] == "amel"
    kinds = [activity["type"] for activity in outbox["orderedItems"]]
    assert (outbox["totalItems"], kinds) == (3, ["Create", "Create", "Announce"])
    assert "elle est dans la cave" in outbox["orderedItems"][0]["object"]["content"]
    assert following.splitlines()[1] == "leo@here.test,true,false,"
    assert len([name for name in names if name.startswith("media/")]) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "following_accounts",
            "Account address,Show boosts,Notify on new posts,Languages\n"
            "leo@here.test,true,false,\n",
        ),
        ("followers", "Account address\nbea@here.test\n"),
        ("blocked_accounts", "bea@here.test\n"),
        ("muted_accounts", "Account address,Hide notifications\nbea@here.test,true\n"),
        ("likes", ""),
    ],
)
async def test_a_list_is_as_mastodon_reads_it(amel: Town, name: str, text: str) -> None:
    live(amel)

    file = await amel.get(f"/settings/export/{name}.csv")

    assert file.text == text
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert (await amel.get("/settings/export/passwords.csv")).status_code == 404


async def test_an_archive_is_for_its_owner_alone_and_for_a_week(amel: Town) -> None:
    await send(amel, "/settings/export", x="1")
    await do_jobs(amel)
    key = amel.change(lambda tx: tx.session.scalars(select(Archive.key)).one())

    await sign_in(amel, "bea")
    others = [
        await amel.get("/settings/export/archive.zip"),
        await amel.get(f"/media/{key}"),
    ]

    def a_week_later(tx: Tx) -> int:
        archive = tx.session.scalars(select(Archive)).one()
        archive.finished_at = archive.asked_at.replace(year=2020)
        tx.flush()
        return drop_old_archives(tx)

    assert [answer.status_code for answer in others] == [404, 404]
    assert amel.change(a_week_later) == 1
    owner = amel.change(lambda tx: tx.session.scalars(select(StoredFile.actor_id)).one())
    assert owner is None


async def test_whoever_leaves_is_gone_with_all_they_said(amel: Town) -> None:
    wrong = await send(amel, "/settings/leave", name="amel", password="x")
    other = await send(amel, "/settings/leave", name="leo", password=PASSWORD)
    assert [wrong.status_code, other.status_code] == [422, 422]
    assert "This is not your password." in wrong.text
    assert "Type your name" in other.text

    answer = await send(amel, "/settings/leave", name="@Amel", password=PASSWORD)

    assert answer.status_code == 200 and "You have left" in answer.text
    assert (await amel.get("/@amel")).status_code == 410
    assert (await amel.get("/settings")).status_code == 303
    assert (await send(amel, "/sign-in", name="amel", password=PASSWORD)).status_code != 303
    left = amel.change(
        lambda tx: [
            *tx.session.scalars(select(Post).where(Post.actor_id == amel.people["amel"])),
            *tx.session.scalars(select(Session)),
        ]
    )
    assert left == []


async def test_moving_needs_both_accounts_to_say_so(amel: Town, fediverse: Fediverse) -> None:
    # Given an account elsewhere that does not know this one yet
    north = await fediverse.instance("north.test")
    new = north.add("amel")

    # When they try to go there, and say so there, and try again
    early = await send(
        amel, "/settings/move", deed="go", address="amel@north.test", password=PASSWORD
    )

    def say_so(tx: Tx) -> None:
        actor = tx.session.get_one(Actor, new.id)
        actor.also_known_as = ["https://here.test/users/amel"]

    with north.house.db.writing() as tx:
        say_so(tx)
    unknown = await send(
        amel, "/settings/move", deed="go", address="nobody@north.test", password=PASSWORD
    )
    wrong = await send(amel, "/settings/move", deed="go", address="amel@north.test", password="x")

    # Then each refusal says what to do
    assert "does not say yet that it was this one" in early.text
    assert "There is no such account" in unknown.text
    assert "This is not your password." in wrong.text
    assert 'value="amel@north.test"' in early.text


async def test_an_account_elsewhere_is_named_as_ones_own_and_not_any_more(
    amel: Town, fediverse: Fediverse
) -> None:
    north = await fediverse.instance("north.test")
    uri = north.add("amel_before").uri

    def known() -> list[str]:
        return list(
            amel.change(lambda tx: tx.session.get_one(Actor, amel.people["amel"]).also_known_as)
        )

    await send(amel, "/settings/move", deed="mine", address="@amel_before@north.test")
    named = known()
    page = await amel.get("/settings/move")
    itself = await send(amel, "/settings/move", deed="mine", address="amel@here.test")
    await send(amel, "/settings/move", deed="not_mine", address=uri)

    assert named == [uri]
    assert uri in page.text
    assert "That is this very account." in itself.text
    assert known() == []
