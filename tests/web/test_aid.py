"""The board of mutual aid in the browser: from writing to done."""

import re

from sqlalchemy import update

from microfed.store.aid import Aid
from tests.web.conftest import Town, fill, send, sign_in

DRILL = {
    "kind": "offer",
    "category": "loan",
    "title": "Perceuse à prêter",
    "place": "Belleville",
    "audience": "public",
}


async def test_an_offer_goes_from_writing_to_done(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    put = await send(town, "/entraide/new", **DRILL)
    where = put.headers["location"]
    assert put.status_code == 303 and re.fullmatch(r"/entraide/\d+", where)
    assert "Perceuse à prêter" in (await town.get("/entraide?kind=offer&words=perceuse")).text
    assert "Perceuse à prêter" not in (await town.get("/entraide?kind=need")).text
    assert "Perceuse à prêter" in (await town.get("/entraide.atom")).text

    await sign_in(town, "bea")
    answer = await send(town, where, deed="answer", words="Samedi ?")
    assert answer.status_code == 303
    assert "Samedi ?" in (await town.get(answer.headers["location"])).text
    assert (await send(town, where, deed="done")).status_code == 403
    assert (await send(town, where, deed="answer", words=" ")).status_code == 422

    await sign_in(town, "amel")
    assert (await send(town, where, deed="done")).headers["location"] == where
    assert "Perceuse à prêter" not in (await town.get("/entraide?kind=offer")).text
    assert "Perceuse à prêter" in (await town.get("/entraide?state=done")).text


async def test_what_is_wrong_is_said_and_what_was_typed_stays(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    for wrong in ({"until": "2001-01-01"}, {"until": "2026-02-30"}, {"kind": "theft"}):
        again = await send(town, "/entraide/new", **{**DRILL, **wrong})
        assert again.status_code == 422
        assert "Perceuse à prêter" in again.text and 'role="alert"' in again.text
    assert (await town.get("/entraide/1")).status_code == 404


async def test_its_author_alone_says_it_better_and_puts_it_off(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = (await send(town, "/entraide/new", **DRILL)).headers["location"]
    form = (await town.get(f"{where}/edit")).text
    assert 'value="Perceuse à prêter"' in form and "Perceuse" in form

    plain = where.replace("/entraide", "/posts")  # as a post alone it would say another thing
    led = await town.get(f"{plain}/edit")
    assert (led.status_code, led.headers["location"]) == (303, f"{where}/edit")
    assert (await send(town, f"{plain}/edit", source="Scie à prêter")).status_code == 422
    again = await send(town, f"{where}/edit", **{**DRILL, "title": " "})
    assert again.status_code == 422 and 'value="Belleville"' in again.text
    better = await send(town, f"{where}/edit", **{**DRILL, "title": "Perceuse et mèches"})
    assert (better.status_code, better.headers["location"]) == (303, where)
    assert (await send(town, where, deed="later")).status_code == 303
    assert "Perceuse et mèches" in (await town.get("/entraide")).text

    await sign_in(town, "bea")
    assert (await town.get(f"{where}/edit")).status_code == 404
    assert (await send(town, f"{where}/edit", **DRILL)).status_code == 404
    assert (await send(town, where, deed="later")).status_code == 403
    assert (await send(town, where, deed="agree", person="7")).status_code == 403


async def test_what_is_over_says_so_to_who_answers(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = (await send(town, "/entraide/new", **DRILL)).headers["location"]
    await sign_in(town, "bea")
    town.change(lambda tx: tx.connection.execute(update(Aid).values(expires_at=tx.now)))

    late = await send(town, where, deed="answer", words="Encore libre ?")

    assert late.status_code == 422
    assert "This is over: it can no longer be answered" in late.text
    assert "Over" in (await town.get("/entraide?state=expired")).text
