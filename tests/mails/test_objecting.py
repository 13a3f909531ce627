"""Whoever is shut out learns why, says once why it is not right, and hears what became of it."""

import re

import pytest

from microfed.operations.appeals import answer_appeal
from microfed.operations.moderation import act, lift
from microfed.queries.moderation import open_appeals
from microfed.queries.pages import Page
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from tests.mails.conftest import Post, send_mails
from tests.mails.conftest import place as place
from tests.mails.conftest import post as post
from tests.people import has_device
from tests.web.conftest import PASSWORD, PASSWORD_HASH, Town, send
from tests.web.conftest import town as town

SAID = "C'était la fanfare."


def shut_out(place: Town, action: str = "suspend", address: str | None = "bea@mail.test") -> None:
    """Béa lives here, and is kept out by Amel."""
    place.add("amel", role="admin")
    place.add("bea")

    def work(tx: Tx) -> None:
        amel, bea = (tx.session.get_one(Actor, place.people[name]) for name in ("amel", "bea"))
        member = tx.session.get_one(Member, bea.id)
        member.email, member.password_hash = address, PASSWORD_HASH
        act(tx, by=amel, target=bea, action=action, text="Trop de bruit.")

    place.change(work)


def decide(place: Town, *, is_granted: bool) -> None:
    """Amel answers."""

    def work(tx: Tx) -> None:
        (strike,) = open_appeals(tx, Page(limit=5))
        amel = tx.session.get_one(Actor, place.people["amel"])
        answer_appeal(tx, by=amel, strike=strike, is_granted=is_granted)

    place.change(work)


async def link(place: Town, post: Post) -> str:
    """Return where the last mail leads."""
    await send_mails(place)
    (path,) = re.findall(r"https://here\.test(/\S+)", post.mails[-1].get_content())
    return str(path)


async def signs_in(place: Town) -> tuple[int, str]:
    answer = await send(place, "/sign-in", name="bea", password=PASSWORD)
    return answer.status_code, answer.headers.get("location", "")


@pytest.mark.parametrize("is_granted", [True, False])
async def test_whoever_is_shut_out_objects_by_the_link_of_the_mail_once(
    place: Town, post: Post, is_granted: bool
) -> None:
    # Given Béa, who is shut out and has an address
    shut_out(place)
    path = await link(place, post)

    # When she opens it, says nothing, and then why
    page = await place.get(path)
    assert page.status_code == 200 and "Trop de bruit." in page.text
    assert "you sign in as before" in page.text and "you hear of it by mail" in page.text
    assert (await send(place, path, text=" ")).status_code == 422
    said = await send(place, path, text=SAID)

    # Then it waits to be read; the page says so, and takes no second one
    assert said.status_code == 200
    assert "C&#39;était la fanfare." in said.text and "It waits to be read." in said.text
    again = await send(place, path, text="Encore")
    assert again.status_code == 200 and "Encore" not in again.text
    waiting = place.change(lambda tx: [one.appeal for one in open_appeals(tx, Page(limit=5))])
    assert waiting == [SAID]

    # And once it is answered, the mail leads to where she sees how it stands
    decide(place, is_granted=is_granted)
    answered = await link(place, post)
    if is_granted:
        assert answered == "/sign-in"
        assert "You can come back" in (await place.get(path)).text
        assert (await send(place, path, text="Encore")).status_code == 200
        assert await signs_in(place) == (303, "/")
    else:
        assert "it stands" in (await place.get(answered)).text
        assert "it stands" in (await place.get(path)).text
        assert (await signs_in(place))[1].startswith("/objection/")


@pytest.mark.parametrize("action", ["suspend", "freeze"])
async def test_whoever_has_no_address_learns_it_by_signing_in(place: Town, action: str) -> None:
    shut_out(place, action, address=None)

    status, path = await signs_in(place)
    assert (status, path[:11]) == (303, "/objection/")
    assert "Trop de bruit." in (await place.get(path)).text
    said = await send(place, path, text=SAID)

    assert "The answer stands on this page" in said.text
    # Neither a wrong password nor a session comes of it.
    wrong = await send(place, "/sign-in", name="bea", password="wrong")
    assert (wrong.status_code, "Trop de bruit" in wrong.text) == (401, False)
    assert (await place.get("/home")).status_code == 303


async def test_a_password_alone_tells_nothing_of_who_signs_in_in_two_steps(place: Town) -> None:
    shut_out(place)
    place.change(lambda tx: has_device(tx, place.people["bea"]))

    answer = await send(place, "/sign-in", name="bea", password=PASSWORD)

    assert (answer.status_code, "Trop de bruit" in answer.text) == (403, False)
    assert "The mail we sent you says why" in answer.text


async def test_whoever_waits_to_be_let_in_is_told_so(place: Town) -> None:
    place.add("bea")

    def waits(tx: Tx) -> None:
        member = tx.session.get_one(Member, place.people["bea"])
        member.approved_at, member.password_hash = None, PASSWORD_HASH

    place.change(waits)

    answer = await send(place, "/sign-in", name="bea", password=PASSWORD)

    assert (answer.status_code, "have not answered yet" in answer.text) == (403, True)


async def test_what_is_taken_back_needs_no_answer_any_more(place: Town, post: Post) -> None:
    shut_out(place)
    await send(place, await link(place, post), text=SAID)

    def let_back(tx: Tx) -> None:
        amel, bea = (tx.session.get_one(Actor, place.people[name]) for name in ("amel", "bea"))
        lift(tx, by=amel, target=bea, action="suspend")

    place.change(let_back)

    assert place.change(lambda tx: open_appeals(tx, Page(limit=5))) == []
    assert await signs_in(place) == (303, "/")


async def test_a_link_that_is_none_says_how_to_go_on(place: Town) -> None:
    answer = await place.get("/objection/nothing")

    assert answer.status_code == 410
    assert "where you are shut out, you are shown why" in answer.text
    assert (await send(place, "/objection/nothing", text="x")).status_code == 410
