"""An event that is taken away while people come: each hears of it in the way they can read."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from microfed.operations.event_answers import answer_event
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.posts import Mention, Post
from tests.federation.test_events import answers, party, told
from tests.federation.world import World

pytestmark = pytest.mark.anyio


async def by_an_app(world: World, uri: str) -> None:
    """Ada deletes it in an app."""
    post = world.post(uri)
    assert post is not None
    headers = {"Authorization": f"Bearer {world.ada.token}"}
    done = await world.north.client.delete(f"/api/v1/statuses/{post.id}", headers=headers)
    assert done.status_code == 200


async def by_a_client(world: World, uri: str) -> None:
    """Ada's client says Delete."""
    await world.ada.does({"type": "Delete", "object": uri})


@pytest.mark.parametrize("door", [by_an_app, by_a_client])
async def test_guests_near_and_far_hear_of_it(
    world: World, door: Callable[[World, str], Awaitable[None]]
) -> None:
    event = party(world)
    await world.take(world.bob, world.bob.does("Join", event))
    await world.take(world.carol, world.carol.does("Accept", event))

    def comes(tx: Tx) -> None:
        post = find_post(tx, event)
        assert post is not None
        answer_event(tx, actor=world.actor(tx, world.bea.uri), post=post, wish="maybe")

    world.do(comes)
    await world.fediverse.settle()

    await door(world, event)
    await world.fediverse.settle()

    for guest in (world.bob, world.carol):
        (said,) = [one["object"] for one in told(guest, "Create")]
        assert (said["attributedTo"], said["to"], said["cc"]) == (world.ada.uri, [guest.uri], [])
        assert "Annulé : Fête" in said["content"].replace("\u00a0", " ")
        assert said.get("inReplyTo") is None  # Mobilizon drops private answers to events
    heard = (
        select(Post.content)
        .join(Mention, Mention.post_id == Post.id)
        .where(Mention.actor_id == world.bea.id)
    )
    assert len(world.do(lambda tx: list(tx.connection.scalars(heard)))) == 1
    assert answers(world) == {}
    assert "Delete" in [said["type"] for _, said in world.south.taken]
