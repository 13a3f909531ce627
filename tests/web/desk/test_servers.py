"""Servers we met, at the desk: who is new, what they run, and one button for each answer."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from microfed import clock
from microfed.ids import id_at
from microfed.operations.clean_up import clean_up
from microfed.operations.hosts import host_answered, host_spoke, is_refused
from microfed.operations.servers_met import order_software
from microfed.store.queues import Host
from microfed.workers.do_jobs import DoJobs
from microfed.workers.running import Wake
from tests.federation.stranger import Board, Stranger, make_stranger
from tests.fediverse import Fediverse
from tests.web.conftest import Town, send

pytestmark = pytest.mark.anyio

SERVERS = "/desk/servers"
NEW = "New: they spoke to us for the first time"


@pytest.fixture
async def ana(desk: Town, fediverse: Fediverse) -> Stranger:
    """Somebody on a server that the place never heard of, who has just said something to it."""
    ana = make_stranger(fediverse, "ana@far.test")
    spoken = await ana.sends(desk.instance, ana.activity("Create", 1, ana.note(1)))
    assert spoken.status_code == 202
    return ana


async def page_of(desk: Town) -> str:
    return (await desk.get(SERVERS)).text


async def host_of(desk: Town, name: str = "far.test") -> Any:
    return await desk.instance.house.db.read(
        lambda tx: tx.connection.execute(select(Host.__table__).where(Host.host == name)).first()
    )


def says_it_runs(
    ana: Stranger, software: Any, *, at: str = "https://far.test/nodeinfo/2.0"
) -> None:
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    ana.board.documents |= {
        "https://far.test/.well-known/nodeinfo": {"links": [{"rel": rel, "href": at}]},
        at: {"version": "2.0", "software": software},
    }


async def ask_software(desk: Town) -> None:
    """An hour passes: what servers run is asked."""
    house = desk.instance.house
    await house.db.write(order_software)
    await DoJobs(house, Wake(house.db, "jobs")).do_due()


async def test_a_server_that_speaks_for_the_first_time_is_shown_until_it_is_welcomed(
    desk: Town, ana: Stranger
) -> None:
    page = await page_of(desk)
    assert NEW in page
    assert page.count("far.test") > 1
    assert "first met" in page

    answer = await send(desk, SERVERS, deed="review", host="far.test")

    assert answer.status_code == 303
    page = await page_of(desk)
    assert NEW not in page
    assert "far.test" in page


@pytest.mark.parametrize(("deed", "is_out"), [("rule_limit", False), ("rule_block", True)])
async def test_a_new_server_is_kept_quiet_or_shut_out_with_one_button(
    desk: Town, ana: Stranger, deed: str, is_out: bool
) -> None:
    await send(desk, SERVERS, deed=deed, host="far.test")

    assert NEW not in await page_of(desk)
    assert await desk.instance.house.db.read(lambda tx: is_refused(tx, "far.test")) is is_out


async def test_an_unknown_server_cannot_be_welcomed(desk: Town) -> None:
    answer = await send(desk, SERVERS, deed="review", host="nowhere.test")

    assert "said=gone" in answer.headers["location"]
    assert await host_of(desk, "nowhere.test") is None


async def test_what_a_server_runs_is_asked_and_shown(desk: Town, ana: Stranger) -> None:
    says_it_runs(ana, {"name": "mastodon", "version": "4.5.0\n(glitch)"})

    await ask_software(desk)

    assert "mastodon 4.5.0 (glitch)" in await page_of(desk)


async def test_what_a_server_runs_is_asked_once_a_month(desk: Town, ana: Stranger) -> None:
    says_it_runs(ana, {"name": "mastodon"})
    await ask_software(desk)
    asked = len(ana.board.asked)

    await ask_software(desk)
    assert len(ana.board.asked) == asked

    def month_passes(tx: Any) -> None:
        tx.connection.execute(update(Host).values(software_asked_at=tx.now - timedelta(days=31)))

    await desk.instance.house.db.write(month_passes)
    await ask_software(desk)
    assert len(ana.board.asked) > asked


@pytest.mark.parametrize(
    "said", [None, 7, [], "mastodon", {"name": 7}, {"name": ["x"]}, {"version": "1"}]
)
async def test_a_server_that_says_nothing_useful_is_left_without_a_name(
    desk: Town, ana: Stranger, said: Any
) -> None:
    says_it_runs(ana, said)

    await ask_software(desk)

    host = await host_of(desk)
    assert host.software is None
    assert host.software_asked_at is not None


async def test_a_server_cannot_send_us_to_ask_elsewhere(
    desk: Town, ana: Stranger, fediverse: Fediverse
) -> None:
    other = Board()
    fediverse.network.apps["victim.test"] = other
    says_it_runs(ana, {"name": "mastodon"}, at="https://victim.test/heavy")

    await ask_software(desk)

    assert other.asked == []
    assert (await host_of(desk)).software is None


async def test_contact_is_noted_once_an_hour(desk: Town, ana: Stranger) -> None:
    db = desk.instance.house.db
    before = (await host_of(desk)).last_heard_at

    await db.write(lambda tx: host_spoke(tx, "far.test"))
    assert (await host_of(desk)).last_heard_at == before

    def two_hours_ago(tx: Any) -> None:
        earlier = tx.now - timedelta(hours=2)
        tx.connection.execute(update(Host).values(last_heard_at=earlier, last_sent_at=earlier))

    await db.write(two_hours_ago)
    await db.write(lambda tx: host_spoke(tx, "far.test"))
    await db.write(lambda tx: host_answered(tx, ["far.test"]))
    host = await host_of(desk)
    assert clock.now() - host.last_heard_at < timedelta(hours=1)
    assert clock.now() - host.last_sent_at < timedelta(hours=1)


@pytest.mark.parametrize("is_welcome", [True, False])
async def test_the_cleaning_forgets_silent_servers_but_those_an_admin_has_seen(
    desk: Town, ana: Stranger, is_welcome: bool
) -> None:
    if is_welcome:
        await send(desk, SERVERS, deed="review", host="far.test")

    def two_years_pass(tx: Any) -> None:
        long_ago = tx.now - timedelta(days=730)
        tx.connection.execute(
            update(Host).values(
                id=id_at(long_ago), last_heard_at=long_ago, scheme_checked_at=long_ago
            )
        )

    await desk.instance.house.db.write(two_years_pass)
    await desk.instance.house.db.write(clean_up)

    assert (await host_of(desk) is not None) is is_welcome
