"""Searching as an app does: people, posts, hashtags, addresses."""

from collections.abc import Callable

import pytest

from tests.fediverse import Fediverse, Instance, Neighbour
from tests.mastodon.conftest import Phone


async def found(phone: Phone, words: str, **more: object) -> list[str]:
    answer = await phone.get("/api/v2/search", q=words, **more)
    return [post["id"] for post in answer["statuses"]]


async def test_what_neighbours_say_is_found_by_its_words_newest_first(
    ana: Phone, bea: Phone
) -> None:
    first = await ana.says("La boulangerie de l'École ouvre à huit heures")
    second = await bea.says("Une boulangerie ferme, une autre ouvre", visibility="unlisted")

    assert await found(bea, "boulang") == [second["id"], first["id"]]
    assert await found(bea, "ecole HUIT") == [first["id"]]
    assert await found(bea, '"ouvre à huit"') == [first["id"]]
    assert await found(bea, '"huit ouvre"') == []
    assert await found(bea, "boulangerie -ferme") == [first["id"]]
    assert await found(bea, "boulangerie from:bea") == [second["id"]]
    assert await found(bea, "from:me") == [second["id"]]


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "*",
        "NEAR(",
        "a AND",
        "' OR 1=1",
        "-",
        "from:",
        "ab:*&",
        "\\",
        "))((",
        "é" * 600,
        "-only",
    ],
)
async def test_whatever_is_typed_is_only_words(ana: Phone, words: str) -> None:
    await ana.says("Bonjour")

    assert await found(ana, words) == []


async def test_what_was_not_said_to_me_is_never_found(ana: Phone, bea: Phone) -> None:
    await ana.says("un secret pour moi seule", visibility="direct")
    await ana.says("un secret pour ceux qui me suivent", visibility="private")
    local = await ana.says("un secret entre voisins", visibility="local")

    assert await found(bea, "secret") == [local["id"]]


async def test_without_an_account_people_and_tags_are_found_but_no_posts(
    ana: Phone, anyone: Phone
) -> None:
    await ana.says("Bonjour #Quartier")

    answer = await anyone.get("/api/v2/search", q="quartier")

    assert answer["statuses"] == []
    (tag,) = answer["hashtags"]
    assert (tag["name"], tag["history"][0]["uses"], tag["history"][0]["accounts"]) == (
        "Quartier",
        "1",
        "1",
    )
    assert len(tag["history"]) == 7
    await anyone.get("/api/v2/search", expects=401, q="https://r.example/1", resolve="true")
    await anyone.get("/api/v2/search", expects=401, q="x", offset="20")


async def test_an_edited_post_is_found_by_its_new_words_and_a_deleted_one_by_none(
    ana: Phone,
) -> None:
    post = await ana.says("pommes")

    await ana.put(f"/api/v1/statuses/{post['id']}", status="poires")

    assert await found(ana, "pommes") == []
    assert await found(ana, "poires") == [post["id"]]
    await ana.delete(f"/api/v1/statuses/{post['id']}")
    assert await found(ana, "poires") == []


async def test_narrowing_by_day_language_and_what_it_has(ana: Phone) -> None:
    french = await ana.says("vélo", language="fr")
    asked = await ana.says("vélo ?", language="en", poll={"options": ["a", "b"], "expires_in": 600})

    assert await found(ana, "vélo language:fr") == [french["id"]]
    assert await found(ana, "vélo has:poll") == [asked["id"]]
    assert await found(ana, "vélo -has:poll") == [french["id"]]
    assert await found(ana, "vélo after:2020-01-01") == [asked["id"], french["id"]]
    assert await found(ana, "vélo before:2020-01-01") == []
    assert await found(ana, "vélo is:reply") == []


async def test_pages_go_on_where_the_last_ended(ana: Phone) -> None:
    ids = [(await ana.says(f"vélo {number}"))["id"] for number in range(5)][::-1]

    assert await found(ana, "vélo", limit=2) == ids[:2]
    assert await found(ana, "vélo", limit=2, offset=2) == ids[2:4]
    assert await found(ana, "vélo", limit=2, max_id=ids[2]) == ids[3:]
    only = await ana.get("/api/v2/search", q="vélo", type="accounts")
    assert only["statuses"] == []
    await ana.get("/api/v2/search", expects=422, q="vélo", type="cats")
    await ana.get("/api/v2/search", expects=422)


async def test_a_stranger_is_found_by_their_words_only_if_they_wish(
    fediverse: Fediverse, phone: Callable[[Neighbour], Phone]
) -> None:
    here = await fediverse.instance("here.test")
    there = await fediverse.instance("there.test")
    ana, bob = phone(here.add("ana")), phone(there.add("bob"))
    (person,) = (await ana.get("/api/v2/search", q="@bob@there.test", resolve="true"))["accounts"]
    await ana.post(f"/api/v1/accounts/{person['id']}/follow")
    await fediverse.settle()
    await bob.says("rien sur la montagne")
    await bob.patch("/api/v1/accounts/update_credentials", indexable=True)
    await fediverse.settle()
    await bob.says("tout sur la montagne")
    await fediverse.settle()

    posts = (await ana.get("/api/v2/search", q="montagne"))["statuses"]

    assert [post["content"] for post in posts] == ["<p>tout sur la montagne</p>"]


async def test_a_pasted_address_leads_to_the_post_and_the_person(
    fediverse: Fediverse, phone: Callable[[Neighbour], Phone]
) -> None:
    here = await fediverse.instance("here.test")
    there = await fediverse.instance("there.test")
    ana, bob = phone(here.add("ana")), phone(there.add("bob"))
    said = await bob.says("depuis là-bas")

    for address in (said["uri"], said["url"]):
        (post,) = (await ana.get("/api/v2/search", q=address, resolve="true"))["statuses"]
        assert post["uri"] == said["uri"]
    (person,) = (await ana.get("/api/v2/search", q=said["account"]["url"], resolve="true"))[
        "accounts"
    ]
    assert person["acct"] == "bob@there.test"
    mine = await ana.says("d'ici")
    (post,) = (await ana.get("/api/v2/search", q=mine["url"], resolve="true"))["statuses"]
    assert post["id"] == mine["id"]
    nothing = await ana.get("/api/v2/search", q="https://nowhere.test/1", resolve="true")
    assert nothing == {"accounts": [], "statuses": [], "hashtags": []}


async def test_the_first_version_names_hashtags_by_their_names(here: Instance, ana: Phone) -> None:
    await ana.says("#Jardin")

    answer = await ana.get("/api/v1/search", q="jard")

    assert answer["hashtags"] == ["Jardin"]
