"""What a client may post: every activity ends in the same operation as everywhere else."""

from typing import Any

import pytest

from tests.fediverse import AS2, PUBLIC, Fediverse, Instance, Neighbour


async def read(who: Neighbour, uri: str) -> Any:
    """Read something as its owner's client does."""
    return await who.instance.get(uri, headers={"Authorization": f"Bearer {who.token}"})


async def refusal(who: Neighbour, document: Any, status: int) -> dict[str, Any]:
    """Post what is refused, and return why."""
    answer = await who.does(document, expects=status)
    assert answer["status"] == status
    return answer


@pytest.fixture
async def north(fediverse: Fediverse) -> Instance:
    """One server with Ada, Bea and Cy."""
    north = await fediverse.instance("north.test")
    for name in ("ada", "bea", "cy"):
        north.add(name)
    return north


@pytest.fixture
async def ada(north: Instance) -> Neighbour:
    return north.neighbours["ada"]


@pytest.fixture
async def bea(north: Instance) -> Neighbour:
    return north.neighbours["bea"]


async def locks(who: Neighbour) -> None:
    await who.does(
        {
            "type": "Update",
            "object": {"id": who.uri, "type": "Person", "manuallyApprovesFollowers": True},
        }
    )


async def test_a_follower_who_asked_is_accepted_and_shown_out_again(
    ada: Neighbour, bea: Neighbour
) -> None:
    await locks(bea)
    asked = await ada.does({"type": "Follow", "object": bea.uri})
    assert (asked["type"], asked["object"], asked["to"]) == ("Follow", bea.uri, [bea.uri])

    # As evanp/ap answers: a part of the Follow
    said = await bea.does(
        {
            "type": "Accept",
            "to": [ada.uri],
            "object": {"type": "Follow", "actor": ada.uri, "id": asked["id"]},
        }
    )
    assert said["object"]["id"] == asked["id"]
    followers = (await read(ada, f"{bea.uri}/followers?page=true")).json()
    assert followers["orderedItems"] == [ada.uri]

    await bea.does({"type": "Reject", "object": asked["id"]})
    followers = (await read(ada, f"{bea.uri}/followers?page=true")).json()
    assert followers["orderedItems"] == []


async def test_nobody_answers_for_whom_was_asked(ada: Neighbour, bea: Neighbour) -> None:
    await locks(bea)
    asked = await ada.does({"type": "Follow", "object": bea.uri})

    await refusal(ada, {"type": "Accept", "object": asked["id"]}, 404)
    await refusal(
        ada,
        {"type": "Accept", "object": {"id": asked["id"], "type": "Follow", "object": bea.uri}},
        403,
    )
    await refusal(bea, {"type": "Accept", "object": {"type": "Offer", "id": "x"}}, 422)


@pytest.mark.parametrize("is_embedded", [True, False], ids=["embedded", "by id"])
@pytest.mark.parametrize("kind", ["Follow", "Like", "Announce", "Block", "Arrive", "Add"])
async def test_what_was_done_is_undone(
    ada: Neighbour, bea: Neighbour, kind: str, is_embedded: bool
) -> None:
    # Given something that Ada did
    theirs = (await bea.says("hello"))["object"]["id"]
    mine = (await ada.says("hi"))["object"]["id"]
    done = await ada.does(
        {
            "Follow": {"type": "Follow", "object": bea.uri},
            "Like": {"type": "Like", "object": theirs},
            "Announce": {"type": "Announce", "object": theirs},
            "Block": {"type": "Block", "object": bea.uri},
            "Arrive": {"type": "Arrive", "location": {"name": "The café"}, "to": PUBLIC},
            "Add": {
                "type": "Add",
                "object": mine,
                "target": f"{ada.uri}/collections/featured",
            },
        }[kind]
    )

    # When she takes it back
    undone = await ada.does({"type": "Undo", "object": done if is_embedded else done["id"]})

    # Then it is undone: a second time there is nothing left (Add is undone by a Remove)
    if kind == "Add":
        assert undone["type"] == "Remove"
        featured = (await read(ada, f"{ada.uri}/collections/featured")).json()
        assert featured["orderedItems"] == []
        return
    assert undone["type"] == "Undo"
    assert undone["object"]["id"] == done["id"]
    await refusal(ada, {"type": "Undo", "object": {"id": done["id"], "type": kind}}, 404)
    # And the Undo can be read where its id says
    assert (await read(ada, undone["id"])).json()["id"] == undone["id"]


