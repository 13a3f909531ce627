"""A member who lost the way in is let in again: signed out, by a link, without a lost device."""

import re

import httpx
import pytest
from sqlalchemy import select

from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.access import Session
from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.moderation import Deed
from microfed.store.people import Member
from tests.people import has_device
from tests.web.conftest import BROWSER, Town, send

pytestmark = pytest.mark.anyio

FRESH = {"fresh": "une porte jaune", "again": "une porte jaune"}
LINK = re.compile(r"https://here\.test(/reset/[\w-]+)")


def sessions_of(desk: Town, name: str) -> int:
    with desk.instance.house.db.reading() as tx:
        return len(
            tx.session.scalars(
                select(Session.id).where(Session.member_id == desk.people[name])
            ).all()
        )


def has_second_step(desk: Town, name: str) -> bool:
    with desk.instance.house.db.reading() as tx:
        return signs_in_in_two_steps(tx, desk.people[name])


async def signed_in_as(desk: Town, name: str, password: str) -> httpx.Response:
    transport = httpx.ASGITransport(desk.instance.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://here.test", headers=BROWSER
    ) as browser:
        return await browser.post(
            "/sign-in",
            data={"name": name, "password": password, "next": "/home"},
            headers={"Origin": "https://here.test"},
        )


async def reset(desk: Town, name: str, **more: str) -> httpx.Response:
    return await send(desk, f"/desk/people/{desk.people[name]}", deed="reset", **more)


async def test_the_link_is_shown_once_and_opens_once(desk: Town) -> None:
    answer = await reset(desk, "leo")

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    [path] = LINK.findall(answer.text)
    assert path not in (await desk.get(f"/desk/people/{desk.people['leo']}")).text
    assert (await send(desk, path, **FRESH)).status_code == 303
    assert (await send(desk, path, **FRESH)).status_code == 410
    assert (await signed_in_as(desk, "leo", FRESH["fresh"])).headers["location"] == "/home"


async def test_whoever_was_signed_in_is_signed_out_and_it_stands_in_the_journal(desk: Town) -> None:
    [path] = LINK.findall((await reset(desk, "leo")).text)
    await send(desk, path, **FRESH)
    await signed_in_as(desk, "leo", FRESH["fresh"])
    assert sessions_of(desk, "leo") == 1

    await reset(desk, "leo")

    assert sessions_of(desk, "leo") == 0
    assert "gave @leo a link to sign in again" in (await desk.get("/desk/journal")).text


@pytest.mark.parametrize("is_lost", [True, False])
async def test_the_second_step_goes_only_with_the_device_that_was_lost(
    desk: Town, is_lost: bool
) -> None:
    desk.change(lambda tx: has_device(tx, desk.people["leo"]))

    await reset(desk, "leo", **({"device": "on"} if is_lost else {}))

    assert has_second_step(desk, "leo") is not is_lost
    journal = (await desk.get("/desk/journal")).text
    assert ("whose device is lost" in journal) is is_lost


async def test_one_cannot_let_oneself_in_again_from_an_open_browser(desk: Town) -> None:
    answer = await reset(desk, "amel", device="on")

    assert answer.headers["location"].endswith("?said=not")
    assert has_second_step(desk, "amel")
    assert sessions_of(desk, "amel") == 1


async def test_the_link_goes_by_mail_and_is_not_shown_then(desk: Town) -> None:
    def tell_address(tx: Tx) -> None:
        tx.session.get_one(Member, desk.people["leo"]).email = "leo@mail.test"

    desk.change(tell_address)

    answer = await reset(desk, "leo", by_mail="on")

    assert LINK.search(answer.text) is None
    with desk.instance.house.db.reading() as tx:
        [mail] = tx.session.scalars(select(Mail)).all()
        [deed] = tx.session.scalars(select(Deed)).all()
    assert (mail.kind, mail.address) == ("reset", "leo@mail.test")
    assert deed.details == {"by_mail": True}


async def test_without_an_address_nothing_is_mailed_and_nothing_changes(desk: Town) -> None:
    desk.change(lambda tx: has_device(tx, desk.people["leo"]))

    answer = await reset(desk, "leo", by_mail="on", device="on")

    assert answer.headers["location"].endswith("?said=wrong")
    assert has_second_step(desk, "leo")
