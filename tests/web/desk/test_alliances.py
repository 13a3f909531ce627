"""Two admins ally in their browsers, and neighbours talk in the ring."""

import httpx
import pytest

from microfed.operations.alliances import list_alliances
from tests.federation.stranger import make_stranger
from tests.fediverse import Fediverse, Instance
from tests.web.conftest import BROWSER, Town, fill, sign_in

pytestmark = pytest.mark.anyio
HERE = {"Origin": "https://here.test"}
THERE = {"Origin": "https://there.test"}


def states(place: Instance) -> dict[str, str]:
    with place.house.db.reading() as tx:
        return {one.host: one.state for one in list_alliances(tx)}


async def second(fediverse: Fediverse) -> tuple[Town, httpx.AsyncClient]:
    """Another place, with an admin called Noé who is signed in."""
    there = await fediverse.instance("there.test", name="Belleville")
    browser = httpx.AsyncClient(
        transport=httpx.ASGITransport(there.app, raise_app_exceptions=False),
        base_url="https://there.test",
        headers=BROWSER,
    )
    town = Town(there, browser)
    town.add("noe", role="admin")
    return town, browser


async def test_two_admins_ally_and_a_word_in_the_ring_is_answered(
    desk: Town, fediverse: Fediverse
) -> None:
    other, browser = await second(fediverse)
    async with browser:
        await sign_in(other, "noe")

        # Amel proposes, Noé says yes
        answer = await desk.browser.post(
            "/desk/ring", data={"deed": "propose", "host": "there.test"}, headers=HERE
        )
        assert answer.status_code == 303
        await fediverse.settle()
        page = await other.get("/desk/ring")
        assert "They follow us" in page.text
        await browser.post(
            "/desk/ring", data={"deed": "propose", "host": "here.test"}, headers=THERE
        )
        await fediverse.settle()
        assert (states(desk.instance), states(other.instance)) == (
            {"there.test": "allied"},
            {"here.test": "allied"},
        )

        # Amel writes to the ring, and Noé reads it on the page of the ring, and answers
        written = await desk.browser.post(
            "/write",
            data={"once": "a", "source": "Qui a une échelle ?", "audience": "ring"},
            headers=HERE,
        )
        assert written.status_code == 303
        await fediverse.settle()
        shown = await other.get("/allies")
        assert "Qui a une échelle" in shown.text
        assert "Neighbours and allied places" in shown.text
        # A stranger is told who is allied, and nothing else
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(other.instance.app),
            base_url="https://there.test",
            headers=BROWSER,
        ) as stranger:
            outside = await stranger.get("/allies")
        assert "here.test" in outside.text
        assert "échelle" not in outside.text

        # And the end of it is said, and stands in the journal
        place = _place(other)
        await browser.post("/desk/ring", data={"deed": "end", "place": str(place)}, headers=THERE)
        await fediverse.settle()
        assert states(desk.instance) == states(other.instance) == {}
        journal = await other.get("/desk/journal", **{"Accept-Language": "fr"})
        assert "a mis fin à l’alliance avec here.test" in journal.text


def _place(town: Town) -> int:
    with town.instance.house.db.reading() as tx:
        return list_alliances(tx)[0].id


@pytest.mark.parametrize("host", ["nowhere.test", "not a host", ""])
async def test_where_no_place_answers_the_form_keeps_what_was_typed(desk: Town, host: str) -> None:
    answer = await desk.browser.post(
        "/desk/ring", data={"deed": "propose", "host": host}, headers=HERE
    )

    assert answer.status_code == 200
    assert "Nobody answers there for a place" in answer.text
    assert f'value="{host}"' in answer.text
    assert states(desk.instance) == {}


async def test_a_place_without_allies_says_what_to_do_next(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    page = await town.get("/allies")

    assert "This place has no allies yet." in page.text
    assert 'href="/desk/ring"' in page.text


async def test_what_an_ally_advises_is_done_with_one_press_and_never_alone(
    desk: Town, fediverse: Fediverse
) -> None:
    other, browser = await second(fediverse)
    async with browser:
        await sign_in(other, "noe")
        given = {"deed": "propose", "host": "there.test"}
        await desk.browser.post("/desk/ring", data=given, headers=HERE)
        await fediverse.settle()
        given = {"deed": "propose", "host": "here.test"}
        await browser.post("/desk/ring", data=given, headers=THERE)
        rule = {"deed": "rule", "host": "bad.test", "action": "block", "comment": "spam <b>"}
        await browser.post("/desk/servers", data=rule, headers=THERE)
        await browser.post("/desk/ring", data={"deed": "share", "shared": "1"}, headers=THERE)
        assert 'name="shared" value="1" checked' in (await other.get("/desk/ring")).text
        await fediverse.settle()

        eve = make_stranger(fediverse, "eve@bad.test")
        follow = eve.activity("Follow", "f", "https://here.test/users/amel")
        await eve.sends(desk.instance, follow)

        # When Amel asks what allies advise
        await desk.browser.post("/desk/ring", data={"deed": "ask"}, headers=HERE)
        await fediverse.settle()
        page = (await desk.get("/desk/ring")).text

        # Then she reads it, and nothing holds until she says so
        assert "there.test shuts it out: spam &lt;b&gt;" in page
        assert "No rules: every server may speak with us." in (await desk.get("/desk/servers")).text
        assert "there.test shuts it out" in (await desk.get("/desk/servers/bad.test")).text
        same = {**rule, "back": "/desk/ring"}
        answer = await desk.browser.post("/desk/servers", data=same, headers=HERE)
        assert answer.headers["location"] == "/desk/ring?said=done"
        page = (await desk.get("/desk/ring")).text
        assert "shuts it out" not in page and "Nothing that we do not do already" in page
        assert "bad.test" in (await desk.get("/desk/servers")).text
        await browser.post("/desk/ring", data={"deed": "share"}, headers=THERE)
        assert "keeps the rules for servers from allies" in (await other.get("/desk/journal")).text