async def test_nobody_undoes_what_another_did(ada: Neighbour, bea: Neighbour) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]
    liked = await ada.does({"type": "Like", "object": theirs})

    await refusal(bea, {"type": "Undo", "object": liked}, 403)
    await refusal(bea, {"type": "Undo", "object": liked["id"]}, 404)
    await refusal(bea, {"type": "Undo", "object": "https://south.test/likes/1"}, 403)
    assert (await read(ada, liked["id"])).status_code == 200


async def test_what_is_said_is_deleted_not_undone(ada: Neighbour) -> None:
    said = await ada.says("hello")

    why = await refusal(ada, {"type": "Undo", "object": said}, 422)
    assert "object.type" in why["details"]
    gone = await ada.does({"type": "Delete", "object": said["object"]["id"]})
    assert gone["object"]["type"] == "Tombstone"
    assert (await read(ada, said["object"]["id"])).status_code == 410


async def test_an_update_changes_what_it_names_and_nothing_else(ada: Neighbour) -> None:
    said = await ada.says(
        "<p>hello</p>", summary="careful", name="A title", sensitive=True, contentMap={"en": "x"}
    )
    uri = said["object"]["id"]

    # A warning alone: the words stay
    changed = (
        await ada.does({"type": "Update", "object": {"id": uri, "type": "Note", "summary": "mind"}})
    )["object"]
    assert (changed["content"], changed["summary"], changed["name"]) == (
        said["object"]["content"],
        "mind",
        "A title",
    )
    # Words alone, as evanp/ap sends them: the warning stays; null takes away
    changed = (await ada.does({"type": "Update", "object": {"id": uri, "content": "<p>bye</p>"}}))[
        "object"
    ]
    assert (changed["content"], changed["summary"]) == ("<p>bye</p>", "mind")
    changed = (await ada.does({"type": "Update", "object": {"id": uri, "summary": None}}))["object"]
    assert (changed["content"], changed["summary"]) == ("<p>bye</p>", None)


async def test_an_update_without_words_never_blanks_a_post(ada: Neighbour, bea: Neighbour) -> None:
    said = await ada.says("hello")
    uri = said["object"]["id"]

    # AndStatus sends a like as an Update of a Note that says nothing
    await refusal(ada, {"type": "Update", "object": {"id": uri, "type": "Note"}}, 422)
    await refusal(bea, {"type": "Update", "object": {"id": uri, "type": "Note"}}, 403)
    await refusal(ada, {"type": "Update", "object": {"id": uri, "content": ""}}, 422)
    assert (await read(ada, uri)).json()["content"] == said["object"]["content"]


async def test_what_is_the_servers_cannot_be_overwritten(ada: Neighbour, bea: Neighbour) -> None:
    before = (await read(ada, ada.uri)).json()
    forged = {
        "id": ada.uri,
        "type": "Person",
        "name": "Ada L.",
        "inbox": "https://evil.test/inbox",
        "publicKey": {"id": "x", "publicKeyPem": "x"},
        "preferredUsername": "bea",
        "endpoints": {"sharedInbox": "https://evil.test/"},
    }
    await ada.does({"type": "Update", "object": forged})

    after = (await read(ada, ada.uri)).json()
    assert after["name"] == "Ada L."
    for key in ("inbox", "publicKey", "preferredUsername", "endpoints", "id"):
        assert after[key] == before[key]

    said = (await ada.says("hello"))["object"]
    forged = {"id": said["id"], "content": "bye", "likes": "x", "published": "2001-01-01T00:00:00Z"}
    changed = (await ada.does({"type": "Update", "object": forged}))["object"]
    assert (changed["likes"], changed["published"]) == (said["likes"], said["published"])
    await refusal(bea, {"type": "Update", "object": {"id": ada.uri, "name": "x"}}, 403)


