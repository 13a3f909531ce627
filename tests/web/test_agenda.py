"""The agenda in the browser: planning, answering, changing, calling off; and its calendars."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from icalendar import Calendar

from microfed.operations.calendar_keys import calendar_token
from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import remember_event
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from tests.web.conftest import Town, fill, send, sign_in

DAY = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}"
LONG_AFTER = f"{datetime.now(UTC) + timedelta(days=45):%Y-%m-%d}"
CAFE = {
    "title": "Repair café",
    "day": DAY,
    "hour": "14:00",
    "end_hour": "17:00",
    "place": "Maison du Bas-Belleville",
    "words": "Apportez vos grille-pain.",
    "capacity": "1",
    "audience": "public",
    "every": "",
}


async def planned(town: Town, **more: str) -> str:
    put = await send(town, "/agenda/new", **{**CAFE, **more})
    assert put.status_code == 303, put.text
    where = put.headers["location"]
    assert re.fullmatch(r"/agenda/\d+", where)
    return where


def events_in(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


async def test_an_event_goes_from_planning_to_called_off(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await planned(town)
    assert "Repair café" in (await town.get("/agenda")).text
    assert "Repair café" in (await town.get("/latest")).text

    await sign_in(town, "bea")
    assert (await send(town, where, answer="going")).status_code == 303
    assert "You come." in (await town.get(where)).text
    assert (await send(town, where, answer="perhaps not")).status_code == 422
    await sign_in(town, "leo")
    assert "Wait for a place" in (await town.get(where)).text
    await send(town, where, answer="going")
    assert "waiting list" in (await town.get("/agenda")).text
    for path in (f"{where}/edit", f"{where}/cancel"):
        assert (await town.get(path)).status_code == 404
        assert (await send(town, path, **CAFE)).status_code == 404

    await sign_in(town, "amel")
    full = await send(town, f"{where}/edit", **{**CAFE, "capacity": "2", "title": "Café"})
    assert full.status_code == 303
    page = (await town.get(where)).text
    assert "2 people come" in page and "Léo" in page
    small = await send(town, f"{where}/edit", **CAFE)
    assert small.status_code == 422 and "More people come already" in small.text
    assert (await send(town, f"{where}/cancel", sure="yes")).status_code == 303
    assert "called off" in (await town.get(where)).text
    assert (await send(town, f"{where}/cancel", sure="yes")).status_code == 422
    await sign_in(town, "bea")
    assert (await send(town, where, answer="declined")).status_code == 422


async def test_what_is_wrong_is_said_and_what_was_typed_stays(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    for wrong in (
        {"day": "2001-01-01"},
        {"day": "2027-02-30"},
        {"hour": "noon"},
        {"end_hour": "13:00"},
        {"capacity": "0"},
        {"capacity": "-3"},
        {"title": " "},
        {"every": "year"},
        {"every": "week", "times": "1"},
        {"every": "week", "until": DAY},
        {"every": "week", "until": "never"},
        {"every": "day", "times": "3", "end_day": LONG_AFTER},
        {"audience": "the world"},
    ):
        again = await send(town, "/agenda/new", **{**CAFE, **wrong})
        assert again.status_code == 422, wrong
        assert "Maison du Bas-Belleville" in again.text and 'role="alert"' in again.text
    assert "Nothing is planned" in (await town.get("/agenda")).text
    assert (await town.get("/agenda/1")).status_code == 404


async def test_what_repeats_stands_in_the_agenda_with_all_its_dates(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")

    where = await planned(town, every="week", times="3")

    assert (await town.get("/agenda")).text.count("Repair café") == 3
    assert "And again" in (await town.get(where)).text
    found = events_in(await town.get("/agenda.ics"))
    assert len(found) == 3 and len({str(one["uid"]) for one in found}) == 3


async def test_calendars_hold_what_their_reader_may_see_at_the_hour_there(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await planned(town)
    near = await planned(town, title="Code de la cour", audience="local")
    one = events_in(await town.get(f"{where}.ics"))[0]
    assert (str(one["summary"]), str(one["status"]), int(one["sequence"])) == (
        *("Repair café", "CONFIRMED"),
        0,
    )
    uid = str(one["uid"])
    await send(town, f"{where}/cancel", sure="yes")
    one = events_in(await town.get(f"{where}.ics"))[0]
    assert (str(one["uid"]), str(one["status"]), int(one["sequence"])) == (uid, "CANCELLED", 1)

    await send(town, "/agenda/calendar", deed="renew")
    link = re.search(r"/agenda/calendar/[\w-]+\.ics", (await town.get("/agenda/calendar")).text)
    assert link is not None
    await town.browser.post("/sign-out", headers={"Origin": "https://here.test"})
    town.browser.cookies.clear()

    assert [str(e["summary"]) for e in events_in(await town.get("/agenda.ics"))] == ["Repair café"]
    assert (await town.get(near)).status_code == 404
    assert (await town.get(f"{near}.ics")).status_code == 404
    mine = {str(e["summary"]) for e in events_in(await town.get(link[0]))}
    assert mine == {"Repair café", "Code de la cour"}
    await sign_in(town, "amel")
    await send(town, "/agenda/calendar", deed="renew")
    assert (await town.get(link[0])).status_code == 404
    assert (await town.get("/agenda/calendar/guess.ics")).status_code == 404


async def test_hours_in_a_calendar_are_those_on_the_wall_with_their_clock(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await planned(town)
    id_ = int(where.rsplit("/", 1)[1])

    def elsewhere(tx: Tx) -> None:
        document = {
            "type": "Event",
            "name": "Fête",
            "startTime": "2027-07-14T20:00:00+02:00",
            "endTime": "2027-07-14T23:00:00+02:00",
            "timezone": "Europe/Paris",
        }
        author = tx.session.get_one(Actor, town.people["amel"])
        remember_event(tx, post_id=id_, author=author, document=document)

    town.change(elsewhere)
    answer = await town.get(f"{where}.ics")
    one = events_in(answer)[0]

    assert one["dtstart"].params["TZID"] == "Europe/Paris"
    assert one["dtstart"].dt.astimezone(UTC) == datetime(2027, 7, 14, 18, tzinfo=UTC)
    assert b"BEGIN:VTIMEZONE" in answer.content
    assert "14 July 2027, 20:00" in (await town.get(where)).text


async def test_the_document_of_an_event_is_found_by_the_address_of_its_page(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await planned(town)

    led = await town.get(where, Accept="application/activity+json")

    assert led.status_code == 303
    document = await town.get(led.headers["location"], Accept="application/activity+json")
    assert document.json()["type"] == "Event"
    assert document.json()["url"].endswith(where)


async def test_a_reminder_and_an_answer_stand_among_the_news(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    id_ = int((await planned(town)).rsplit("/", 1)[1])
    town.change(
        lambda tx: answer_event(
            tx,
            actor=tx.session.get_one(Actor, town.people["bea"]),
            post=tx.session.get_one(Post, id_),
            wish="going",
        )
    )

    assert "answers your event" in (await town.get("/news")).text
    assert town.change(lambda tx: calendar_token(tx, member_id=town.people["bea"])) == ""
