"""A client plans something, changes it and calls it off, by the same rules as the web."""

import pytest
from sqlalchemy import select

from microfed.store.events import Event
from tests.federation.world import World
from tests.fediverse import PUBLIC, Instance, Neighbour

pytestmark = pytest.mark.anyio
BALL = {
    "type": "Event",
    "name": "Bal",
    "content": "<p>On <b>danse</b>.</p>",
    "startTime": "2027-06-11T19:00:00+02:00",
    "endTime": "2027-06-11T23:00:00+02:00",
    "timezone": "Europe/Paris",
    "location": {"type": "Place", "name": "Cour"},
    "maximumAttendeeCapacity": 40,
    "to": [PUBLIC],
}


@pytest.fixture
async def ada(world: World) -> Neighbour:
    return world.ada


def kept(place: Instance) -> list[tuple[str, str, str, int | None]]:
    with place.house.db.reading() as tx:
        rows = tx.session.scalars(select(Event)).all()
        return [(event.title, event.place, event.state, event.capacity) for event in rows]


async def test_an_event_is_planned_changed_and_called_off(ada: Neighbour) -> None:
    made = (await ada.does(BALL))["object"]
    assert kept(ada.instance) == [("Bal", "Cour", "confirmed", 40)]
    assert (made["type"], made["startTime"]) == ("Event", BALL["startTime"])
    assert "On danse." in made["content"] and "11 juin 2027" in made["summary"]

    changed = {"id": made["id"], "type": "Event", "maximumAttendeeCapacity": 50}
    said = (await ada.does({"type": "Update", "object": changed}))["object"]
    assert kept(ada.instance) == [("Bal", "Cour", "confirmed", 50)]
    assert "On danse." in said["content"]
    worded = {"id": made["id"], "type": "Event", "content": "<p>Valses</p>"}
    said = (await ada.does({"type": "Update", "object": worded}))["object"]
    assert "Valses" in said["content"] and "danse" not in said["content"]

    same = (await ada.does({"type": "Update", "object": said}))["object"]
    assert same["content"] == said["content"]  # what we write out we take in

    off = {"id": made["id"], "type": "Event", "status": "CANCELLED"}
    said = (await ada.does({"type": "Update", "object": off}))["object"]
    assert said["ical:status"] == "CANCELLED"
    assert kept(ada.instance) == [("Bal", "Cour", "cancelled", 50)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"startTime": "soon"},
        {"startTime": "2001-01-01T00:00:00Z"},
        {"endTime": "2027-06-11T18:00:00+02:00"},
        {"name": ""},
        {"startTime": 7},
        {"name": "x" * 121},
        {"endTime": "late"},
        {"timezone": "Europe/Belleville"},
        {"timezone": 7},
        {"maximumAttendeeCapacity": 0},
        {"maximumAttendeeCapacity": -5},
        {"maximumAttendeeCapacity": "many"},
        {"location": {"type": "Place", "name": "x" * 201}},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_stays(
    ada: Neighbour, wrong: dict[str, object]
) -> None:
    refused = await ada.does({**BALL, **wrong}, expects=422)

    assert all(name.startswith("object.") for name in refused["details"])
    assert kept(ada.instance) == []
