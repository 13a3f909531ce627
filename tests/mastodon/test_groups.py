"""Groups as apps see them: an account that is a group, which one joins by following it."""

import pytest

from microfed.operations.groups import Terms, make_group
from microfed.queries.people import find_local
from tests.federation.world import World
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio


def phone(world: World, name: str) -> Phone:
    who = world.north.neighbours[name]
    return Phone(world.north.client, who.token)


async def test_an_app_finds_a_group_joins_it_and_speaks_in_it(world: World) -> None:
    # Given a group of Ada's
    world.do(
        lambda tx: make_group(
            tx,
            founder=world.actor(tx, world.ada.uri),
            name="chorale",
            terms=Terms("La chorale"),
        )
    )
    ada, bea = phone(world, "ada"), phone(world, "bea")

    # When Bea looks for it and follows it
    found = await bea.get("/api/v1/accounts/lookup", acct="chorale")
    assert found["group"] is True and found["display_name"] == "La chorale"
    assert found["followers_count"] == 1 and found["locked"] is False
    search = await bea.get("/api/v2/search", q="chorale", type="accounts")
    assert [one["id"] for one in search["accounts"]] == [found["id"]]
    joined = await bea.post(f"/api/v1/accounts/{found['id']}/follow")
    assert joined["following"] is True
    who = await bea.get(f"/api/v1/accounts/{found['id']}/followers")
    assert who == []  # who is in it stands on its page, for its members

    # Then what she says to everyone by naming it comes to Ada's home, passed on by the group
    said = await bea.post("/api/v1/statuses", status="@chorale Répétition à 20 h")
    (first,) = await ada.get("/api/v1/timelines/home")
    assert first["account"]["group"] is True
    assert first["reblog"]["id"] == said["id"]
    assert await ada.get("/api/v1/notifications") == []
    shown = await ada.get(f"/api/v1/accounts/{found['id']}/statuses")
    assert [one["reblog"]["id"] for one in shown] == [said["id"]]
    (own,) = await bea.get("/api/v1/timelines/home")
    assert own["id"] == said["id"]  # her own words, once

    # And once she leaves, she speaks in it no more
    await bea.post(f"/api/v1/accounts/{found['id']}/unfollow")
    await bea.post("/api/v1/statuses", status="@chorale encore là ?")
    assert len(await ada.get("/api/v1/timelines/home")) == 1


async def test_an_app_of_a_member_speaks_in_a_private_group_and_sees_no_account_of_it(
    world: World,
) -> None:
    world.do(
        lambda tx: make_group(
            tx,
            founder=world.actor(tx, world.ada.uri),
            name="secret",
            terms=Terms("Le secret", mode="private"),
        )
    )
    ada, bea = phone(world, "ada"), phone(world, "bea")
    with world.north.house.db.reading() as tx:
        group = find_local(tx, "secret")
        assert group is not None
        id_ = group.id

    said = await ada.post("/api/v1/statuses", status="@secret psst", visibility="public")

    assert said["visibility"] == "private" and said["microfed"] == {"audience": "group"}
    assert said["mentions"] == []
    await bea.get(f"/api/v1/statuses/{said['id']}", expects=404)
    assert await ada.get("/api/v1/accounts/relationships", id=id_) == []
    direct = await ada.post(
        "/api/v1/statuses", status="@bea au sujet de @secret", visibility="direct"
    )
    assert direct["visibility"] == "direct"  # what is between two is not told to a group
