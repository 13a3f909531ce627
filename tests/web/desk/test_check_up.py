"""The doctor's round at the desk: asked for in the browser, walked by the server, read there."""

import os
from datetime import timedelta

import pytest

from microfed import clock
from microfed.keeping.check_up import last_check_up, order_check_up_daily
from microfed.keeping.doctor import STAMP
from microfed.workers.do_jobs import DoJobs
from microfed.workers.running import Wake
from tests.web.conftest import Town, send

pytestmark = pytest.mark.anyio


async def look_round(desk: Town) -> None:
    """The worker takes up what was asked for."""
    house = desk.instance.house
    assert await DoJobs(house, Wake(house.db, "jobs")).do_due() == 1


async def page_of(desk: Town, path: str = "/desk/check-up") -> str:
    return (await desk.browser.get(path)).text


async def test_a_round_is_asked_for_walked_and_read(desk: Town) -> None:
    assert "It has not looked yet" in await page_of(desk)
    assert "The house has not been looked at yet." in await page_of(desk, "/desk")

    answer = await send(desk, "/desk/check-up")
    assert answer.headers["location"] == "/desk/check-up"
    assert "It is looking now." in await page_of(desk)
    await look_round(desk)

    page = await page_of(desk)
    assert "It is looking now." not in page
    # Nobody in the world knows here.test, and this machine was never backed up.
    assert "The name on the net" in page
    assert "microfed backup --to" in page
    assert "do not work as they should." in await page_of(desk, "/desk")


async def test_asking_twice_is_asking_once(desk: Town) -> None:
    await send(desk, "/desk/check-up")
    await send(desk, "/desk/check-up")

    await look_round(desk)


async def test_the_server_looks_by_itself_once_a_day(desk: Town) -> None:
    db = desk.instance.house.db
    await db.write(order_check_up_daily)
    await look_round(desk)
    found = await db.read(last_check_up)
    assert found is not None

    house = desk.instance.house
    await db.write(order_check_up_daily)

    assert await DoJobs(house, Wake(db, "jobs")).do_due() == 0
    assert await db.read(last_check_up) == found


async def test_a_backup_is_seen_wherever_it_went(desk: Town) -> None:
    assert "Nothing was ever put by" in await page_of(desk, "/desk")
    folder = desk.instance.house.settings.data / "backups"
    folder.mkdir()
    (folder / STAMP).touch()

    assert "Everything was put by" in await page_of(desk, "/desk")

    long_ago = (clock.now() - timedelta(days=20)).timestamp()
    os.utime(folder / STAMP, (long_ago, long_ago))
    assert "Everything was put by" in await page_of(desk, "/desk")
    assert "<strong>Everything was put by" in await page_of(desk, "/desk")


async def test_the_house_is_shown_to_admins_alone(desk: Town) -> None:
    await send(desk, "/sign-out")

    assert (await desk.browser.get("/desk/check-up")).status_code == 303
