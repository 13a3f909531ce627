"""Suspended at home: not shown anywhere, not forgotten either, and back once it is lifted."""

from sqlalchemy import select

from microfed.operations.moderation import act, lift
from microfed.queries.people import need_actor
from microfed.queries.visibility import visible_to
from microfed.store.database import Tx
from microfed.store.posts import Post
from tests.federation.world import World
from tests.fediverse import Fediverse


def _is_shown(tx: Tx, uri: str) -> bool:
    query = select(Post.id).where(Post.uri == uri, visible_to(None))
    return tx.connection.scalar(query) is not None


async def test_whom_their_own_place_suspends_is_shown_nowhere_until_it_is_lifted(
    fediverse: Fediverse,
) -> None:
    # Given Bea at south, who follows Ada at north
    north, south = [await fediverse.instance(f"{name}.test") for name in ("north", "south")]
    ada, bea = north.add("ada", display_name="Ada L."), south.add("bea")
    await bea.does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()
    said = (await ada.says("hello"))["object"]["id"]
    await fediverse.settle()

    # When Ada is suspended where she lives
    with north.house.db.writing() as tx:
        act(tx, by=None, target=need_actor(tx, ada.uri), action="suspend")
    await fediverse.settle()

    # Then what she said is shown at neither place, and she is not taken for deleted
    for place in (north, south):
        with place.house.db.reading() as tx:
            assert not _is_shown(tx, said)
    shown = (await north.get(ada.uri)).json()
    assert (shown["suspended"], shown["name"], shown["summary"]) == (True, "", "")
    assert (await north.get(f"{ada.uri}/outbox")).status_code == 410

    # And when it is lifted, all is as before
    with north.house.db.writing() as tx:
        lift(tx, by=None, target=need_actor(tx, ada.uri), action="suspend")
    await fediverse.settle()
    for place in (north, south):
        with place.house.db.reading() as tx:
            assert _is_shown(tx, said)
            assert need_actor(tx, ada.uri).display_name == "Ada L."


async def test_what_our_keepers_did_is_not_for_others_to_lift(world: World) -> None:
    def suspend(tx: Tx) -> None:
        act(tx, by=None, target=world.actor(tx, world.bob.uri), action="suspend")

    world.do(suspend)

    update = world.bob.does("Update", {**world.bob.document, "suspended": False})
    assert (await world.bob.sends(world.north, update)).status_code == 403
    await world.fediverse.settle()

    world.do(lambda tx: _still(tx, world))


def _still(tx: Tx, world: World) -> None:
    assert world.actor(tx, world.bob.uri).suspended_at is not None
