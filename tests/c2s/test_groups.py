"""A group by an ActivityPub client: joining, speaking, and looking after it."""

import pytest

from microfed.operations.groups import Terms, make_group
from microfed.queries.groups import said_in_group
from microfed.queries.people import find_local, is_blocked, is_following
from microfed.store.posts import Post
from microfed.vocab.groups import APPROVAL
from tests.c2s.test_aid import inbox
from tests.federation.world import World
from tests.fediverse import PUBLIC

pytestmark = pytest.mark.anyio
GROUP = "https://north.test/users/chorale"


async def test_who_looks_after_a_group_lets_in_passes_the_keys_on_and_lets_back(
    world: World,
) -> None:
    # Given a group of Ada's with a look at the door
    ada, bea, moderators = world.ada, world.bea, f"{GROUP}/moderators"
    terms = Terms("La chorale", mode=APPROVAL)
    world.do(
        lambda tx: make_group(tx, founder=world.actor(tx, ada.uri), name="chorale", terms=terms)
    )

    # When Bea asks, Then Ada reads it in her inbox, and nobody else answers
    asked = await bea.does({"type": "Follow", "object": GROUP})
    (came,) = [one for one in await inbox(ada) if one["type"] == "Follow"]
    assert (came["id"], came["object"]) == (asked["id"], GROUP)
    await bea.does({"type": "Accept", "object": asked["id"]}, expects=404)
    no = await ada.does({"type": "Reject", "object": came})
    assert (no["type"], is_in(world, bea.id)) == ("Reject", False)
    asked = await bea.does({"type": "Follow", "object": GROUP})
    yes = await ada.does({"type": "Accept", "object": asked["id"]})
    assert (yes["type"], yes["actor"], is_in(world, bea.id)) == ("Accept", GROUP, True)

    # And the keys are passed on to who is in it, by who has them
    keys = {"type": "Add", "object": bea.uri, "target": moderators}
    await bea.does(keys, expects=403)
    await ada.does({**keys, "object": world.bob.uri}, expects=422)
    first = await ada.does(keys)
    assert (first["type"], first["target"]) == ("Add", moderators)
    await ada.does(keys)  # twice is harmless
    await ada.does({"type": "Remove", "object": bea.uri, "target": moderators}, expects=403)
    await bea.does({"type": "Remove", "object": bea.uri, "target": moderators})
    await bea.does(keys, expects=403)
    await ada.does({"type": "Remove", "object": ada.uri, "target": moderators}, expects=403)

    # And who was shown out may ask again once they are let back
    ban = {"type": "Block", "object": bea.uri, "target": GROUP}
    await ada.does(ban)
    await bea.does({"type": "Undo", "object": ban}, expects=403)
    await bea.does({"type": "Follow", "object": GROUP}, expects=403)
    undone = await ada.does({"type": "Undo", "object": ban})
    assert undone["object"]["object"] == bea.uri
    await ada.does({"type": "Undo", "object": ban}, expects=404)
    await bea.does({"type": "Follow", "object": GROUP})


def is_in(world: World, who: int) -> bool:
    with world.north.house.db.reading() as tx:
        group = find_local(tx, "chorale")
        return group is not None and is_following(tx, follower=who, target=group.id)


def said(world: World) -> list[str]:
    with world.north.house.db.reading() as tx:
        group = find_local(tx, "chorale")
        assert group is not None
        return [
            tx.session.get_one(Post, id_).uri for id_ in said_in_group(tx, None, group.id, limit=9)
        ]


async def test_a_program_joins_speaks_and_looks_after_a_group(world: World) -> None:
    # Given a group of Ada's
    world.do(
        lambda tx: make_group(
            tx,
            founder=world.actor(tx, world.ada.uri),
            name="chorale",
            terms=Terms("La chorale"),
        )
    )
    ada, bea = world.ada, world.bea

    # When Bea joins and speaks in it: by `audience`, by a name in public; not by a name in private
    await bea.does({"type": "Follow", "object": GROUP})
    note = {"type": "Note", "content": "<p>Bonjour</p>"}
    first = await bea.does({"type": "Create", "object": {**note, "to": [GROUP], "audience": GROUP}})
    second = await bea.does({"type": "Create", "object": {**note, "to": [PUBLIC], "cc": [GROUP]}})
    await bea.does({"type": "Create", "object": {**note, "to": [GROUP]}})
    uris = [first["object"]["id"], second["object"]["id"]]
    assert said(world) == uris[::-1]
    assert PUBLIC in first["object"]["to"]
    assert first["audience"] == first["object"]["audience"] == GROUP

    # Then she may neither take out nor show out, and Ada, who looks after it, may
    own = await ada.says("<p>à moi</p>", cc=[GROUP])
    await bea.does({"type": "Delete", "object": own["object"]["id"]}, expects=403)
    ban = {"type": "Block", "object": ada.uri, "target": GROUP}
    await bea.does(ban, expects=403)
    taken = await ada.does({"type": "Delete", "object": uris[0], "summary": "hors sujet"})
    assert (taken["type"], taken["summary"]) == ("Delete", "hors sujet")
    assert uris[0] not in said(world)
    await ada.does({**ban, "object": bea.uri, "removeData": True})
    assert said(world) == [own["object"]["id"]]
    with world.north.house.db.reading() as tx:
        group = find_local(tx, "chorale")
        assert group is not None
        assert is_blocked(tx, by=group.id, whom=bea.id)
        assert not is_blocked(tx, by=ada.id, whom=bea.id)  # Ada has nothing against her
        assert not is_following(tx, follower=bea.id, target=group.id)
