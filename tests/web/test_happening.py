"""What goes on around here, at home and on the front page: a little of each, for who may see it."""

import re
from datetime import UTC, datetime, timedelta

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.event_rows import Plan
from microfed.operations.events import cancel_event, publish_event
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.web.conftest import Town, fill, send, sign_in

HEADING = "What goes on around here"


def plan(town: Town, title: str, *, days: int = 2, audience: Audience = Audience.PUBLIC) -> int:
    """Léo plans something."""

    def work(tx: Tx) -> int:
        leo = tx.session.get_one(Actor, town.people["leo"])
        starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
        return publish_event(
            tx, author=leo, plan=Plan(title, starts, None, "UTC"), audience=audience
        ).id

    return int(town.change(work))


def offer(town: Town, title: str, *, audience: Audience) -> None:
    """Béa offers something."""

    def work(tx: Tx) -> None:
        bea = tx.session.get_one(Actor, town.people["bea"])
        publish_aid(tx, author=bea, terms=Terms("offer", "loan", title), audience=audience)

    town.change(work)


async def test_a_stranger_reads_what_was_said_to_everyone_and_a_neighbour_the_rest(
    town: Town,
) -> None:
    fill(town)
    plan(town, "Repair café")
    plan(town, "Repas de la cour", audience=Audience.LOCAL)
    offer(town, "Perceuse à prêter", audience=Audience.PUBLIC)
    offer(town, "Clé du local", audience=Audience.LOCAL)

    front = (await town.get("/")).text
    await sign_in(town, "leo")
    home = (await town.get("/home")).text

    assert HEADING in front
    assert [title in front for title in ("Repair café", "Perceuse à prêter")] == [True, True]
    assert [title in front for title in ("Repas de la cour", "Clé du local")] == [False, False]
    for title in ("Repair café", "Repas de la cour", "Perceuse à prêter", "Clé du local"):
        assert title in home


async def test_the_next_three_dates_are_told_in_their_order_and_none_that_was_called_off(
    town: Town,
) -> None:
    fill(town)
    made = {days: plan(town, f"Date {days}", days=days) for days in (9, 3, 7, 5)}

    def call_off(tx: Tx) -> None:
        leo = tx.session.get_one(Actor, town.people["leo"])
        cancel_event(tx, author=leo, post=tx.session.get_one(Post, made[5]))

    town.change(call_off)

    front = (await town.get("/")).text

    soon = front[front.index(HEADING) :]
    assert re.findall(r">(Date \d)</strong>", soon) == ["Date 3", "Date 7", "Date 9"]


async def test_what_is_talked_over_is_told_to_those_who_may_vote(town: Town) -> None:
    fill(town)
    await sign_in(town, "leo")
    asked = await send(
        town, "/consultations/new", title="Un banc sur la place ?", words="Où ?", audience="local"
    )
    assert asked.status_code == 303, asked.text

    assert "Un banc sur la place" in (await town.get("/home")).text
    await send(town, "/sign-out")
    assert "Un banc sur la place" not in (await town.get("/")).text


async def test_where_nothing_goes_on_nothing_is_said_of_it(town: Town) -> None:
    fill(town)
    await sign_in(town, "leo")

    assert HEADING not in (await town.get("/home")).text
    assert HEADING not in (await town.get("/")).text
