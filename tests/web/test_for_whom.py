"""An offer and a date for a circle: chosen on their forms, read by those in it and nobody else."""

import pytest

from microfed.operations.circles import make_circle, put_in_circle
from microfed.operations.follows import request_follow
from microfed.store.database import Tx
from microfed.store.people import Actor
from tests.web.conftest import Town, fill, send, sign_in
from tests.web.test_agenda import CAFE
from tests.web.test_aid import DRILL

FORMS = {"/entraide/new": (DRILL, "/entraide"), "/agenda/new": (CAFE, "/agenda")}


@pytest.fixture
async def circles(town: Town) -> dict[str, int]:
    """Léo follows Amel and is in a circle of hers; another of hers is empty; Béa has one too."""
    fill(town)

    def work(tx: Tx) -> dict[str, int]:
        amel, leo, bea = (tx.session.get_one(Actor, town.people[n]) for n in ("amel", "leo", "bea"))
        request_follow(tx, follower=leo, target=amel)
        made = {
            "full": make_circle(tx, owner=amel, title="Le quai"),
            "empty": make_circle(tx, owner=amel, title="La cour"),
            "other": make_circle(tx, owner=bea, title="Le pont"),
        }
        put_in_circle(tx, made["full"], [leo.id])
        return {name: one.id for name, one in made.items()}

    found: dict[str, int] = town.change(work)
    await sign_in(town, "amel")
    return found


@pytest.mark.parametrize("form", FORMS)
async def test_what_is_for_a_circle_is_chosen_on_the_form_and_read_in_it_alone(
    town: Town, circles: dict[str, int], form: str
) -> None:
    fields, board = FORMS[form]
    shown = (await town.get(form)).text
    assert "My circle: Le quai" in shown and "Le pont" not in shown

    made = await send(town, form, **{**fields, "audience": f"circle-{circles['full']}"})
    assert made.status_code == 303
    where = made.headers["location"]

    await sign_in(town, "leo")
    assert fields["title"] in (await town.get(where)).text
    assert fields["title"] in (await town.get(board)).text
    deed = {"deed": "answer", "words": "Moi !"} if board == "/entraide" else {"answer": "going"}
    assert (await send(town, where, **deed)).status_code == 303
    await sign_in(town, "bea")
    assert (await town.get(where)).status_code == 404
    assert fields["title"] not in (await town.get(board)).text
    town.browser.cookies.clear()
    assert (await town.get(where)).status_code == 404


@pytest.mark.parametrize("form", FORMS)
async def test_a_circle_with_nobody_in_it_or_of_another_is_said_and_all_that_was_typed_stays(
    town: Town, circles: dict[str, int], form: str
) -> None:
    fields, _ = FORMS[form]
    for name in ("empty", "other"):
        again = await send(town, form, **{**fields, "audience": f"circle-{circles[name]}"})
        assert again.status_code == 422
        assert "Nobody is in this circle" in again.text and fields["title"] in again.text
    chosen = f'value="circle-{circles["empty"]}" selected'
    again = await send(town, form, **{**fields, "audience": f"circle-{circles['empty']}"})
    assert chosen in again.text
