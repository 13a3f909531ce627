"""Activities that lie: signed by somebody else, about things of others, changed on the way, old.

Each row sends the lie and looks at everything anyone could see: nothing may have changed. Then the
same thing is done honestly and must change something, so that no row passes by being nonsense.
"""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from microfed import clock
from tests.federation.verbs import VERBS, Document
from tests.federation.world import World

Lie = Callable[[World, Document], Awaitable[None]]


async def signed_by_another(world: World, honest: Document) -> None:
    """Mallory signs what Bob is said to do."""
    await world.mallory.sends(world.north, {**honest, "id": f"{honest['id']}/forged"})


async def signed_by_a_housemate(world: World, honest: Document) -> None:
    """Carol, of the same server as Bob, signs what Bob is said to do."""
    await world.carol.sends(world.north, {**honest, "id": f"{honest['id']}/forged"})


async def with_another_key(world: World, honest: Document) -> None:
    """The key's name is Bob's, the key is Mallory's."""
    await world.bob.sends(world.north, honest, private=world.mallory.private)


async def with_a_key_name_of_another(world: World, honest: Document) -> None:
    """The key is Bob's own, the key's name is Mallory's."""
    await world.bob.sends(world.north, honest, key_id=world.mallory.key_id)


async def by_our_own_key_name(world: World, honest: Document) -> None:
    """The key's name is that of a neighbour here."""
    await world.bob.sends(world.north, honest, key_id=f"{world.ada.uri}#main-key")


async def changed_on_the_way(world: World, honest: Document) -> None:
    """Somebody in between changed a letter."""
    body = json.dumps(honest).encode()
    headers = world.bob.signed(world.north.host, body)
    await world.north.client.post("/inbox", content=body + b" ", headers=headers)


async def unsigned(world: World, honest: Document) -> None:
    """No signature at all."""
    headers = {"Content-Type": "application/activity+json"}
    body = json.dumps(honest).encode()
    await world.north.client.post("/inbox", content=body, headers=headers)


async def from_last_week(world: World, honest: Document) -> None:
    """The signature is good but a week old."""
    await world.bob.sends(world.north, honest, at=clock.now() - timedelta(days=7))


async def meant_for_another_host(world: World, honest: Document) -> None:
    """What Bob sent to Mallory's server, she hands on to us."""
    body = json.dumps(honest).encode()
    headers = {**world.bob.signed("evil.test", body), "Host": world.north.host}
    await world.north.client.post("/inbox", content=body, headers=headers)


async def with_a_foreign_id(world: World, honest: Document) -> None:
    """The activity's id is of another server than its actor's."""
    await world.bob.sends(world.north, {**honest, "id": "https://evil.test/does/1"})


async def without_an_id(world: World, honest: Document) -> None:
    """No id: it could be played back for ever."""
    await world.bob.sends(world.north, {key: honest[key] for key in honest if key != "id"})


async def by_another_as_themselves(world: World, honest: Document) -> None:
    """Mallory does to Bob's things, in her own name, what only he may do."""
    named = {"id": f"{world.mallory.uri}/does/x", "actor": world.mallory.uri}
    await world.mallory.sends(world.north, {**honest, **named})


async def by_a_housemate_as_themselves(world: World, honest: Document) -> None:
    """Carol, of the same server, does to Bob's things what only he may do."""
    named = {"id": f"{world.carol.uri}/does/x", "actor": world.carol.uri}
    await world.carol.sends(world.north, {**honest, **named})


EVERY: tuple[Lie, ...] = (
    signed_by_another,
    signed_by_a_housemate,
    with_another_key,
    with_a_key_name_of_another,
    by_our_own_key_name,
    changed_on_the_way,
    unsigned,
    from_last_week,
    meant_for_another_host,
    with_a_foreign_id,
    without_an_id,
)
# What anyone may do in their own name is no theft; a server's moderators may delete on it.
ANYONES = {"follow", "announce", "like", "emoji_react", "like_with_emoji", "block", "flag"}
MODERATED = {"delete_note", "delete_note_by_id"}

ROWS = [
    *((lie, verb) for verb in VERBS for lie in EVERY),
    *((by_another_as_themselves, verb) for verb in VERBS if verb not in ANYONES),
    *((by_a_housemate_as_themselves, verb) for verb in VERBS if verb not in ANYONES | MODERATED),
]


@pytest.mark.parametrize(
    ("lie", "verb"), ROWS, ids=[f"{verb}-{lie.__name__}" for lie, verb in ROWS]
)
async def test_a_lie_changes_nothing_and_the_truth_does(world: World, lie: Lie, verb: str) -> None:
    honest = await VERBS[verb](world)
    await world.fediverse.settle()
    before = world.visible()

    await lie(world, honest)
    await world.fediverse.settle()

    assert world.visible() == before
    await world.take(world.bob, honest)
    assert world.visible() != before


@pytest.mark.parametrize("verb", VERBS)
async def test_what_is_sent_again_is_done_once(world: World, verb: str) -> None:
    honest = await VERBS[verb](world)
    before = world.visible()
    await world.take(world.bob, honest)
    once = world.visible()
    assert once != before

    for _ in range(3):
        await world.bob.sends(world.north, honest)
        await world.fediverse.settle()

    assert world.visible() == once


def test_there_are_enough_rows() -> None:
    assert len(ROWS) >= 120
