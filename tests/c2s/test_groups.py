"""A group by an ActivityPub client: joining, speaking, and looking after it."""

import pytest

from microfed.operations.groups import Terms, make_group
from microfed.queries.groups import said_in_group
from microfed.queries.people import find_local, is_blocked, is_following
from microfed.store.posts import Post
from tests.federation.world import World
from tests.fediverse import PUBLIC

pytestmark = pytest.mark.anyio
GROUP = "https://north.test/users/chorale"


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
