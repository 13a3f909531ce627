"""Introductions by clients alone, as secret as by the pages: who said what is told to nobody."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.posts import Post
from tests.c2s.test_aid import inbox
from tests.federation.world import World
from tests.fediverse import PUBLIC, Fediverse, Instance, Neighbour

pytestmark = pytest.mark.anyio
WHY = "<p>Du <b>violon</b></p>"
KIND = "http://purl.org/vocab/relationship/acquaintanceOf"


def meeting(one: str, other: str, **more: Any) -> dict[str, Any]:
    about = {"type": "Relationship", "subject": one, "relationship": KIND, "object": other}
    return {"type": "Offer", "object": about, "content": WHY, "to": [PUBLIC, one, other], **more}


@pytest.fixture
def cy(world: World) -> Neighbour:
    return world.north.add("cy")


def talks(place: Instance) -> int:
    with place.house.db.reading() as tx:
        return len(tx.session.scalars(select(Post.id)).all())


def states(place: Instance) -> list[str]:
    with place.house.db.reading() as tx:
        return list(tx.session.scalars(select(Introduction.state)))


async def offered(who: Neighbour) -> dict[str, Any]:
    (found,) = [one for one in await inbox(who) if one["type"] == "Offer"]
    return found


async def all_of(who: Neighbour) -> str:
    """Return all that somebody's own programs read of them."""
    right = {"Authorization": f"Bearer {who.token}"}
    out = (await who.instance.get(f"{who.uri}/outbox?page=true", headers=right)).json()
    return json.dumps([await inbox(who), out["orderedItems"]])


async def test_two_yes_open_a_conversation_and_one_tells_nobody(
    world: World, cy: Neighbour
) -> None:
    ada, bea, north = world.ada, world.bea, world.north

    made = await ada.does(meeting(bea.uri, cy.uri))

    assert (made["type"], made["content"], talks(north)) == ("Offer", "Du violon", 0)
    assert "to" not in made or made["to"] == []
    first, second = await offered(bea), await offered(cy)
    assert first["actor"] == ada.uri and cy.uri not in json.dumps(first)
    assert first["object"]["subject"] == bea.uri and "object" not in first["object"]
    assert "violon" in first["content"] and bea.uri not in json.dumps(second)

    before = [await all_of(one) for one in (ada, cy)]
    yes = await bea.does({"type": "Accept", "object": first["id"], "to": [PUBLIC, ada.uri]})
    assert (yes["type"], yes["to"]) == ("Accept", [])
    assert [await all_of(one) for one in (ada, cy)] == before and talks(north) == 0
    other = await bea.does({"type": "Reject", "object": first["id"]}, expects=409)
    assert other["detail"] == "you have answered already"
    await bea.does({"type": "Accept", "object": first})  # the same once more is harmless

    await cy.does({"type": "Accept", "object": second})
    assert (talks(north), states(north)) == (1, ["met"])


async def test_a_no_looks_like_a_silence(world: World, cy: Neighbour) -> None:
    ada, bea, north = world.ada, world.bea, world.north
    await ada.does(meeting(bea.uri, cy.uri))
    before = [await all_of(one) for one in (ada, cy)]

    no = await bea.does({"type": "Reject", "object": (await offered(bea))["id"]})

    assert (no["type"], no["to"]) == ("Reject", [])
    assert [await all_of(one) for one in (ada, cy)] == before
    await cy.does({"type": "Accept", "object": (await offered(cy))["id"]})
    assert (talks(north), states(north)) == (0, ["open"])


async def test_it_is_taken_back_and_then_answered_by_nobody(world: World, cy: Neighbour) -> None:
    ada, bea, north = world.ada, world.bea, world.north
    made = await ada.does(meeting(bea.uri, cy.uri))
    asked = (await offered(bea))["id"]

    await bea.does({"type": "Undo", "object": made["id"]}, expects=404)
    await bea.does({"type": "Undo", "object": asked}, expects=404)
    undone = await ada.does({"type": "Undo", "object": made["id"]})

    assert (undone["type"], states(north)) == ("Undo", ["withdrawn"])
    await bea.does({"type": "Accept", "object": asked}, expects=410)
    await ada.does({"type": "Undo", "object": made["id"]}, expects=410)
    assert talks(north) == 0


async def test_what_was_offered_to_one_is_answered_by_nobody_else(
    world: World, cy: Neighbour
) -> None:
    ada, bea, north = world.ada, world.bea, world.north
    await ada.does(meeting(bea.uri, cy.uri))
    asked = (await offered(bea))["id"]

    for who in (ada, cy):
        await who.does({"type": "Accept", "object": asked}, expects=404)
    with north.house.db.writing() as tx:
        tx.session.scalars(select(Introduction)).one().expires_at = tx.now - timedelta(days=1)
    await bea.does({"type": "Accept", "object": asked}, expects=410)

    with north.house.db.reading() as tx:
        assert set(tx.session.scalars(select(IntroductionSide.answer))) == {None}


@pytest.mark.parametrize(
    ("about", "more", "status"),
    [
        ({"object": None}, {}, 422),
        ({"subject": None}, {}, 422),
        ({"subject": "https://north.test/users/ada"}, {}, 422),
        ({"subject": "https://north.test/users/cy"}, {}, 422),
        ({"subject": "https://north.test/users/nobody"}, {}, 404),
        ({"relationship": "http://purl.org/vocab/relationship/enemyOf"}, {}, 422),
        ({}, {"content": ""}, 422),
        ({}, {"content": "x" * 1001}, 422),
        ({}, {"actor": "https://north.test/users/bea"}, 403),
    ],
)
async def test_what_cannot_be_proposed_asks_nobody_and_is_no_post(
    world: World, cy: Neighbour, about: dict[str, Any], more: dict[str, Any], status: int
) -> None:
    document = meeting(world.bea.uri, cy.uri, **more)
    document["object"] |= about

    await world.ada.does(document, expects=status)

    assert (states(world.north), talks(world.north)) == ([], 0)
    assert [one["type"] for one in await inbox(world.bea)] == []


async def test_the_same_twice_and_too_many_are_refused(world: World, cy: Neighbour) -> None:
    ada, bea = world.ada, world.bea
    people = (world.bob.uri, world.carol.uri, world.mallory.uri)
    for other in (cy.uri, *people):
        await ada.does(meeting(bea.uri, other))

    await ada.does(meeting(cy.uri, bea.uri), expects=409)
    await ada.does(meeting(cy.uri, people[0]))
    await ada.does(meeting(cy.uri, people[1]), expects=429)

    assert len(states(world.north)) == 5


async def test_people_of_two_places_meet_by_clients_alone(
    fediverse: Fediverse, ada: Neighbour, bea: Neighbour, dan: Neighbour
) -> None:
    await ada.does(meeting(bea.uri, dan.uri))
    await fediverse.settle()
    before = await all_of(ada)

    yes = await dan.does({"type": "Accept", "object": (await offered(dan))["id"]})
    await fediverse.settle()
    assert (yes["to"], await all_of(ada)) == ([], before)
    await bea.does({"type": "Accept", "object": await offered(bea)})
    await fediverse.settle()

    assert states(ada.instance) == ["met"]
    (word,) = [one for one in await inbox(bea) if one["type"] == "Create"]
    assert {bea.uri, dan.uri} <= set(word["object"]["to"])
