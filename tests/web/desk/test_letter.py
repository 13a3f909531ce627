"""The neighbourhood's letter at the desk and in the settings: its day, its words, and who may."""

import re

from tests.web.conftest import Town, fill, send, sign_in


async def test_an_admin_chooses_its_day_and_sees_it_before_it_goes(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    assert "No letter goes out for now" in (await town.get("/desk/letter")).text

    put = await send(town, "/desk/letter", deed="schedule", is_on="1", day="4", hour="8")
    said = await send(town, "/desk/letter", deed="words", words="Bonjour <b>voisins</b>")
    assert (put.status_code, said.status_code) == (303, 303)

    page = (await town.get("/desk/letter")).text
    assert re.search(r"The next one goes out on \d+ \w+ \d{4} at 08:00", page)
    assert page.count("Bonjour &lt;b&gt;voisins") == 2  # in the field, and in the letter
    assert "It goes out on Fridays at 08:00" in (await town.get("/lettre")).text
    for wrong in ({"day": "9", "hour": "8"}, {"day": "x", "hour": "8"}, {"hour": "24"}):
        again = await send(town, "/desk/letter", deed="schedule", is_on="1", **wrong)
        assert again.status_code == 422
        assert again.text.count("Bonjour &lt;b&gt;voisins") == 2  # its words stay
    long = await send(town, "/desk/letter", deed="words", words="y" * 3_001)
    assert long.status_code == 422 and "y" * 3_001 in long.text


async def test_who_animates_the_place_writes_and_does_not_choose_the_day(town: Town) -> None:
    fill(town)
    town.add("nour", role="organiser")
    await sign_in(town, "nour")

    assert (await send(town, "/desk/letter", deed="words", words="À samedi")).status_code == 303
    page = (await town.get("/desk/letter")).text
    assert "À samedi" in page and 'name="hour"' not in page
    put = await send(town, "/desk/letter", deed="schedule", is_on="1", day="4", hour="8")
    assert put.status_code == 403

    await sign_in(town, "leo")
    assert (await town.get("/desk/letter")).status_code == 404
    assert (await send(town, "/desk/letter", deed="words", words="!")).status_code == 404


async def test_without_a_mail_server_nobody_is_promised_a_mail(town: Town) -> None:
    fill(town)
    await sign_in(town, "leo")

    assert "no mail server" in (await town.get("/settings/letter")).text
    assert (await send(town, "/settings/letter", wish="yes")).status_code == 422
    assert (await town.get("/lettre/2026-W48")).status_code == 404
    assert (await town.get("/lettre?before=x")).status_code == 404
    assert "<feed" in (await town.get("/lettre.atom")).text
