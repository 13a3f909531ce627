"""Lists of people, exclusive or not, and which answers stand on them; hashtags followed."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from microfed.store.people import Actor
from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in found]


@pytest.fixture
async def cid(here: Instance, phone: Callable[[Neighbour], Phone]) -> Phone:
    return phone(here.add("cid"))


async def test_a_list_shows_what_those_on_it_said_before_and_say_now(
    ana: Phone, bea: Phone, cid: Phone
) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    before = await bea.says("avant")
    made = await ana.post("/api/v1/lists", title="Voisins")

    await ana.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[bea.id])
    after = await bea.says("après")
    await cid.says("pas sur la liste")

    assert made == {
        "id": made["id"],
        "title": "Voisins",
        "replies_policy": "list",
        "exclusive": False,
    }
    assert ids(await ana.get(f"/api/v1/timelines/list/{made['id']}")) == [after["id"], before["id"]]
    assert ids(await ana.get("/api/v1/timelines/home")) == [after["id"], before["id"]]
    assert ids(await ana.get(f"/api/v1/lists/{made['id']}/accounts")) == [bea.id]
    assert ids(await ana.get(f"/api/v1/accounts/{bea.id}/lists")) == [made["id"]]
    assert await ana.get(f"/api/v1/accounts/{cid.id}/lists") == []


async def test_only_those_one_follows_come_onto_a_list_all_or_none(
    ana: Phone, bea: Phone, cid: Phone
) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    made = await ana.post("/api/v1/lists", title="Voisins")
    people = f"/api/v1/lists/{made['id']}/accounts"

    await ana.post(people, expects=404, account_ids=[bea.id, cid.id])

    assert await ana.get(people) == []
    await ana.post(people, account_ids=[bea.id])
    await ana.post(people, expects=422, account_ids=[bea.id])


async def test_whoever_is_on_an_exclusive_list_is_not_at_home(ana: Phone, bea: Phone) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    first = await bea.says("un")
    made = await ana.post("/api/v1/lists", title="À part", exclusive=True)
    path = f"/api/v1/lists/{made['id']}"

    await ana.post(f"{path}/accounts", account_ids=[bea.id])
    second = await bea.says("deux")

    assert await ana.get("/api/v1/timelines/home") == []
    both = [second["id"], first["id"]]
    assert ids(await ana.get(f"/api/v1/timelines/list/{made['id']}")) == both
    await ana.put(path, title="À part", exclusive=False)
    assert ids(await ana.get("/api/v1/timelines/home")) == both
    await ana.put(path, exclusive=True)
    assert await ana.get("/api/v1/timelines/home") == []
    await ana.delete(path)
    assert ids(await ana.get("/api/v1/timelines/home")) == both


async def test_which_answers_stand_on_a_list_is_the_lists_affair(
    ana: Phone, bea: Phone, cid: Phone
) -> None:
    for one in (bea, cid):
        await ana.post(f"/api/v1/accounts/{one.id}/follow")
    made = {}
    for replies in ("none", "list", "followed"):
        one = await ana.post("/api/v1/lists", title=replies, replies_policy=replies)
        await ana.post(f"/api/v1/lists/{one['id']}/accounts", account_ids=[bea.id])
        made[replies] = f"/api/v1/timelines/list/{one['id']}"
    both = await ana.post("/api/v1/lists", title="les deux", replies_policy="list")
    await ana.post(f"/api/v1/lists/{both['id']}/accounts", account_ids=[bea.id, cid.id])
    asked = await cid.says("une question")

    answer = await bea.says("@cid oui", in_reply_to_id=asked["id"])

    assert await ana.get(made["none"]) == []
    assert await ana.get(made["list"]) == []
    assert ids(await ana.get(made["followed"])) == [answer["id"]]
    assert answer["id"] in ids(await ana.get(f"/api/v1/timelines/list/{both['id']}"))


async def test_whoever_is_followed_no_more_leaves_the_lists(ana: Phone, bea: Phone) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    made = await ana.post("/api/v1/lists", title="Voisins")
    await ana.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[bea.id])
    await bea.says("un")

    await ana.post(f"/api/v1/accounts/{bea.id}/unfollow")

    assert await ana.get(f"/api/v1/lists/{made['id']}/accounts") == []
    assert await ana.get(f"/api/v1/timelines/list/{made['id']}") == []


async def test_whoever_is_taken_off_a_list_is_not_read_there(ana: Phone, bea: Phone) -> None:
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    made = await ana.post("/api/v1/lists", title="Voisins", exclusive=True)
    path = f"/api/v1/lists/{made['id']}/accounts"
    await ana.post(path, account_ids=[bea.id])
    said = await bea.says("un")

    await ana.ask("DELETE", path, json={"account_ids": [bea.id]})

    assert await ana.get(f"/api/v1/timelines/list/{made['id']}") == []
    assert ids(await ana.get("/api/v1/timelines/home")) == [said["id"]]


async def test_a_list_without_a_name_or_with_an_unknown_way_is_refused(ana: Phone) -> None:
    await ana.post("/api/v1/lists", expects=422, title=" ")
    await ana.post("/api/v1/lists", expects=422, title="x", replies_policy="all")

    assert await ana.get("/api/v1/lists") == []


async def test_a_followed_hashtag_brings_public_posts_home_from_anywhere(
    fediverse: Fediverse, ana: Phone, bea: Phone, cid: Phone
) -> None:
    eva = (await fediverse.instance("there.test")).add("eva")
    found = await bea.get("/api/v2/search", q="@eva@there.test", resolve="true")
    await bea.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow")
    await fediverse.settle()
    tag = await ana.post("/api/v1/tags/Marché/follow")
    assert (tag["name"], tag["following"]) == ("Marché", True)

    public = await cid.says("On y va #marché")
    await cid.says("entre nous #marché", visibility="private")
    await cid.says("autre chose #fête")
    await eva.says(
        "<p>Là-bas aussi</p>",
        tag=[{"type": "Hashtag", "name": "#MARCHÉ", "href": "https://there.test/tags/x"}],
    )
    await fediverse.settle()

    home = await ana.get("/api/v1/timelines/home")
    assert {one["account"]["acct"] for one in home} == {"eva@there.test", "cid"}
    assert public["id"] in ids(home)
    assert [one["name"] for one in await ana.get("/api/v1/followed_tags")] == ["Marché"]
    await ana.post("/api/v1/tags/marché/unfollow")
    await cid.says("encore #marché")
    assert len(await ana.get("/api/v1/timelines/home")) == 2


async def test_a_hashtag_shown_on_a_profile_is_told_to_followers_elsewhere(
    fediverse: Fediverse, here: Instance, ana: Phone
) -> None:
    there = await fediverse.instance("there.test")
    eva = there.add("eva")
    await eva.does({"type": "Follow", "object": here.neighbours["ana"].uri})
    await fediverse.settle()
    await ana.says("au #Marché et à la #fête")
    suggested = await ana.get("/api/v1/featured_tags/suggestions")
    assert {one["name"] for one in suggested} == {"Marché", "fête"}

    shown = await ana.post("/api/v1/featured_tags", name="#Marché")
    await fediverse.settle()

    assert (shown["name"], shown["statuses_count"]) == ("Marché", "1")
    assert (await ana.get("/api/v1/tags/marché"))["featuring"] is True
    with there.house.db.reading() as tx:
        from_here = here_actor(tx, here.neighbours["ana"].uri).id
    path = f"/api/v1/accounts/{from_here}/featured_tags"
    seen = (await there.client.get(path, headers={"Authorization": f"Bearer {eva.token}"})).json()
    assert [one["name"] for one in seen] == ["Marché"]
    found = await here.client.get(f"{here.neighbours['ana'].uri}/collections/tags")
    assert found.json()["items"][0]["name"] == "#Marché"
    await ana.delete(f"/api/v1/featured_tags/{shown['id']}")
    assert await ana.get("/api/v1/featured_tags") == []
    await ana.delete(f"/api/v1/featured_tags/{shown['id']}", expects=404)


def here_actor(tx: Any, uri: str) -> Any:
    return tx.session.scalars(select(Actor).where(Actor.uri == uri)).one()


async def test_what_is_no_hashtag_is_refused(ana: Phone) -> None:
    await ana.post("/api/v1/tags/a b/follow", expects=422)
    await ana.post("/api/v1/featured_tags", expects=422, name="")
    unused = await ana.get("/api/v1/tags/jamaisvu")
    assert (unused["name"], unused["history"][0]["uses"]) == ("jamaisvu", "0")


async def test_in_a_circle_is_who_follows_and_what_is_said_there_is_for_them_alone(
    ana: Phone, bea: Phone, cid: Phone
) -> None:
    for follower in (bea, cid):
        await follower.post(f"/api/v1/accounts/{ana.id}/follow")
    made = await ana.post("/api/v1/circles", title="Chorale")
    assert made == {"id": made["id"], "title": "Chorale"}
    path = f"/api/v1/circles/{made['id']}"

    await ana.post(f"{path}/accounts", account_ids=[bea.id])
    await ana.post(f"{path}/accounts", account_ids=[bea.id])
    said = await ana.says("On répète", visibility="circle", circle_id=made["id"])
    await cid.post(
        "/api/v1/statuses",
        expects=422,
        status="x",
        visibility="circle",
        circle_id=made["id"],
    )

    assert ids(await ana.get(f"{path}/accounts")) == [bea.id]
    assert ids(await ana.get(f"/api/v1/accounts/{bea.id}/circles")) == [made["id"]]
    assert ids(await bea.get("/api/v1/timelines/home")) == [said["id"]]
    assert ids(await cid.get("/api/v1/timelines/home")) == []
    await cid.get(f"/api/v1/statuses/{said['id']}", expects=404)
    await bea.post(f"/api/v1/statuses/{said['id']}/reblog", expects=403)
    answer = await bea.says("J'y serai", in_reply_to_id=said["id"], visibility="private")
    assert answer["microfed"] == {"audience": "circle"}
    await cid.get(f"/api/v1/statuses/{answer['id']}", expects=404)
    # An answer in a circle to what was for others is refused, not widened
    near = await cid.says("ici", visibility="local")
    given = {"visibility": "circle", "circle_id": made["id"], "in_reply_to_id": near["id"]}
    await ana.post("/api/v1/statuses", expects=422, status="x", **given)
    # Whoever goes keeps what was said
    await ana.put(path, title="Chœur")
    assert (await ana.get(path))["title"] == "Chœur"
    await ana.post(path, expects=405)
    await ana.ask("DELETE", f"{path}/accounts", json={"account_ids": [bea.id]})
    assert await ana.get(f"{path}/accounts") == []
    await bea.get(f"/api/v1/statuses/{said['id']}")
    await ana.delete(path)
    await ana.get(path, expects=404)
    await bea.get(f"/api/v1/statuses/{said['id']}")
