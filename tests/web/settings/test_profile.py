"""How members show themselves, changed in the browser."""

import re

from microfed.queries.my_settings import MyProfile, load_profile
from microfed.store.people import Member
from tests.media.pictures import encoded, picture
from tests.web.conftest import ORIGIN, Town, send

RED = ("me.gif", encoded(picture((600, 500)), "PNG"), "image/gif")


def profile(town: Town) -> MyProfile:
    return town.change(lambda tx: load_profile(tx, town.people["amel"]))


async def test_words_facts_and_who_finds_me_are_kept_as_they_were_typed(amel: Town) -> None:
    answer = await send(
        amel,
        "/settings/profile",
        display_name="Amel H.",
        note="Compost & vélo",
        name0="Rue",
        value0="rue Piat",
        name1="Site",
        value1="https://amel.example",
        is_locked="1",
        hides_follows="1",
    )
    form = await amel.get(answer.headers["location"])
    page = await amel.get("/@amel")

    found = profile(amel)
    assert (found.display_name, found.note) == ("Amel H.", "Compost & vélo")
    assert found.fields == (("Rue", "rue Piat"), ("Site", "https://amel.example"))
    assert (found.is_locked, found.hides_follows) == (True, True)
    assert (found.is_discoverable, found.is_indexable) == (False, False)
    assert "Done: it is kept." in form.text
    assert 'value="https://amel.example"' in form.text
    assert "Compost &amp; vélo" in page.text
    assert 'href="https://amel.example"' in page.text


async def test_two_pictures_are_shown_described_and_taken_away(amel: Town) -> None:
    # Given a face and a banner, described
    await amel.browser.post(
        "/settings/profile",
        data={"display_name": "Amel", "avatar_description": "Me, laughing"},
        files={"avatar": RED, "header": RED},
        headers=ORIGIN,
    )
    found = profile(amel)
    assert found.avatar_url is not None and found.header_url is not None
    assert found.avatar_description == "Me, laughing"
    assert (await amel.get(found.avatar_url)).headers["content-type"] == "image/png"
    assert found.avatar_url in (await amel.get("/@amel")).text

    # When one of them is taken away
    await send(amel, "/settings/profile", display_name="Amel", no_avatar="1")

    # Then the other stays
    left = profile(amel)
    assert (left.avatar_url, left.header_url) == (None, found.header_url)


async def test_what_is_too_long_or_no_picture_is_told_and_stays_typed(amel: Town) -> None:
    long = await send(amel, "/settings/profile", display_name="x" * 31, note="y" * 501)
    no_picture = await amel.browser.post(
        "/settings/profile",
        data={"display_name": "Other"},
        files={"avatar": ("x.png", b"<html>", "image/png")},
        headers=ORIGIN,
    )

    assert long.status_code == 422
    assert "A name has 30 characters at most." in long.text
    assert "x" * 31 in long.text
    assert no_picture.status_code == 422
    assert "This is no picture" in no_picture.text
    assert 'value="Other"' in no_picture.text
    assert profile(amel).display_name == "Amel Haddad"


async def test_language_and_colours_are_the_members_on_every_page(amel: Town) -> None:
    answer = await send(amel, "/settings/reading", language="fr", theme="contrast")
    page = await amel.get("/home")
    # Another browser of the same member has made no choice of its own.
    amel.browser.cookies.delete("theme")
    other = await amel.get("/home")

    assert answer.headers["location"] == "/settings/reading?saved=1"
    assert '<html lang="fr" data-theme="contrast">' in page.text
    assert '<html lang="fr" data-theme="contrast">' in other.text
    assert 'content="dark"' in page.text
    member = amel.change(lambda tx: tx.session.get_one(Member, amel.people["amel"]).language)
    assert member == "fr"


async def test_the_first_choices_of_a_post_are_mine(amel: Town) -> None:
    await send(
        amel,
        "/settings/posting",
        audience="followers",
        visibility="private",
        quote_policy="nobody",
        language="en",
        sensitive="1",
    )
    home = await amel.get("/home")
    form = await amel.get("/settings/posting")

    assert '<option value="followers" selected>' in home.text
    assert re.search(r'<option value="en"[^>]* selected>', home.text)
    for value in ("followers", "private", "nobody"):
        assert f'<option value="{value}" selected>' in form.text


async def test_a_choice_that_is_not_offered_changes_nothing(amel: Town) -> None:
    answers = [
        await send(amel, "/settings/posting", audience="nobody", visibility="x", quote_policy="x"),
        await send(amel, "/settings/reading", language="xx", theme="pink"),
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    habits = amel.change(lambda tx: tx.session.get_one(Member, amel.people["amel"]).preferences)
    assert habits == {"sensitive": False, "reminds": False, "theme": ""}
