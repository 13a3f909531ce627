"""People to follow, and what is said here lately; collections of people. Ranked by nothing."""

from collections.abc import Callable

import pytest

from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone

pytestmark = pytest.mark.anyio


async def hides(one: Phone) -> None:
    """They do not wish to be found."""
    await one.patch("/api/v1/accounts/update_credentials", discoverable=False)


async def test_neighbours_who_wish_to_be_found_are_suggested_newest_first(
    here: Instance, ana: Phone, bea: Phone, phone: Callable[[Neighbour], Phone]
) -> None:
    cid, dan = (phone(here.add(name)) for name in ("cid", "dan"))
    await hides(dan)

    suggested = await ana.get("/api/v2/suggestions")

    assert [one["account"]["acct"] for one in suggested] == ["cid", "bea"]
    assert suggested[0]["sources"] == ["featured"]
    await ana.delete(f"/api/v1/suggestions/{cid.id}")
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    assert await ana.get("/api/v1/suggestions") == []
    assert dan.id not in str(suggested)


async def test_whom_the_people_i_follow_recommend_is_suggested(
    fediverse: Fediverse, here: Instance, ana: Phone, bea: Phone
) -> None:
    eva = (await fediverse.instance("there.test")).add("eva")
    look = await bea.get("/api/v2/search", q=f"@{eva.name}@there.test", resolve="true")
    id_ = look["accounts"][0]["id"]
    await bea.post(f"/api/v1/accounts/{id_}/follow")
    await fediverse.settle()
    await bea.post(f"/api/v1/accounts/{id_}/endorse")
    await ana.post(f"/api/v1/accounts/{bea.id}/follow")
    discoverable = look["accounts"][0]["discoverable"]

    suggested = await ana.get("/api/v2/suggestions")

    expected = ["eva@there.test"] if discoverable else []
    assert [one["account"]["acct"] for one in suggested] == expected


async def test_what_neighbours_said_lately_comes_latest_first_and_is_ranked_by_nothing(
    ana: Phone, bea: Phone, anyone: Phone
) -> None:
    await hides(ana)
    first = await bea.says("un #marché")
    second = await bea.says("deux #fête")
    await bea.says("une réponse", in_reply_to_id=second["id"])
    await bea.says("entre nous #secret", visibility="private")
    await ana.says("je ne veux pas être trouvée #cachée")
    for _ in range(2):
        await ana.post(f"/api/v1/statuses/{first['id']}/favourite")

    said = await anyone.get("/api/v1/trends/statuses")

    assert [one["id"] for one in said] == [second["id"], first["id"]]
    tags = await anyone.get("/api/v1/trends/tags")
    assert [one["name"] for one in tags] == ["fête", "marché"]
    assert tags[0]["history"][0]["uses"] == "1"


async def test_a_collection_shows_people_who_wish_to_be_found(
    here: Instance, ana: Phone, bea: Phone, anyone: Phone, phone: Callable[[Neighbour], Phone]
) -> None:
    cid = phone(here.add("cid"))
    await hides(cid)
    made = (
        await ana.post(
            "/api/v1/collections", name="Voisins", tag_name="quartier", account_ids=[bea.id]
        )
    )["collection"]
    items = f"/api/v1/collections/{made['id']}/items"

    shown = await anyone.get(f"/api/v1/collections/{made['id']}")

    assert [one["acct"] for one in shown["accounts"]] == ["ana", "bea"]
    assert shown["collection"]["item_count"] == 1
    assert shown["collection"]["tag"]["name"] == "quartier"
    await ana.post(items, expects=403, account_id=cid.id)
    await ana.post(items, expects=409, account_id=bea.id)
    await bea.post(items, expects=404, account_id=bea.id)
    (told,) = await bea.get("/api/v1/notifications")
    assert told["type"] == "added_to_collection"
    assert told["collection"]["id"] == made["id"]
    for address in (
        f"/api/v1/accounts/{bea.id}/in_collections",
        f"/api/v1/{bea.id}/in_collections",
    ):
        inside = (await ana.get(address))["collections"]
        assert [one["id"] for one in inside] == [made["id"]]


async def test_whoever_leaves_a_collection_is_not_put_back(ana: Phone, bea: Phone) -> None:
    made = (await ana.post("/api/v1/collections", name="x", account_ids=[bea.id]))["collection"]
    items, item = f"/api/v1/collections/{made['id']}/items", made["items"][0]["id"]

    await ana.post(f"{items}/{item}/revoke", expects=404)
    await bea.post(f"{items}/{item}/revoke")

    await ana.post(items, expects=403, account_id=bea.id)
    assert (await ana.get(f"/api/v1/collections/{made['id']}"))["collection"]["items"] == []


async def test_a_collection_nobody_may_find_is_its_owners_alone(ana: Phone, bea: Phone) -> None:
    await ana.post("/api/v1/collections", name="secret", discoverable=False)
    await ana.post("/api/v1/collections", expects=422, name=" ")

    path = f"/api/v1/accounts/{ana.id}/collections"
    assert (await bea.get(path))["collections"] == []
    (mine,) = (await ana.get(path))["collections"]
    changed = await ana.patch(f"/api/v1/collections/{mine['id']}", name="public", discoverable=True)
    assert changed["collection"]["name"] == "public"
    assert len((await bea.get(path))["collections"]) == 1
    await bea.delete(f"/api/v1/collections/{mine['id']}", expects=404)
    await ana.delete(f"/api/v1/collections/{mine['id']}")
    assert (await ana.get(path))["collections"] == []
