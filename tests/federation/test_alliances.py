"""Alliances between neighbourhoods: both must want it, either may end it, at once."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from microfed.errors import Invalid, NotFound
from microfed.fetching import bring_person, bring_place
from microfed.operations.alliances import end_alliance, list_alliances, propose_alliance
from microfed.outbound.allies import allies
from microfed.queries.people import need_actor
from microfed.store.database import Tx
from tests.federation.stranger import make_stranger
from tests.fediverse import Fediverse, Instance

pytestmark = pytest.mark.anyio
T = TypeVar("T")


def do(place: Instance, work: Callable[[Tx], T]) -> T:
    with place.house.db.writing() as tx:
        return work(tx)


async def proposes(here: Instance, there: Instance) -> None:
    """The admin of one place proposes an alliance to another."""
    uri = await bring_place(here.house, there.host)
    do(here, lambda tx: propose_alliance(tx, place=need_actor(tx, uri)))


async def ends(here: Instance, there: Instance) -> None:
    """The admin of one place ends the alliance with another."""
    uri = await bring_place(here.house, there.host)
    do(here, lambda tx: end_alliance(tx, place=need_actor(tx, uri)))


def allied(place: Instance) -> list[str]:
    return do(place, lambda tx: [ally.host for ally in allies(tx)])


def stands(place: Instance) -> dict[str, str]:
    return do(place, lambda tx: {one.host: one.state for one in list_alliances(tx)})


@pytest.fixture
async def north(fediverse: Fediverse) -> Instance:
    return await fediverse.instance("north.test")


@pytest.fixture
async def south(fediverse: Fediverse) -> Instance:
    return await fediverse.instance("south.test")


async def test_two_places_are_allied_when_both_asked(
    fediverse: Fediverse, north: Instance, south: Instance
) -> None:
    await proposes(north, south)
    await fediverse.settle()

    assert (stands(north), stands(south)) == ({"south.test": "asked"}, {"north.test": "offered"})
    assert allied(north) == allied(south) == []

    await proposes(south, north)
    await fediverse.settle()

    assert (stands(north), stands(south)) == ({"south.test": "allied"}, {"north.test": "allied"})
    assert (allied(north), allied(south)) == (["south.test"], ["north.test"])


@pytest.mark.parametrize("who", ["north", "south"])
async def test_either_ends_it_and_it_is_over_on_both_sides(
    fediverse: Fediverse, north: Instance, south: Instance, who: str
) -> None:
    await proposes(north, south)
    await proposes(south, north)
    await fediverse.settle()

    await (ends(north, south) if who == "north" else ends(south, north))

    assert allied(north if who == "north" else south) == []  # before anybody was told
    await fediverse.settle()
    assert allied(north) == allied(south) == []
    assert stands(north) == stands(south) == {}


async def test_two_places_that_keep_to_their_rings_find_each_other(fediverse: Fediverse) -> None:
    # Given two places that hear nobody but allies
    north = await fediverse.instance("north.test", federation="ring", retry_factor=0.0001)
    south = await fediverse.instance("south.test", federation="ring", retry_factor=0.0001)

    # When both admins propose, and the first was not heard
    await proposes(north, south)
    await fediverse.settle()
    await proposes(south, north)
    await fediverse.settle()

    # Then they are allied
    assert (allied(north), allied(south)) == (["south.test"], ["north.test"])


async def test_a_server_that_names_nobody_as_itself_is_no_place(
    fediverse: Fediverse, north: Instance
) -> None:
    make_stranger(fediverse, "eve@big.test")

    with pytest.raises(NotFound):
        await bring_place(north.house, "big.test")


async def test_somebody_who_lives_elsewhere_is_no_place(
    fediverse: Fediverse, north: Instance
) -> None:
    eve = make_stranger(fediverse, "eve@big.test")

    answer = await eve.sends(north, eve.activity("Follow", 1, f"https://{north.host}/actor"))
    await fediverse.settle()

    assert answer.status_code == 202
    assert stands(north) == {}


async def test_a_mastodon_next_door_subscribes_to_the_place_as_to_a_relay(
    fediverse: Fediverse, north: Instance
) -> None:
    # Given the actor of a server that speaks as Mastodon does
    place = make_stranger(fediverse, "place@big.test", type="Application")
    ada = north.add("ada")

    # When it follows everything public, as its admin asked it to
    asks = place.activity("Follow", 1, "https://www.w3.org/ns/activitystreams#Public")
    await place.sends(north, asks, path="/actor/inbox")
    await fediverse.settle()

    # Then it is let, and told of what is public, and of nothing else
    [answer] = place.board.inbox
    assert (answer["type"], answer["object"]["id"]) == ("Accept", asks["id"])
    said = await ada.says("for all")
    await ada.says("for those who follow", to=[f"{ada.uri}/followers"], cc=[])
    await fediverse.settle()
    [told] = place.board.inbox[1:]
    assert (told["type"], told["actor"]) == ("Announce", "https://north.test/actor")
    assert told["object"] == said["object"]["id"]
    assert allied(north) == []

    # And no more once it has had enough
    await place.sends(north, place.activity("Undo", 2, asks))
    await ada.says("for all again")
    await fediverse.settle()
    assert len(place.board.inbox) == 2


async def test_an_alliance_is_made_with_a_place_alone(
    fediverse: Fediverse, north: Instance, south: Instance
) -> None:
    bea = south.add("bea")
    await bring_person(north.house, bea.uri)

    with pytest.raises(Invalid):
        do(north, lambda tx: propose_alliance(tx, place=need_actor(tx, bea.uri)))

    assert stands(north) == {}
