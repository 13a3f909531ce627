"""Guests: people without an account say by mail that they come, and say no by the same link."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from microfed.operations.event_guests import forget_guests
from microfed.operations.event_rows import Plan
from microfed.operations.events import cancel_event, edit_event, publish_event
from microfed.operations.letters import CAP_BY_ADDRESS
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor
from microfed.store.posts import Post as Said
from microfed.vocab.audience import Audience
from tests.mails.conftest import Post, send_mails
from tests.mails.conftest import place as place
from tests.mails.conftest import post as post
from tests.web.conftest import Town, send
from tests.web.conftest import town as town

ZOE = {"name": "Zoé", "address": "zoe@mail.test"}


def plan(tx: Tx, **more: Any) -> Plan:
    values = {"zone": "Europe/Paris", "capacity": 1, "takes_mail": True, **more}
    return Plan("Repas dans la cour", tx.now.replace(microsecond=0) + timedelta(days=3), **values)


def planned(place: Town, audience: Audience = Audience.PUBLIC, **more: Any) -> str:
    """Amel plans something; return its page."""
    place.people.get("amel") or place.add("amel", language="fr")

    def work(tx: Tx) -> int:
        amel = tx.session.get_one(Actor, place.people["amel"])
        return publish_event(tx, author=amel, plan=plan(tx, **more), audience=audience).id

    return f"/agenda/{place.change(work)}"


def change(place: Town, where: str, how: Any, **more: Any) -> None:
    """Amel changes her mind."""

    def work(tx: Tx) -> None:
        amel = tx.session.get_one(Actor, place.people["amel"])
        said = tx.session.get_one(Said, int(where.rsplit("/", 1)[1]))
        how(tx, author=amel, post=said, **more)

    place.change(work)


def states(place: Town) -> list[tuple[str, str]]:
    asked = select(EventAnswer.name, EventAnswer.state).order_by(EventAnswer.id)
    return [tuple(row) for row in place.change(lambda tx: tx.connection.execute(asked).all())]


async def mail(place: Town, post: Post) -> tuple[str, str]:
    """Let what is due be sent; return the newest subject, and the path of the link in it."""
    await send_mails(place)
    (link,) = re.findall(r"https://here\.test(/\S+)", post.mails[-1].get_content())
    return str(post.mails[-1]["Subject"]), str(link)


async def test_a_guest_comes_another_waits_and_gets_the_place_that_is_freed(
    place: Town, post: Post
) -> None:
    where = planned(place)
    french = {"Accept-Language": "fr"}
    assert "Venir sans compte" in (await place.get(where, **french)).text
    asked = await place.browser.post(
        f"{where}/guest", data=ZOE, headers={"Origin": "https://here.test", **french}
    )
    assert asked.status_code == 200 and "Nous avons écrit" in asked.text
    subject, zoe = await mail(place, post)
    assert subject.startswith("Venez-vous ? Repas dans la cour")
    assert states(place) == [("Zoé", "unproven")]
    assert (await place.get(zoe)).status_code == 200  # looking uses nothing up

    assert (await send(place, zoe, answer="yes")).status_code == 303
    assert (await mail(place, post))[0].startswith("Vous avez une place")
    await send(place, f"{where}/guest", name="Ali", address="ALI@mail.test")
    _, ali = await mail(place, post)
    await send(place, ali, answer="yes")
    assert (await mail(place, post))[0].startswith("You are on the waiting list")
    assert states(place) == [("Zoé", "going"), ("Ali", "waiting")]

    gone = await send(place, zoe, answer="no")
    assert gone.headers["location"] == where
    assert (await mail(place, post))[0].startswith("You have a place")
    assert states(place) == [("Ali", "going")]
    assert (await place.get(zoe)).status_code == 410
    assert (await send(place, zoe, answer="no")).status_code == 410
    page = (await place.get(where)).text
    assert "Ali" not in page and "ali@mail.test" not in page


async def test_guests_hear_of_changes_and_of_the_end(place: Town, post: Post) -> None:
    where = planned(place)
    await send(place, f"{where}/guest", **ZOE)
    _, zoe = await mail(place, post)
    await send(place, zoe, answer="yes")

    moved = place.change(lambda tx: plan(tx, place="Salle des fêtes"))
    change(place, where, edit_event, plan=moved)
    assert (await mail(place, post))[0].startswith("It has changed")
    change(place, where, cancel_event)
    assert (await mail(place, post))[0].startswith("It does not take place")
    assert (await send(place, zoe, answer="yes")).status_code == 422

    def later(tx: Tx) -> int:
        tx.session.scalars(select(Event)).one().starts_at -= timedelta(days=30)
        tx.flush()
        return forget_guests(tx)

    assert place.change(later) == 1
    assert states(place) == []


async def test_what_takes_no_guests_or_is_for_few_takes_none(place: Town, post: Post) -> None:
    closed = planned(place, takes_mail=False)
    local = planned(place, Audience.LOCAL)

    for where in (closed, local, "/agenda/1"):
        assert (await send(place, f"{where}/guest", **ZOE)).status_code == 404
    where = planned(place)
    for wrong in ({"name": " "}, {"name": "x" * 61}, {"address": "no address"}, {"address": ""}):
        again = await send(place, f"{where}/guest", **{**ZOE, **wrong})
        assert again.status_code == 422 and 'role="alert"' in again.text
    assert states(place) == []
    assert (await place.get("/agenda/answer/guess")).status_code == 410


async def test_nobody_can_be_flooded_and_a_second_wish_is_the_same(place: Town, post: Post) -> None:
    where = planned(place)

    answers = [await send(place, f"{where}/guest", **ZOE) for _ in range(CAP_BY_ADDRESS + 1)]

    assert [answer.status_code for answer in answers] == [200] * CAP_BY_ADDRESS + [429]
    assert states(place) == [("Zoé", "unproven")]
    await send_mails(place)
    links = {re.findall(r"/agenda/answer/\S+", m.get_content())[0] for m in post.mails}
    assert len(links) == 1


async def test_without_a_mail_server_the_link_is_shown_at_the_desk(town: Town) -> None:
    where = planned(town)

    asked = await send(town, f"{where}/guest", **ZOE)

    assert "those who look after it will hand you the link" in asked.text
