"""The first page of the desk in pictures, and one server with all that is known of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from microfed.ids import id_at
from microfed.keeping.check_up import keep_check_up
from microfed.operations.follows import request_follow
from microfed.operations.hosts import host_failed
from microfed.store.database import Tx
from microfed.store.media import StoredFile
from microfed.store.people import Actor
from microfed.store.queues import Activity, Delivery, Host
from microfed.web.desk.overview import HEIGHT, bars, measured
from tests.people import stranger
from tests.web.conftest import Town
from tests.web.desk.test_desk import send

pytestmark = pytest.mark.anyio


def waits(tx: Tx, sender_id: int, *minutes: int) -> None:
    """Messages have been waiting for a server that does not answer."""
    host_failed(tx, "down.test", "no answer")
    about: dict[str, Any] = {"sender_id": sender_id, "kind": "Create", "body": b"{}"}
    activity = Activity(id=id_at(tx.now), uri="https://here.test/activities/1", **about)
    tx.session.add(activity)
    tx.flush()
    for minute in minutes:
        tx.session.add(
            Delivery(
                id=id_at(tx.now - timedelta(minutes=minute)),
                activity_id=activity.id,
                sender_id=sender_id,
                host="down.test",
                inbox="https://down.test/inbox",
                due_at=tx.now,
            )
        )
    tx.flush()


def test_the_tallest_bar_fills_a_plot_and_nothing_is_no_bar() -> None:
    plot = bars([0, 1, 500])

    assert [bar.height for bar in plot] == [0, 2, HEIGHT - 4]
    assert [bar.y + bar.height for bar in plot] == [HEIGHT] * 3
    assert [bar.height for bar in bars([0, 0])] == [0, 0]


def test_what_comes_from_elsewhere_is_beside_its_budget_the_rest_beside_the_disk() -> None:
    mine, others = measured({"posts": 600, "elsewhere": 50}, free=350, budget=200)

    assert (mine.percent, mine.most) == (60, None)
    assert (others.percent, others.most) == (25, 0.0002)


async def test_what_waits_is_shown_by_its_age_and_with_whom_it_waits_for(desk: Town) -> None:
    assert "(nothing waits)" in (await desk.get("/desk")).text

    desk.change(lambda tx: waits(tx, desk.people["leo"], 1, 2, 30, 200, 3000))

    page = (await desk.get("/desk")).text
    # The plot says in words what it shows.
    assert "Messages on their way, from the youngest to the oldest: 2, 1, 1, 0, 1" in page
    assert "5 messages are on their way." in page
    assert "down.test" in page


async def test_members_and_words_of_each_week_are_shown(desk: Town) -> None:
    def left(tx: Tx) -> None:
        tx.session.get_one(Actor, desk.people["bea"]).gone_at = tx.now - timedelta(days=8)

    desk.change(left)

    page = (await desk.get("/desk")).text

    assert "Members, at the end of each week: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2" in page
    assert "(today: 2)" in page


async def test_a_certificate_that_ends_soon_is_told_before_it_ends(desk: Town) -> None:
    def until(**more: int) -> Any:
        return lambda tx: keep_check_up(tx, [], certificate_until=tx.now + timedelta(**more))

    assert "certificate is good" not in (await desk.get("/desk")).text
    desk.change(until(days=63, hours=1))
    well = (await desk.get("/desk")).text
    desk.change(until(days=3, hours=1))
    soon = (await desk.get("/desk")).text
    desk.change(until(days=-1))
    ended = (await desk.get("/desk")).text

    assert "</span> The certificate is good for 63 more days." in well
    assert "<strong>The certificate is good for 3 more days.</strong>" in soon
    assert "<strong>The certificate has ended" in ended


async def test_storage_is_shown_by_kind_with_its_budget(desk: Town) -> None:
    def keep(tx: Tx) -> None:
        about: dict[str, Any] = {"slot": "avatar", "sha256": "00", "actor_id": desk.people["leo"]}
        tx.session.add(StoredFile(key="a.jpg", bytes=48_000_000, **about))

    assert "No pictures or films are kept yet." in (await desk.get("/desk")).text
    desk.change(keep)

    page = (await desk.get("/desk")).text

    assert "Pictures of profiles" in page and "48 MB" in page
    assert "MB are free on the disk." in page


async def test_a_server_is_shown_with_who_follows_whom_and_tried_again(desk: Town) -> None:
    def meet(tx: Tx) -> None:
        leo = tx.session.get_one(Actor, desk.people["leo"])
        eva = stranger(tx, "eva@down.test")
        request_follow(tx, follower=eva, target=leo)
        waits(tx, leo.id, 10)

    desk.change(meet)
    page = (await desk.get("/desk/servers/down.test")).text
    assert "Does not answer" in page and "2 messages wait for it." in page  # the yes to eva too
    assert "@eva" in page and "is followed by" in page
    assert "No rule of its own holds for it." in page

    to = {"host": "down.test", "back": "/desk/servers/down.test"}
    tried = await send(desk, "/servers", deed="retry", **to)
    ruled = await send(desk, "/servers", deed="rule", action="limit", comment="bruit", **to)

    assert tried.headers["location"] == "/desk/servers/down.test?said=done"
    assert ruled.headers["location"] == "/desk/servers/down.test?said=done"
    page = (await desk.get("/desk/servers/down.test")).text
    assert "bruit" in page
    host = desk.change(lambda tx: tx.session.scalars(select(Host)).one())
    assert host.retry_at is None
    assert (await desk.get("/desk/servers/nowhere.test")).status_code == 404


async def test_the_servers_page_says_whom_the_place_speaks_with(desk: Town) -> None:
    page = (await desk.get("/desk/servers")).text

    assert "With every server, except those that a rule shuts out." in page


async def test_the_desk_begins_with_its_answer(desk: Town) -> None:
    page = (await desk.get("/desk")).text

    said = re.search(r'class="verdict"><strong>(\w+) things wait for you', page)
    assert said is not None
    assert said[1] == str(page.count('class="line open"'))
