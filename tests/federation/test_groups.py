"""A group of ours and people from elsewhere: what others send to it, and what it sends to them."""

from typing import Any

import pytest
from sqlalchemy import select

from microfed.operations.group_care import trust
from microfed.operations.groups import Terms, make_group
from microfed.queries.groups import said_in_group
from microfed.queries.people import find_local
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.posts import Post
from tests.federation.world import World
from tests.fediverse import PUBLIC
from tests.strangers import Stranger

pytestmark = pytest.mark.anyio
GROUP = "https://north.test/users/chorale"


@pytest.fixture
def choir(world: World) -> World:
    """Ada made a group."""

    def work(tx: Tx) -> None:
        ada = world.actor(tx, world.ada.uri)
        make_group(tx, founder=ada, name="chorale", terms=Terms("La chorale"))

    world.do(work)
    return world


def said(world: World) -> list[str]:
    """What stands in the group."""
    with world.north.house.db.reading() as tx:
        group = find_local(tx, "chorale")
        assert group is not None
        ids = said_in_group(tx, None, group.id, limit=20)
        return [tx.session.get_one(Post, id_).uri for id_ in ids]


def members(world: World) -> set[str]:
    """Who is in the group."""
    with world.north.house.db.reading() as tx:
        query = (
            select(Actor.uri)
            .join(Follow, Follow.follower_id == Actor.id)
            .where(Follow.target_id == world.actor(tx, GROUP).id, Follow.accepted_at.is_not(None))
        )
        return set(tx.connection.scalars(query))


def came(stranger: Stranger, kind: str) -> list[dict[str, Any]]:
    """What came to somebody's server, of a kind."""
    return [one for _, one in stranger.server.taken if one["type"] == kind]


async def joins(world: World, who: Stranger) -> None:
    await world.take(who, who.does("Follow", GROUP))
    assert came(who, "Accept")[-1]["actor"] == GROUP
    assert who.uri in members(world)


def to_the_group(who: Stranger, text: str = "Bonjour", **more: Any) -> dict[str, Any]:
    """A public note that names the group as Mastodon does."""
    mention = {"type": "Mention", "href": GROUP, "name": "@chorale@north.test"}
    more = {"cc": [who.followers, GROUP], "tag": [mention], **more}
    return who.note(f"<p>@chorale {text}</p>", **more)


async def test_somebody_elsewhere_joins_speaks_corrects_and_leaves(choir: World) -> None:
    # Given Bob in the group
    bob = choir.bob
    await joins(choir, bob)
    bob.server.taken.clear()

    # When he names it in public
    note = to_the_group(bob)
    create = bob.creates(note)
    await choir.take(bob, create)

    # Then it stands in the group, and servers get both forms: the id, and the whole activity
    assert said(choir) == [note["id"]]
    plain, whole = came(bob, "Announce")
    assert plain["object"] == note["id"]
    assert whole["object"] == create
    for one in (plain, whole):
        assert one["actor"] == GROUP
        assert one["to"] == [PUBLIC] and f"{GROUP}/followers" in one["cc"]

    # And what he corrects and takes back is passed on as well
    bob.server.taken.clear()
    update = bob.does("Update", {**note, "content": "<p>Bonsoir</p>"})
    await choir.take(bob, update)
    assert [one["object"] for one in came(bob, "Announce")] == [update]
    bob.server.taken.clear()
    await choir.take(bob, bob.does("Delete", note["id"]))
    assert [one["object"]["type"] for one in came(bob, "Announce")] == ["Delete"]
    assert [one["object"]["id"] for one in came(bob, "Undo")] == [plain["id"]]
    assert said(choir) == []

    # And once he has left, he speaks to nobody
    follow = {"type": "Follow", "actor": bob.uri, "object": GROUP}
    await choir.take(bob, bob.does("Undo", follow))
    await choir.take(bob, bob.creates(to_the_group(bob)))
    assert said(choir) == []
    assert bob.uri not in members(choir)


async def test_an_answer_in_a_thread_of_the_group_is_passed_on_without_naming_it(
    choir: World,
) -> None:
    await joins(choir, choir.bob)
    await joins(choir, choir.carol)
    note = to_the_group(choir.bob)
    await choir.take(choir.bob, choir.bob.creates(note))
    choir.bob.server.taken.clear()

    answer = choir.carol.note("<p>Moi</p>", inReplyTo=note["id"])
    await choir.take(choir.carol, choir.carol.creates(answer))

    announced = [one["object"] for one in came(choir.bob, "Announce")]
    assert announced[0] == answer["id"]
    assert announced[1]["object"]["id"] == answer["id"]
    assert said(choir) == [note["id"]]


