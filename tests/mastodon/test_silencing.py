"""Whom a member does not want to read: people muted or blocked, servers shut out."""

from datetime import timedelta

import pytest

from microfed.operations.silencing import mute
from microfed.store.people import Actor
from tests.fediverse import Fediverse, Instance
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio


async def test_whoever_is_muted_is_not_read_until_it_is_taken_back(ana: Phone, bea: Phone) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    said = await bea.says("bla bla")

    stands = await ana.post(f"/api/v1/accounts/{bea.id}/mute", notifications=False)

    assert (stands["muting"], stands["muting_notifications"]) == (True, False)
    assert stands["following"] is True
    assert await ana.get("/api/v1/timelines/home") == []
    (muted,) = await ana.get("/api/v1/mutes")
    assert (muted["acct"], muted["mute_expires_at"]) == ("bea", None)
    await ana.post(f"/api/v1/accounts/{bea.id}/unmute")
    assert [one["id"] for one in await ana.get("/api/v1/timelines/home")] == [said["id"]]


async def test_a_mute_for_an_hour_is_over_after_an_hour(
    here: Instance, ana: Phone, bea: Phone
) -> None:
    stands = await ana.post(f"/api/v1/accounts/{bea.id}/mute", duration=3600)
    assert stands["muting_expires_at"] is not None
    with here.house.db.writing() as tx:
        tx.now -= timedelta(hours=2)
        me, them = (tx.session.get_one(Actor, int(one.id)) for one in (ana, bea))
        mute(tx, muter=me, muted=them, lasts=timedelta(hours=1))

    assert await ana.get("/api/v1/mutes") == []
    (stands,) = await ana.get("/api/v1/accounts/relationships", id=bea.id)
    assert stands["muting"] is False


async def test_nobody_mutes_or_blocks_themselves(ana: Phone) -> None:
    await ana.post(f"/api/v1/accounts/{ana.id}/mute", expects=403)
    await ana.post(f"/api/v1/accounts/{ana.id}/block", expects=403)
    await ana.post(f"/api/v1/accounts/{ana.id}/mute", expects=403, duration=10**12)


async def test_a_block_ends_follows_both_ways_and_is_listed(ana: Phone, bea: Phone) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    await bea.post(f"/api/v1/accounts/{ana.id}/follow")

    stands = await ana.post(f"/api/v1/accounts/{bea.id}/block")

    assert stands["blocking"] is True
    assert (stands["following"], stands["followed_by"]) == (False, False)
    assert [one["acct"] for one in await ana.get("/api/v1/blocks")] == ["bea"]
    assert await bea.get("/api/v1/blocks") == []
    stands = await ana.post(f"/api/v1/accounts/{bea.id}/unblock")
    assert stands["blocking"] is False


async def test_a_server_shut_out_is_neither_read_nor_heard_of(
    fediverse: Fediverse, here: Instance, ana: Phone
) -> None:
    there = await fediverse.instance("there.test")
    eva = there.add("eva")
    found = await ana.get("/api/v2/search", q="@eva@there.test", resolve="true")
    id_ = found["accounts"][0]["id"]
    await ana.post(f"/api/v1/accounts/{id_}/follow")
    await fediverse.settle()
    await eva.says("<p>coucou</p>")
    await fediverse.settle()
    assert len(await ana.get("/api/v1/timelines/public")) == 1

    await ana.post("/api/v1/domain_blocks", domain="There.test")

    assert await ana.get("/api/v1/domain_blocks") == ["there.test"]
    (stands,) = await ana.get("/api/v1/accounts/relationships", id=id_)
    assert (stands["domain_blocking"], stands["following"]) == (True, False)
    assert await ana.get("/api/v1/timelines/public") == []
    await eva.says(
        "<p>@ana hé</p>",
        tag=[{"type": "Mention", "href": here.neighbours["ana"].uri, "name": "@ana"}],
    )
    await fediverse.settle()
    assert await ana.get("/api/v1/notifications") == []
    await ana.ask("DELETE", "/api/v1/domain_blocks", json={"domain": "there.test"})
    assert len(await ana.get("/api/v1/timelines/public")) == 2


async def test_ones_own_server_and_what_is_no_server_are_not_shut_out(ana: Phone) -> None:
    for domain in ("here.test", "not a domain", ""):
        await ana.post("/api/v1/domain_blocks", expects=422, domain=domain)

    assert await ana.get("/api/v1/domain_blocks") == []


async def test_whoever_is_muted_is_found_by_their_whole_name_to_be_heard_again(
    ana: Phone, bea: Phone
) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/mute")

    assert await ana.get("/api/v1/accounts/search", q="be") == []
    assert [one["acct"] for one in await ana.get("/api/v1/accounts/search", q="bea")] == ["bea"]
