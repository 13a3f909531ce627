"""What an admin decides about the place at the desk holds at once, everywhere, and goes back."""

import httpx
import pytest
from sqlalchemy import select

from microfed.operations.hosts import is_refused
from microfed.store.media import CustomEmoji
from microfed.store.moderation import Deed
from tests.media.pictures import encoded, picture
from tests.web.conftest import Town

pytestmark = pytest.mark.anyio
ORIGIN = {"Origin": "https://here.test"}


async def post(town: Town, path: str, status: int = 303, **fields: str) -> httpx.Response:
    answer = await town.browser.post(path, data=fields, headers=ORIGIN)
    assert answer.status_code == status, answer.text[:500]
    return answer


async def newest_deed(desk: Town) -> Deed:
    with desk.instance.house.db.reading() as tx:
        return tx.session.scalars(select(Deed).order_by(Deed.id.desc())).first()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("closed", "does not talk to others"),
        ("ring", "the neighbourhoods it has made friends with"),
        ("allowlist", "chosen one by one"),
    ],
)
async def test_whom_the_place_speaks_with_is_chosen_shown_and_taken_back(
    desk: Town, mode: str, words: str
) -> None:
    await post(desk, "/desk/place", deed="federation", federation=mode)

    with desk.instance.house.db.reading() as tx:
        assert is_refused(tx, "far.test")
    assert words in (await desk.get("/about")).text
    assert f'value="{mode}" checked' in (await desk.get("/desk/place")).text
    api = (await desk.browser.get("/api/v2/instance")).json()
    assert api["configuration"]["limited_federation"] is True

    await post(desk, "/desk/journal", line=str((await newest_deed(desk)).id))

    with desk.instance.house.db.reading() as tx:
        assert not is_refused(tx, "far.test")
    assert (await newest_deed(desk)).action == "federation_open"


async def test_what_was_decided_anew_since_is_not_taken_back(desk: Town) -> None:
    await post(desk, "/desk/place", deed="federation", federation="ring")
    first = await newest_deed(desk)
    await post(desk, "/desk/place", deed="federation", federation="closed")

    answer = await post(desk, "/desk/journal", line=str(first.id))

    assert answer.headers["location"] == "/desk/journal?said=late"
    assert (await newest_deed(desk)).action == "federation_closed"
    assert (await newest_deed(desk)).undone_at is None


async def test_how_one_comes_in_holds_for_pages_and_apps(desk: Town) -> None:
    assert (await desk.browser.get("/api/v1/instance")).json()["registrations"] is False

    await post(desk, "/desk/place", deed="registration", registration="approval")

    for api in ("/api/v1/instance", "/api/v2/instance"):
        said = (await desk.browser.get(api)).json()
        said = said["registrations"] if api.endswith("v2/instance") else said
        assert said["approval_required"] is True
    assert 'name="name"' in (await desk.get("/join")).text
    await post(desk, "/desk/place", deed="registration", registration="closed")
    assert "Nobody can move in at the moment" in (await desk.get("/join")).text
    nodeinfo = (await desk.browser.get("/nodeinfo/2.1")).json()
    assert nodeinfo["openRegistrations"] is False


async def test_rules_keep_their_numbers_while_others_come_and_go(desk: Town) -> None:
    await post(desk, "/desk/place", deed="rules", rules="Be kind\nNo advertising\n")
    await post(desk, "/desk/place", deed="rules", rules="No advertising\n\nQuiet at night")

    rules = (await desk.browser.get("/api/v1/instance/rules")).json()
    assert [(rule["id"], rule["text"]) for rule in rules] == [
        ("2", "No advertising"),
        ("3", "Quiet at night"),
    ]
    assert "Quiet at night" in (await desk.get("/about")).text


async def test_too_many_rules_stay_in_the_field_and_change_nothing(desk: Town) -> None:
    too_many = "\n".join(f"Rule {n}" for n in range(21))

    answer = await post(desk, "/desk/place", 422, deed="rules", rules=too_many)

    assert "At most 20 rules" in answer.text
    assert "Rule 20" in answer.text
    assert (await desk.browser.get("/api/v1/instance/rules")).json() == []


async def test_what_the_place_says_at_length_is_shown_without_its_markup(desk: Town) -> None:
    said = "We live by the canal.\n\n<script>alert(1)</script>"
    await post(desk, "/desk/place", deed="extended_description", extended_description=said)
    await post(desk, "/desk/place", deed="privacy_policy", privacy_policy="Photos go in June.")

    about = (await desk.get("/about")).text
    assert "<p>We live by the canal.</p>" in about
    assert "<script>alert" not in about
    assert "Photos go in June." in (await desk.get("/privacy")).text
    api = (await desk.browser.get("/api/v1/instance/extended_description")).json()
    assert "We live by the canal." in api["content"]


async def test_an_emoji_is_given_at_the_desk_and_taken_away(desk: Town) -> None:
    files = {"picture": ("lampion.png", encoded(picture(), "PNG"), "image/png")}
    given = {"deed": "give", "name": ":lampion:", "category": "Fêtes"}

    made = await desk.browser.post("/desk/emojis", data=given, files=files, headers=ORIGIN)
    again = await desk.browser.post("/desk/emojis", data=given, files=files, headers=ORIGIN)

    assert (made.status_code, again.status_code) == (303, 422)
    assert "There is an emoji of this name already." in again.text
    emojis = (await desk.browser.get("/api/v1/custom_emojis")).json()
    assert [(one["shortcode"], one["category"]) for one in emojis] == [("lampion", "Fêtes")]
    await post(desk, "/desk/emojis", deed="remove", name="lampion")
    with desk.instance.house.db.reading() as tx:
        assert tx.session.scalars(select(CustomEmoji)).first() is None


async def test_what_is_no_picture_is_no_emoji(desk: Town) -> None:
    files = {"picture": ("x.png", b"no picture at all", "image/png")}
    given = {"deed": "give", "name": "lampion"}

    answer = await desk.browser.post("/desk/emojis", data=given, files=files, headers=ORIGIN)

    assert answer.status_code == 422
    assert "This is no picture that can be shown here" in answer.text


async def test_a_rule_about_a_server_goes_back_to_what_it_was(desk: Town) -> None:
    await post(desk, "/desk/servers", deed="rule", host="far.test", action="limit", comment="loud")
    await post(desk, "/desk/servers", deed="rule", host="far.test", action="block", comment="spam")

    await post(desk, "/desk/journal", line=str((await newest_deed(desk)).id))

    page = (await desk.get("/desk/servers")).text
    assert "loud" in page
    assert "spam" not in page.split("Servers we know")[0]