@pytest.mark.parametrize(
    ("document", "lacking"),
    [
        ({"content": "hi"}, ["type"]),
        *(
            ({"type": kind}, ["object"])
            for kind in (
                *("Create", "Update", "Delete", "Follow", "Accept", "Reject", "Like"),
                *("Announce", "Block", "Undo"),
            )
        ),
        ({"type": "Add"}, ["object", "target"]),
        ({"type": "Remove", "object": "https://x.test/1"}, ["target"]),
        ({"type": "Create", "object": "https://x.test/1"}, ["object"]),
        ({"type": "Create", "object": {"content": "hi"}}, ["object.type"]),
        ({"type": "Like", "object": {"type": "Note"}}, ["object"]),
    ],
)
async def test_what_lacks_a_property_is_told_which(
    ada: Neighbour, document: dict[str, Any], lacking: list[str]
) -> None:
    why = await refusal(ada, document, 422)

    assert sorted(why["details"]) == lacking


async def test_nobody_gives_an_id_that_is_not_theirs(ada: Neighbour, bea: Neighbour) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]

    for id_ in (theirs, "https://south.test/notes/1"):
        await refusal(ada, {"type": "Note", "id": id_, "content": "x", "to": PUBLIC}, 403)
        await refusal(
            ada,
            {"type": "Create", "object": {"type": "Note", "id": id_, "content": "x"}},
            403,
        )
    await refusal(ada, {"type": "Note", "attributedTo": bea.uri, "content": "x"}, 403)
    await refusal(ada, {"type": "Like", "actor": bea.uri, "object": theirs}, 403)
    await refusal(ada, {"type": "Delete", "object": theirs}, 403)
    # An id of no server at all is ignored, and that of an activity always is
    said = await ada.does(
        {
            "type": "Create",
            "id": "https://south.test/creates/1",
            "object": {"type": "Note", "id": "urn:uuid:1", "content": "x"},
        }
    )
    assert said["id"].startswith(f"{ada.uri}/posts/")
    assert said["object"]["id"].startswith(f"{ada.uri}/posts/")


async def test_addressees_on_either_count_for_both_and_secret_ones_stay_secret(
    fediverse: Fediverse, ada: Neighbour, bea: Neighbour
) -> None:
    # Given Dan on another server
    south = await fediverse.instance("south.test")
    dan = south.add("dan")
    cy = ada.instance.neighbours["cy"]

    # When Ada addresses one on the activity as text, one on the object, one in secret
    said = await ada.does(
        {
            "type": "Create",
            "to": bea.uri,
            "bcc": [cy.uri],
            "object": {"type": "Note", "content": "hi", "cc": dan.uri, "bto": cy.uri},
        }
    )
    await fediverse.settle()

    # Then all get it, and nobody learns of the secret one
    assert {*said["to"], *said["cc"]} == {bea.uri, dan.uri}
    assert (said["to"], said["cc"]) == (said["object"]["to"], said["object"]["cc"])
    assert "bto" not in said["object"]
    assert "bcc" not in said
    for reader in (bea, cy):
        assert (await read(reader, said["object"]["id"])).status_code == 200
    bodies = b"".join(sent.body for sent in fediverse.network.sent)
    assert said["object"]["id"].encode() in bodies
    assert cy.uri.encode() not in bodies


