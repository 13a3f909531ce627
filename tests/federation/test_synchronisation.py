"""Followers are the same on both sides, whatever got lost between them (FEP-8fcf)."""

from sqlalchemy import delete, select

from microfed.operations.synchronising import digest_of
from microfed.store.people import Follow
from tests.fediverse import Fediverse, Instance


def test_the_digest_is_that_of_the_published_example() -> None:
    people = [f"https://testing.example.org/users/{number}" for number in (2, 1)]

    assert digest_of(people) == "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"


async def _following(instance: Instance, uri: str) -> list[str]:
    page = (await instance.get(f"{uri}/following?page=true")).json()
    items: list[str] = page["orderedItems"]
    return items


async def test_a_follow_that_one_side_forgot_ends_on_the_other(fediverse: Fediverse) -> None:
    # Given Ada and Cleo of one place, who follow Bea of another; Bea's place forgot Ada
    north, south = await fediverse.instance("north.test"), await fediverse.instance("south.test")
    ada, cleo, bea = north.add("ada"), north.add("cleo"), south.add("bea")
    for follower in (ada, cleo):
        await follower.does({"type": "Follow", "object": bea.uri})
    await fediverse.settle()
    with south.house.db.writing() as tx:
        first = select(Follow.id).order_by(Follow.id).limit(1).scalar_subquery()
        tx.connection.execute(delete(Follow).where(Follow.id == first))

    # When Bea says something to her followers
    await bea.says("<p>hello</p>")
    await fediverse.settle()

    # Then both places agree again
    stays = [name.uri for name in (ada, cleo) if await _following(north, name.uri)]
    followers = (await south.get(f"{bea.uri}/followers?page=true")).json()["orderedItems"]
    assert stays == followers
    assert len(stays) == 1


async def test_the_list_is_for_the_server_that_asks(fediverse: Fediverse) -> None:
    north, south = await fediverse.instance("north.test"), await fediverse.instance("south.test")
    ada, bea = north.add("ada"), south.add("bea")
    await ada.does({"type": "Follow", "object": bea.uri})
    await fediverse.settle()
    address = f"{bea.uri}/followers_synchronization"

    assert (await south.get(address)).status_code == 404
    signed = await north.house.fetcher.anonymous(address)
    assert signed["orderedItems"] == [ada.uri]
