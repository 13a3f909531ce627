"""From an invitation to a home, in three screens, without a script."""

import re
from xml.etree import ElementTree

import httpx
import pytest

from tests.fediverse import Fediverse
from tests.mails.conftest import Post, send_mails
from tests.mails.conftest import place as place
from tests.mails.conftest import post as post
from tests.web.conftest import BROWSER, ORIGIN, PASSWORD, Town, send, sign_in
from tests.web.conftest import town as town


@pytest.fixture
async def amel(town: Town) -> Town:
    town.add("amel", role="admin", display_name="Amel Haddad")
    await sign_in(town, "amel")
    return town


async def link(town: Town, **more: str) -> str:
    await send(town, "/invitations", uses="1", days="14", note="Viens !", email="", **more)
    found = re.search(r'href="https://here\.test(/invite/[^"]+)"', await _text(town))
    assert found is not None
    return found[1]


async def _text(town: Town) -> str:
    return (await town.get("/invitations")).text


def stranger(town: Town) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(town.instance.app, raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="https://here.test", headers={**BROWSER, **ORIGIN}
    )


async def test_three_screens_lead_in_and_keep_what_was_typed(amel: Town) -> None:
    path = await link(amel)
    async with stranger(amel) as leo:
        first = await leo.get(path)
        assert "Amel Haddad" in first.text and "Viens !" in first.text
        wrong = await leo.post(path, data={"step": "1", "name": "Lé o", "display_name": "Léo R."})
        assert wrong.status_code == 422 and "Léo R." in wrong.text
        typed = {"name": "leo", "display_name": "Léo R.", "email": "", "reason": "rue Piat"}
        assert 'id="reason"' in (await leo.post(path, data={**typed, "step": "1"})).text
        last = await leo.post(path, data={**typed, "step": "2"})
        assert 'value="rue Piat"' in last.text
        back = await leo.post(path, data={**typed, "step": "3", "back": "2"})
        assert "rue Piat" in back.text
        unsure = await leo.post(
            path, data={**typed, "step": "3", "password": PASSWORD, "again": PASSWORD}
        )
        assert unsure.status_code == 422
        done = await leo.post(
            path,
            data={**typed, "step": "3", "password": PASSWORD, "again": PASSWORD, "agreed": "1"},
        )

        assert (done.status_code, done.headers["location"]) == (303, "/home")
        assert (await leo.get("/home")).status_code == 200
        assert (await leo.get(path)).status_code == 410


async def test_a_link_can_be_withdrawn(amel: Town) -> None:
    path = await link(amel)
    id_ = re.search(r'name="withdraw" value="(\d+)"', await _text(amel))
    assert id_ is not None

    await send(amel, "/invitations", withdraw=id_[1])

    assert (await amel.get(path)).status_code == 410
    assert path not in await _text(amel)


async def test_an_invitation_by_mail_leads_to_the_same_door(place: Town, post: Post) -> None:
    place.add("amel", role="admin")
    await sign_in(place, "amel")
    await send(place, "/invitations", uses="1", days="14", note="", email="leo@mail.test")
    await send_mails(place)

    found = re.search(r"https://here\.test(/invite/\S+)", post.mails[0].get_content())

    assert found is not None and post.recipients == ["leo@mail.test"]
    assert (await place.get(found[1])).status_code == 200


async def test_an_address_that_brings_another_recipient_is_refused(amel: Town) -> None:
    answer = await send(
        amel, "/invitations", uses="1", days="14", email="a@mail.test\r\nBcc: b@mail.test"
    )

    assert answer.status_code == 422
    assert "/invite/" not in await _text(amel)


async def test_a_poster_has_the_link_on_it_and_on_each_strip(amel: Town) -> None:
    path = await link(amel)
    found = re.search(r'href="(/invitations/\d+/poster-a4.svg)"', await _text(amel))
    assert found is not None

    poster = await amel.get(found[1], **{"Accept-Language": "fr"})

    assert poster.headers["content-type"] == "image/svg+xml"
    assert poster.text.count(f"https://here.test{path}<") == 9
    assert "Entrez" in poster.text
    ElementTree.fromstring(poster.text)
    for size in ("a4", "a5"):
        paper = await amel.get(found[1].replace("a4.svg", f"{size}.pdf"))
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF-")
    for wrong in ("a3.pdf", "a4.exe"):
        assert (await amel.get(found[1].replace("a4.svg", wrong))).status_code == 404
    async with stranger(amel) as leo:
        assert (await leo.get(found[1])).status_code == 401
        assert (await leo.get(found[1].replace(".svg", ".pdf"))).status_code == 401


async def place_with(fediverse: Fediverse, registration: str) -> Town:
    """A place whose door stands like that."""
    there = await fediverse.instance("here.test", name="Ménilmontant", registration=registration)
    transport = httpx.ASGITransport(there.app, raise_app_exceptions=False)
    browser = httpx.AsyncClient(transport=transport, base_url="https://here.test", headers=BROWSER)
    return Town(there, browser)


@pytest.mark.parametrize("registration", ["open", "approval"])
async def test_where_the_door_is_open_one_comes_in_without_an_invitation(
    fediverse: Fediverse, registration: str
) -> None:
    town = await place_with(fediverse, registration)
    town.add("amel", role="admin")
    typed = {"name": "leo", "display_name": "Léo", "email": "", "reason": "rue Piat"}
    keys = {"password": PASSWORD, "again": PASSWORD, "agreed": "1"}
    async with stranger(town) as leo:
        assert 'href="/join"' in (await leo.get("/about")).text
        assert 'id="name"' in (await leo.get("/join")).text
        done = await leo.post("/join", data={**typed, **keys, "step": "3"})

        # Then they are in at once, or wait with what they said
        if registration == "open":
            assert (done.status_code, done.headers["location"]) == (303, "/home")
            return
        assert "You are expected" in done.text
        assert (await leo.get("/home")).status_code != 200
    await sign_in(town, "amel")
    waiting = await town.get("/desk/people?state=pending")
    assert "leo" in waiting.text


@pytest.mark.parametrize("registration", ["invite", "closed"])
async def test_where_the_door_is_closed_it_says_so_and_nobody_comes_in(
    fediverse: Fediverse, registration: str
) -> None:
    town = await place_with(fediverse, registration)
    town.add("amel", role="admin")
    typed = {"name": "leo", "reason": "rue Piat", "step": "3"}
    keys = {"password": PASSWORD, "again": PASSWORD, "agreed": "1"}
    async with stranger(town) as leo:
        page = await leo.get("/join")
        assert page.status_code == 200 and 'id="name"' not in page.text
        answer = await leo.post("/join", data={**typed, **keys})

        assert answer.status_code == 410
        assert (await leo.get("/@leo")).status_code == 404