async def test_secret_addressees_of_one_server_elsewhere_all_read_it_and_not_of_each_other(
    fediverse: Fediverse, ada: Neighbour
) -> None:
    south = await fediverse.instance("south.test")
    dan, eve, fay = (south.add(name) for name in ("dan", "eve", "fay"))

    said = await ada.does({"type": "Note", "content": "psst", "bto": [dan.uri], "bcc": eve.uri})
    await fediverse.settle()

    for who, count in ((dan, 1), (eve, 1), (fay, 0)):
        inbox = (await read(who, f"{who.uri}/inbox?page=true")).json()["orderedItems"]
        assert [item["id"] for item in inbox] == [said["id"]] * count
        assert not any(one.uri in str(inbox) for one in (dan, eve, fay))
        talks = await south.client.get(
            "/api/v1/conversations", headers={"Authorization": f"Bearer {who.token}"}
        )
        assert len(talks.json()) == count


async def test_a_deed_of_any_type_is_kept_delivered_and_readable(
    fediverse: Fediverse, ada: Neighbour
) -> None:
    # Given Dan elsewhere who follows Ada
    south = await fediverse.instance("south.test")
    dan = south.add("dan")
    await dan.does({"type": "Follow", "object": ada.uri})
    await fediverse.settle()

    # When she arrives somewhere, as checkin.swf.pub says it
    done = await ada.does(
        {
            "@context": "https://www.w3.org/ns/activitystreams",
            "type": "Arrive",
            "actor": {"id": ada.uri, "type": "Person", "name": "Ada"},
            "location": {"type": "Place", "id": "https://places.pub/1", "name": "Café"},
            "summaryMap": {"en": "Ada arrived at <b>Café</b><script>alert(1)</script>"},
            "to": PUBLIC,
        }
    )
    await fediverse.settle()

    # Then it has an id that answers, says who and where, and is safe
    assert (done["type"], done["actor"], done["to"]) == ("Arrive", ada.uri, [PUBLIC])
    assert done["location"]["name"] == "Café"
    assert "script" not in str(done)
    public = (await ada.instance.get(done["id"])).json()
    assert (public["id"], public["type"]) == (done["id"], "Arrive")

    # And Dan reads it with an app that knows nothing of it
    home = await south.client.get(
        "/api/v1/timelines/home", headers={"Authorization": f"Bearer {dan.token}"}
    )
    (shown,) = home.json()
    assert shown["uri"] == done["id"]
    assert "Ada arrived at <b>Café</b>" in shown["content"]

    # Until she takes it back
    await ada.does({"type": "Undo", "object": done["id"]})
    await fediverse.settle()
    home = await south.client.get(
        "/api/v1/timelines/home", headers={"Authorization": f"Bearer {dan.token}"}
    )
    assert home.json() == []


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        ({"type": "Arrive", "location": {"name": "Café & Co"}}, "📍 Café &amp; Co"),
        ({"type": "Leave", "location": {"name": "Café"}}, "👋 Café"),
        (
            {"type": "Travel", "origin": {"name": "Rome"}, "target": {"name": "Milan"}},
            "🧭 Rome → Milan",
        ),
        ({"type": "Read", "object": {"type": "Article", "name": "News"}}, "📖 News"),
        ({"type": "Listen", "object": "https://x.test/song"}, 'href="https://x.test/song"'),
        ({"type": ["farm:Plant", "Arrive"], "name": "Carrots < 3"}, "Carrots &lt; 3"),
        ({"type": "farm:Plant", "actor": "", "name": "Carrots"}, "Carrots"),
    ],
)
async def test_a_deed_has_words_for_whoever_reads_it(
    ada: Neighbour, document: dict[str, Any], shown: str
) -> None:
    await ada.does({**document, "to": [PUBLIC]})

    statuses = await ada.instance.client.get(f"/api/v1/accounts/{ada.id}/statuses")
    assert shown in statuses.json()[0]["content"]


