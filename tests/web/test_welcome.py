"""The first days in the browser: who is new is seen by those who live here, and greeted."""

import re

import pytest

from microfed.operations.welcome import put_up_card
from microfed.store.people import Member
from tests.web.conftest import Town, send, sign_in
from tests.web.conftest import town as town


@pytest.fixture
async def place(town: Town) -> Town:
    town.add("amel", role="admin", display_name="Amel Haddad")
    town.add("bea", display_name="Béa")
    await sign_in(town, "bea")
    return town


async def test_who_is_new_is_greeted_at_home_until_they_know_the_way(place: Town) -> None:
    home = await place.get("/home")
    assert "Welcome, Béa" in home.text and "looks after the place" in home.text

    answer = await send(place, "/welcome", deed="know")

    assert answer.headers["location"] == "/home"
    assert "Welcome, Béa" not in (await place.get("/home")).text
    assert "Amel Haddad" in (await place.get("/welcome")).text


async def test_a_hello_begins_a_conversation_and_none_at_all_keeps_what_was_typed(
    place: Town,
) -> None:
    amel = str(place.people["amel"])
    unsaid = await send(place, "/welcome", deed="greet", whom=amel, words="   ")
    assert unsaid.status_code == 422 and "Write a few words" in unsaid.text

    said = await send(place, "/welcome", deed="greet", whom=amel, words="Bonjour Amel !")

    assert said.status_code == 303
    post = await place.get(said.headers["location"])
    assert "Bonjour Amel" in post.text and "Only the people named" in post.text
    assert (await send(place, "/welcome", deed="greet", whom="1", words="x")).status_code == 404
    assert (await send(place, "/welcome", deed="greet", whom="x", words="x")).status_code == 404
    assert (await send(place, "/welcome", deed="dance")).status_code == 400


async def test_one_click_follows_the_neighbourhood(place: Town) -> None:
    assert "Follow the neighbourhood" in (await place.get("/home")).text

    answer = await send(place, "/welcome", deed="follow")

    told = (await place.get(answer.headers["location"])).text
    assert "You follow 1 neighbour more" in told and "Follow the neighbourhood" not in told
    again = await send(place, "/welcome", deed="follow")
    assert "You follow everybody here" in (await place.get(again.headers["location"])).text


async def test_a_card_is_put_up_changed_and_taken_down(place: Town) -> None:
    await send(place, "/welcome", deed="card", words="Rue Piat, 4e")
    assert "Rue Piat, 4e" in (await place.get("/welcome")).text
    await send(place, "/welcome", deed="card", words="Rue Piat, <b>5e</b>")
    await sign_in(place, "amel")
    for path in ("/home", "/latest"):
        seen = (await place.get(path)).text
        assert "Rue Piat, &lt;b&gt;5e" in seen and "4e" not in seen

    await sign_in(place, "bea")
    await send(place, "/welcome", deed="down")

    await sign_in(place, "amel")
    assert "Rue Piat" not in (await place.get("/home")).text


async def test_whoever_does_not_live_here_sees_no_card(place: Town) -> None:
    bea = place.people["bea"]
    place.change(lambda tx: put_up_card(tx, member_id=bea, words="Rue Piat, 4e"))
    assert place.change(lambda tx: tx.session.get_one(Member, bea).preferences) == {}
    place.browser.cookies.clear()

    for path in ("/", "/latest", "/@bea", "/latest.atom", "/users/bea", "/about"):
        seen = await place.get(path)
        assert "Rue Piat" not in seen.text, path
    assert (await place.get("/welcome")).status_code == 303


async def test_the_second_screen_asks_for_the_card_and_keeps_the_answer(place: Town) -> None:
    await send(place, "/invitations", uses="1", days="14", note="", email="")
    found = re.search(r'href="https://here\.test(/invite/[^"]+)"', await _links(place))
    assert found is not None
    place.browser.cookies.clear()
    typed = {"name": "leo", "display_name": "Léo", "email": "", "reason": "rue Piat"}

    third = await send(place, found[1], step="2", card="1", **typed)
    assert '<input type="hidden" name="card" value="1">' in third.text
    back = await send(place, found[1], step="3", back="2", card="1", **typed)
    assert 'name="card" value="1" checked' in back.text
    keys = {"password": "trois petits escargots", "again": "trois petits escargots"}
    done = await send(place, found[1], step="3", card="1", agreed="1", **keys, **typed)

    assert done.status_code == 303
    await sign_in(place, "bea")
    assert "rue Piat" in (await place.get("/home")).text


async def _links(place: Town) -> str:
    return (await place.get("/invitations")).text