async def test_who_is_not_in_it_names_it_and_nothing_is_passed_on(choir: World) -> None:
    await joins(choir, choir.bob)
    choir.bob.server.taken.clear()

    await choir.take(choir.carol, choir.carol.creates(to_the_group(choir.carol)))

    assert said(choir) == []
    assert came(choir.bob, "Announce") == []


async def test_forged_deeds_have_no_effect(choir: World) -> None:
    # Given a post in the group, and Mallory in it as well
    bob, mallory = choir.bob, choir.mallory
    await joins(choir, bob)
    await joins(choir, mallory)
    note = to_the_group(bob)
    await choir.take(bob, bob.creates(note))
    before = choir.visible()

    # When she acts as the group, or as if she looked after it
    forged = {**mallory.does("Announce", note["id"]), "actor": GROUP, "id": f"{GROUP}/x"}
    await choir.take(mallory, forged, expects=401)
    block = mallory.does("Block", bob.uri, target=GROUP, removeData=True)
    for deed in (
        block,
        mallory.does("Delete", note["id"], summary="I say so"),
        mallory.does("Add", mallory.uri, target=f"{GROUP}/moderators"),
        mallory.does("Remove", choir.ada.uri, target=f"{GROUP}/moderators"),
        mallory.does("Announce", block),
        mallory.does("Invite", GROUP, target=choir.bea.uri),
        mallory.does("Update", {"id": GROUP, "type": "Group", "inbox": f"{mallory.uri}/inbox"}),
    ):
        await choir.take(mallory, deed)

    # Then nothing anybody can see is otherwise
    assert choir.visible() == before


async def test_who_looks_after_it_from_elsewhere_may_take_out_and_show_out(choir: World) -> None:
    # Given Carol, elsewhere, who looks after the group with Ada
    bob, carol = choir.bob, choir.carol
    await joins(choir, bob)
    await joins(choir, carol)

    def entrust(tx: Tx) -> None:
        group, ada = choir.actor(tx, GROUP), choir.actor(tx, choir.ada.uri)
        trust(tx, group=group, by=ada, who=choir.actor(tx, carol.uri))

    choir.do(entrust)
    await choir.fediverse.settle()
    (added,) = (one["object"] for one in came(bob, "Announce"))
    assert (added["type"], added["object"]) == ("Add", carol.uri)
    assert added["target"] == f"{GROUP}/moderators"
    listed = await choir.north.get("/users/chorale/moderators")
    assert listed.json()["orderedItems"] == [choir.ada.uri, carol.uri]

    # When Bob's post is taken out, and Bob shown out
    first, second = to_the_group(bob), to_the_group(bob)
    for note in (first, second):
        await choir.take(bob, bob.creates(note))
    bob.server.taken.clear()
    await choir.take(carol, carol.does("Delete", first["id"], summary="hors sujet"))
    assert said(choir) == [second["id"]]
    await choir.take(carol, carol.does("Block", bob.uri, target=GROUP, removeData=True))

    # Then others hear of it, in Lemmy's form and in Mastodon's
    inside = [one["object"] for one in came(bob, "Announce")]
    assert [one["type"] for one in inside] == ["Delete", "Block", "Delete"]
    assert inside[0]["summary"] == "hors sujet"
    assert (inside[1]["object"], inside[1]["target"]) == (bob.uri, GROUP)
    assert len(came(bob, "Undo")) == 2 and came(bob, "Reject")

    # And he does not come back
    assert said(choir) == [] and bob.uri not in members(choir)
    bob.server.taken.clear()
    await choir.take(bob, bob.does("Follow", GROUP))
    await choir.take(bob, bob.creates(to_the_group(bob)))
    assert said(choir) == [] and bob.uri not in members(choir)
    assert came(bob, "Reject") and not came(bob, "Accept")


async def test_a_group_of_lemmys_is_a_group_like_ours(choir: World) -> None:
    """What Lemmy reads of a community before it lets people follow one (tests/documents/lemmy)."""
    document = (await choir.north.get("/users/chorale")).json()

    assert document["type"] == "Group"
    assert document["attributedTo"] == document["moderators"] == f"{GROUP}/moderators"
    assert document["postingRestrictedToMods"] is False
    assert document["preferredUsername"] == "chorale" and document["name"] == "La chorale"
    for key in ("inbox", "outbox", "followers", "featured", "publicKey", "endpoints", "published"):
        assert document[key]
    people = (await choir.north.get("/users/chorale/followers")).json()
    assert people["totalItems"] == 1 and "first" not in people
    outbox = (await choir.north.get("/users/chorale/outbox?page=true")).json()
    assert outbox["orderedItems"] == []
