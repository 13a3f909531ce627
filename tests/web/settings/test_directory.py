"""The form for the directory: kept as typed, told what is amiss, and empty again."""

from tests.web.conftest import Town, send, sign_in
from tests.web.conftest import town as town

PATH = "/settings/directory"
TYPED = {
    "trade": "Luthière",
    "trade_to": "public",
    "skills": "violon, Réparation ; violon\n, ",
    "skills_to": "here",
    "associations": "Chorale",
    "associations_to": "",
    "area": "",
    "area_to": "public",
}


async def test_what_is_said_stands_in_the_form_and_in_the_directory(town: Town) -> None:
    town.add("lea", display_name="Léa")
    await sign_in(town, "lea")
    assert "Nobody stands here yet" in (await town.get("/annuaire")).text

    answer = await send(town, PATH, **TYPED)

    assert answer.headers["location"] == f"{PATH}?saved=1"
    form = (await town.get(PATH)).text
    assert 'value="violon, Réparation"' in form and 'value="Chorale"' in form
    shown = (await town.get("/annuaire")).text
    assert "Luthière" in shown and "Réparation" in shown and "Chorale" not in shown
    assert "What you say of yourself" in shown

    wrong = await send(town, PATH, **(TYPED | {"skills": ",".join(map(str, range(13)))}))
    assert wrong.status_code == 422 and "Twelve at most" in wrong.text
    assert "10,11,12" in wrong.text
    assert (await send(town, PATH, **(TYPED | {"trade_to": "friends"}))).status_code == 422

    await send(town, PATH, trade="")
    assert "Nobody stands here yet" in (await town.get("/annuaire")).text


async def test_whoever_said_that_nobody_finds_them_is_told_so(town: Town) -> None:
    town.add("lea", display_name="Léa")
    await sign_in(town, "lea")
    await send(town, PATH, **TYPED)

    await send(town, "/settings/profile", display_name="Léa", note="")

    assert "You said that nobody finds you" in (await town.get(PATH)).text
    assert "Luthière" not in (await town.get("/annuaire")).text
    assert "Luthière" not in (await town.get("/users/lea", Accept="application/activity+json")).text


async def test_a_long_directory_is_read_page_by_page(town: Town) -> None:
    for n in range(3):
        town.add(f"lea{n}")
        await sign_in(town, f"lea{n}")
        await send(town, PATH, trade="Luthière", trade_to="here")

    further = (await town.get("/annuaire?after=lea0")).text

    assert "@lea1<" in further and "@lea2<" in further and "@lea0<" not in further
    assert "There is nothing more" in (await town.get("/annuaire?after=zzz")).text
