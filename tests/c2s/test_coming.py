"""Whether a member comes to an event, said by a client; and what its organiser says to that."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from microfed.queries.events import answer_by
from microfed.store.events import Event
from microfed.store.posts import Post
from tests.c2s.conftest import find
from tests.c2s.test_aid import inbox
from tests.c2s.test_events import BALL
from tests.federation.world import World
from tests.fediverse import Fediverse, Instance, Neighbour

pytestmark = pytest.mark.anyio


def stands(place: Instance, event: str, who: Neighbour) -> str:
    with place.house.db.reading() as tx:
        return answer_by(tx, find(tx, event).id, who.id)


async def plans(who: Neighbour, **more: Any) -> str:
    made: str = (await who.does({**BALL, **more}))["object"]["id"]
    return made


async def test_a_neighbour_comes_perhaps_or_not_and_its_organiser_reads_it(world: World) -> None:
    ada, bea, north = world.ada, world.bea, world.north
    event = await plans(ada)

    for kind, state, sent in (
        ("Join", "going", "Join"),
        ("TentativeAccept", "maybe", "TentativeAccept"),
        ("Accept", "going", "Join"),
        ("Leave", "declined", "Leave"),
        ("Accept", "going", "Join"),
        ("Reject", "declined", "Leave"),
    ):
        said = await bea.does({"type": kind, "object": event, "to": [ada.uri]})
        assert (said["type"], said["object"]) == (sent, event)
        assert stands(north, event, bea) == state
        assert said["id"] in [one["id"] for one in await inbox(ada)]

    joins = [one["id"] for one in await inbox(ada) if one["type"] == "Join"]
    yes = [one["object"]["id"] for one in await inbox(bea) if one["type"] == "Accept"]
    assert sorted(yes) == sorted(joins) and len(joins) == 3
    await bea.does({"type": "Leave", "object": event}, expects=404)
    with north.house.db.reading() as tx:
        assert not tx.session.scalars(select(Post).where(Post.actor_id == bea.id)).all()


async def test_a_yes_is_taken_back_by_its_id_or_embedded(world: World) -> None:
    event = await plans(world.ada)

    joined = await world.bea.does({"type": "Join", "object": event})
    undone = await world.bea.does({"type": "Undo", "object": joined["id"]})
    assert (undone["type"], stands(world.north, event, world.bea)) == ("Leave", "declined")
    await world.bea.does({"type": "Join", "object": event})
    inside = {"type": "Accept", "actor": world.bea.uri, "object": event}
    await world.bea.does({"type": "Undo", "object": inside})
    assert stands(world.north, event, world.bea) == "declined"


async def test_who_waits_comes_in_and_its_organiser_may_say_no(world: World) -> None:
    ada, bea, north = world.ada, world.bea, world.north
    cy = north.add("cy")
    event = await plans(ada, maximumAttendeeCapacity=1)

    first = await bea.does({"type": "Join", "object": event})
    second = await cy.does({"type": "Join", "object": event})
    assert stands(north, event, cy) == "waiting"
    full = await ada.does({"type": "Accept", "object": second["id"]}, expects=409)
    assert "no place left" in full["detail"]
    yes = await ada.does({"type": "Accept", "object": first})
    assert yes["object"]["id"] == first["id"]

    no = await ada.does({"type": "Reject", "object": first["id"]})
    assert (no["type"], no["object"]["id"]) == ("Reject", first["id"])
    assert [stands(north, event, one) for one in (bea, cy)] == ["refused", "going"]
    assert no["id"] in [one["id"] for one in await inbox(bea)]
    for kind in ("Join", "TentativeAccept", "Reject"):
        again = await bea.does({"type": kind, "object": event}, expects=422)
        assert again["detail"] == "its organiser said no"

    await ada.does({"type": "Reject", "object": second["id"]})
    await ada.does({"type": "Accept", "object": first["id"]})
    assert [stands(north, event, one) for one in (bea, cy)] == ["going", "refused"]


async def test_who_planned_nothing_answers_nobody(world: World) -> None:
    event = await plans(world.ada)
    joined = await world.bea.does({"type": "Join", "object": event})

    await world.bea.does({"type": "Reject", "object": joined["id"]}, expects=404)

    assert stands(world.north, event, world.bea) == "going"


async def test_what_is_no_event_hidden_or_over_takes_no_answer(world: World) -> None:
    ada, bea = world.ada, world.bea
    note = (await ada.says("<p>no event</p>"))["object"]["id"]
    hidden = await plans(ada, to=[ada.uri])
    nowhere = f"{ada.uri}/posts/1"

    for kind in ("Join", "TentativeAccept", "Leave"):
        await bea.does({"type": kind, "object": note}, expects=422)
        await bea.does({"type": kind, "object": hidden}, expects=404)
        await bea.does({"type": kind, "object": nowhere}, expects=404)
    for kind in ("Join", "TentativeAccept"):
        await bea.does({"type": kind}, expects=422)
    await bea.does({"type": "Accept", "object": hidden}, expects=404)
    off, over = await plans(ada), await plans(ada)
    await ada.does({"type": "Update", "object": {"id": off, "status": "CANCELLED"}})
    joined = await bea.does({"type": "Join", "object": over})
    with world.north.house.db.writing() as tx:
        event = tx.session.get_one(Event, find(tx, over).id)
        event.starts_at = event.ends_at = tx.now - timedelta(hours=1)
    for uri in (off, over):
        assert (await bea.does({"type": "Join", "object": uri}, expects=422))["detail"] == (
            "this is over"
        )
    await ada.does({"type": "Reject", "object": joined["id"]}, expects=422)


async def test_two_places_meet_by_clients_alone(
    fediverse: Fediverse, ada: Neighbour, dan: Neighbour
) -> None:
    event = await plans(dan, maximumAttendeeCapacity=1)

    joined = await ada.does({"type": "Join", "object": event})  # never heard of before
    assert stands(ada.instance, event, ada) == "asked"
    await fediverse.settle()
    assert stands(ada.instance, event, ada) == "going"
    assert joined["id"] in [one["id"] for one in await inbox(dan)]

    await dan.does({"type": "Reject", "object": joined["id"]})
    await fediverse.settle()
    assert stands(ada.instance, event, ada) == "refused"
    await ada.does({"type": "Leave", "object": event}, expects=404)
    again = await ada.does({"type": "Join", "object": event})
    assert again["id"] != joined["id"]
    await fediverse.settle()
    assert stands(ada.instance, event, ada) == "refused"  # a no stays one
