"""A group of ours and people from elsewhere: what others send to it, and what it sends to them."""

from typing import Any

import pytest
from sqlalchemy import select

from microfed.operations.follows import request_follow
from microfed.operations.groups import Terms, make_group
from microfed.operations.posts import Draft, write_post
from microfed.queries.groups import said_in_group
from microfed.queries.people import find_local
from microfed.store.people import Actor, Block, Follow
from microfed.store.posts import Post
from tests.federation.world import World
from tests.fediverse import AS2, PUBLIC
from tests.strangers import Stranger

pytestmark = pytest.mark.anyio
GROUP = "https://north.test/users/chorale"


@pytest.fixture
def choir(world: World) -> World:
    world.do(
        lambda tx: make_group(
            tx, founder=world.actor(tx, world.ada.uri), name="chorale", terms=Terms("La chorale")
        )
    )
    return world


def said(world: World) -> list[str]:
    """What stands in the group."""
    with world.north.house.db.reading() as tx:
        group = find_local(tx, "chorale")
        assert group is not None
        ids = said_in_group(tx, None, group.id, limit=20)
        return [tx.session.get_one(Post, id_).uri for id_ in ids]


def members(world: World) -> set[str]:
    with world.north.house.db.reading() as tx:
        group = find_local(tx, "chorale")
        assert group is not None
        followers = select(Follow.follower_id).where(
            Follow.target_id == group.id, Follow.accepted_at.is_not(None)
        )
        return set(tx.connection.scalars(select(Actor.uri).where(Actor.id.in_(followers))))


def came(stranger: Stranger, kind: str) -> list[dict[str, Any]]:
    """What came to somebody's server, of a kind."""
    return [one for one in stranger.server.inbox if one["type"] == kind]


async def joins(world: World, who: Stranger) -> None:
    await world.take(who, who.does("Follow", GROUP))
    assert came(who, "Accept")
    assert who.uri in members(world)


def to_the_group(who: Stranger, number: int, text: str = "Bonjour", **more: Any) -> dict[str, Any]:
    """A public note that names the group as Mastodon does."""
    return who.note(
        number,
        f"<p>@chorale {text}</p>",
        cc=[f"{who.uri}/followers", GROUP],
        tag=[{"type": "Mention", "href": GROUP, "name": "@chorale@north.test"}],
        **more,
    )


async def test_somebody_elsewhere_joins_speaks_and_leaves(choir: World) -> None:
    # Given Bob, Carol (elsewhere) and Bea in the group
    await joins(choir, choir.bob)
    await joins(choir, choir.carol)
    choir.do(lambda tx: request_follow(tx, follower=choir.actor(tx, choir.bea.uri), target=choir.actor(tx, GROUP)))
    choir.south.inbox.clear()

    # When Bob names it in public
    note = to_the_group(choir.bob, 1)
    create = choir.bob.does("Create", note)
    await choir.take(choir.bob, create)

    # Then it stands in the group, and his server gets both forms: the id, and the whole activity
    assert said(choir) == [note["id"]]
    plain, whole = came(choir.bob, "Announce")
    assert plain["object"] == note["id"]
    assert whole["object"] == create
    for one in (plain, whole):
        assert one["actor"] == GROUP
        assert PUBLIC in one["to"] and f"{GROUP}/followers" in one["cc"]

    # And what he corrects and takes back is passed on as well
    choir.south.inbox.clear()
    update = choir.bob.does("Update", {**note, "content": "<p>Bonsoir</p>"})
    await choir.take(choir.bob, update)
    assert [one["object"] for one in came(choir.bob, "Announce")] == [update]
    choir.south.inbox.clear()
    await choir.take(choir.bob, choir.bob.does("Delete", note["id"]))
    assert [one["object"]["type"] for one in came(choir.bob, "Announce")] == ["Delete"]
    assert [one["object"]["id"] for one in came(choir.bob, "Undo")] == [plain["id"]]
    assert said(choir) == []

    # And once he has left, he speaks to nobody
    await choir.take(choir.bob, choir.bob.does("Undo", {"type": "Follow", "actor": choir.bob.uri, "object": GROUP}))
    await choir.take(choir.bob, choir.bob.does("Create", to_the_group(choir.bob, 2)))
    assert said(choir) == [] and choir.bob.uri not in members(choir)
