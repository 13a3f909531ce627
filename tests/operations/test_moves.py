"""Moving house: both accounts must say so, and not every day."""

from datetime import timedelta

from microfed.fetching import bring_person
from microfed.queries.people import need_actor
from microfed.store.database import Tx
from tests.federation.world import World


async def test_followers_go_along_once_both_accounts_say_so(world: World) -> None:
    world.follows(world.bob)
    robert = world.south.person("robert", alsoKnownAs=[world.bob.uri])

    await world.take(world.bob, world.bob.does("Move", world.bob.uri, target=robert.uri))
    await world.take(robert, robert.does("Accept", {"type": "Follow", **_pair(world, robert.uri)}))

    following = (await world.north.get(f"{world.ada.uri}/following?page=true")).json()
    assert following["orderedItems"] == [robert.uri]
    kinds = [document["type"] for _, document in world.south.taken]
    assert kinds == ["Follow", "Follow", "Undo"]


async def test_an_account_that_does_not_know_the_old_one_gets_nobody(world: World) -> None:
    world.follows(world.bob)
    before = world.visible()["follows"]

    await world.take(world.bob, world.bob.does("Move", world.bob.uri, target=world.carol.uri))

    assert world.visible()["follows"] == before


async def test_an_account_known_before_it_said_so_is_asked_again(world: World) -> None:
    # Given Robert, whose profile was read a minute ago
    world.follows(world.bob)
    robert = world.south.person("robert")
    await bring_person(world.north.house, robert.uri)

    def a_minute_ago(tx: Tx) -> None:
        need_actor(tx, robert.uri).fetched_at = tx.now - timedelta(minutes=1)

    world.do(a_minute_ago)

    # When he says that he was Bob, and Bob that he moves there
    world.south.keep({**robert.document, "alsoKnownAs": [world.bob.uri]})
    await world.take(world.bob, world.bob.does("Move", world.bob.uri, target=robert.uri))

    # Then Ada asks to follow him
    assert world.south.taken[0][1]["type"] == "Follow"


async def test_nobody_moves_twice_in_a_week(world: World) -> None:
    world.follows(world.bob)
    robert = world.south.person("robert", alsoKnownAs=[world.bob.uri])
    robin = world.south.person("robin", alsoKnownAs=[world.bob.uri])
    await world.take(world.bob, world.bob.does("Move", world.bob.uri, target=robert.uri))
    before = world.visible()["follows"]

    await world.take(world.bob, world.bob.does("Move", world.bob.uri, target=robin.uri))

    assert world.visible()["follows"] == before


def _pair(world: World, target: str) -> dict[str, str]:
    return {"id": "", "actor": world.ada.uri, "object": target}