async def test_a_collection_of_ones_own_is_filled_and_emptied(
    ada: Neighbour, bea: Neighbour
) -> None:
    # As evanp/ap makes one
    made = await ada.does(
        {
            "type": "Create",
            "to": [PUBLIC],
            "cc": [],
            "object": {"type": "Collection", "nameMap": {"en": "Books & more"}},
        }
    )
    uri = made["object"]["id"]
    assert made["object"]["nameMap"] == {"en": "Books & more"}

    for item in ("https://x.test/1", "https://x.test/2", "https://x.test/1"):
        added = await ada.does({"type": "Add", "target": uri, "object": item})
        assert (added["target"], added["object"]) == (uri, item)
    document = (await ada.instance.get(uri)).json()
    assert (document["type"], document["totalItems"]) == ("Collection", 2)
    assert document["items"] == ["https://x.test/1", "https://x.test/2"]

    await ada.does({"type": "Remove", "target": uri, "object": "https://x.test/1"})
    assert (await ada.instance.get(uri)).json()["items"] == ["https://x.test/2"]
    statuses = await ada.instance.client.get(f"/api/v1/accounts/{ada.id}/statuses")
    assert "https://x.test/2" in statuses.json()[0]["content"]
    assert "Books &amp; more" in statuses.json()[0]["content"]

    # Nobody else changes it, and nobody changes what is the server's
    add = {"type": "Add", "object": "https://x.test/3"}
    await refusal(bea, {**add, "target": uri}, 403)
    await refusal(ada, {**add, "target": f"{ada.uri}/followers"}, 403)
    await refusal(ada, {**add, "target": "https://south.test/c/1"}, 403)
    renamed = await ada.does({"type": "Update", "object": {"id": uri, "nameMap": {"en": "Films"}}})
    assert renamed["object"]["nameMap"] == {"en": "Films"}
    assert renamed["object"]["items"] == ["https://x.test/2"]


async def test_a_post_is_pinned_and_unpinned(ada: Neighbour, bea: Neighbour) -> None:
    mine = (await ada.says("look"))["object"]["id"]
    theirs = (await bea.says("no"))["object"]["id"]
    target = f"{ada.uri}/collections/featured"

    await ada.does({"type": "Add", "object": mine, "target": target})
    featured = (await ada.instance.get(target)).json()
    assert [item["id"] for item in featured["orderedItems"]] == [mine]
    await refusal(ada, {"type": "Add", "object": theirs, "target": target}, 403)
    await ada.does({"type": "Remove", "object": mine, "target": target})
    assert (await ada.instance.get(target)).json()["orderedItems"] == []


async def test_every_activity_has_an_address_that_answers_whom_it_is_for(
    ada: Neighbour, bea: Neighbour
) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]
    mine = (await ada.says("hi"))["object"]["id"]
    cy = ada.instance.neighbours["cy"]
    secret = await ada.does({"type": "Note", "content": "psst", "to": [bea.uri]})
    documents: list[dict[str, Any]] = [
        secret,
        await ada.does({"type": "Follow", "object": bea.uri}),
        await ada.does({"type": "Like", "object": theirs}),
        await ada.does({"type": "Announce", "object": theirs}),
        await ada.does({"type": "Update", "object": {"id": mine, "content": "ho"}}),
        await ada.does({"type": "Update", "object": {"id": ada.uri, "name": "A"}}),
        await ada.does({"type": "Read", "object": {"name": "x"}, "to": [bea.uri]}),
        await ada.does({"type": "Delete", "object": mine}),
        await ada.does({"type": "Block", "object": cy.uri}),
    ]

    for done in documents:
        got = await read(ada, done["id"])
        assert (got.status_code, got.json()["id"]) == (200, done["id"]), done
        head = await ada.instance.client.head(
            done["id"], headers={"Authorization": f"Bearer {ada.token}", "Accept": AS2}
        )
        assert (head.status_code, head.content) == (200, b"")
        is_public = PUBLIC in (*done["to"], *done.get("cc", ()))
        assert (await ada.instance.get(done["id"])).status_code == (200 if is_public else 404), done
    assert (await read(cy, secret["id"])).status_code == 404
    assert (await read(bea, secret["id"])).status_code == 200
