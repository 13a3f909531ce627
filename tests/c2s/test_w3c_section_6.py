"""Every MUST and SHOULD that section 6 of W3C ActivityPub lays on a server, each a named test.

The table says which test holds each sentence; what section 6 asks of clients is for clients.
"""

import json
from typing import Any

import httpx
import pytest

from tests.fediverse import AS2, PUBLIC, Fediverse, Neighbour

LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
SENTENCES = {
    "6: Content-Type application/ld+json with the profile; servers MAY take activity+json": (
        "test_both_media_types_are_taken_and_no_other"
    ),
    "6: The request MUST be authenticated with the credentials of the outbox's owner": (
        "test_nobody_posts_without_being_the_owner"
    ),
    "6: The body MUST contain a single Activity or a single non-Activity object": (
        "test_the_body_is_a_single_object"
    ),
    "6: Servers MUST ignore a submitted id of an activity and generate a new one": (
        "test_the_id_of_an_activity_is_the_servers"
    ),
    "6: Servers MUST return 201 and MUST include the new id in the Location header": (
        "test_the_answer_is_201_with_the_new_id_as_location"
    ),
    "6: The server MUST remove bto and bcc before delivery, but MUST deliver to them": (
        "test_secret_addressees_get_it_and_are_named_to_nobody"
    ),
    "6: The server MUST then add this new Activity to the outbox collection": (
        "test_every_activity_is_added_to_the_outbox"
    ),
    "6: Create, Update, Delete, Follow, Add, Remove, Like, Block, Undo MUST have an object": (
        "test_an_activity_without_its_object_is_refused"
    ),
    "6: Add and Remove MUST also have a target": (
        "test_add_and_remove_without_a_target_are_refused"
    ),
    "6.2: The actor SHOULD be copied onto the object's attributedTo": (
        "test_the_actor_of_a_create_is_whom_its_object_is_attributed_to"
    ),
    "6.2: Recipients SHOULD be copied from the Create to its object": (
        "test_recipients_of_a_create_are_copied_to_its_object"
    ),
    "6.2: and likewise recipients from the object to the wrapping Create": (
        "test_recipients_of_an_object_are_copied_to_its_create"
    ),
    "6.2.1: The server MUST accept an object that is no Activity, MUST attach it to a Create": (
        "test_a_bare_object_is_wrapped_in_a_create"
    ),
    "6.2.1: The server MUST attach an id to both the Create and its wrapped Object": (
        "test_the_create_and_its_object_both_get_an_id"
    ),
    "6.2.1: to, bto, cc, bcc and audience MUST be copied over to the new Create": (
        "test_all_addressees_of_a_bare_object_are_those_of_its_create"
    ),
    "6.3: The object MUST be modified to reflect the new structure": (
        "test_an_update_modifies_the_object"
    ),
    "6.3: … assuming the actor has permission to update this object": (
        "test_an_update_by_another_changes_nothing"
    ),
    "6.3.1: Updates are partial: what is given replaces, null removes, the rest stays": (
        "test_an_update_is_partial_and_null_removes"
    ),
    "6.4: A deleted object SHOULD be answered with 410 and a Tombstone, or else 404": (
        "test_a_deleted_object_is_a_tombstone"
    ),
    "6.5: The object SHOULD be added to following when and only if an Accept is received": (
        "test_following_waits_for_the_accept"
    ),
    "6.6: The server SHOULD add the object to the target collection": (
        "test_add_puts_the_object_into_the_target"
    ),
    "6.6: … unless the target is not owned by the receiving server": (
        "test_add_to_what_is_not_ones_own_is_refused"
    ),
    "6.7: The server SHOULD remove the object from the target collection": (
        "test_remove_takes_the_object_out_of_the_target"
    ),
    "6.8: The server SHOULD add the object to the actor's liked Collection": (
        "test_a_like_adds_to_liked"
    ),
    "6.9: Servers SHOULD NOT deliver Block Activities to their object": (
        "test_nobody_is_shown_that_they_were_blocked"
    ),
    "6.10: The undo and the activity being undone MUST both have the same actor": (
        "test_only_the_same_actor_undoes"
    ),
    "6.10: Side effects should be undone, to the extent possible": (
        "test_undo_undoes_the_side_effects"
    ),
    "6.11: Federated servers MUST deliver all Activities posted to the outbox": (
        "test_all_activities_are_delivered"
    ),
}


def test_every_sentence_has_a_test_and_every_test_a_sentence() -> None:
    tests = {name for name in globals() if name.startswith("test_")}
    tests.remove("test_every_sentence_has_a_test_and_every_test_a_sentence")

    assert set(SENTENCES.values()) == tests


async def send(
    who: Neighbour, body: bytes | Any, *, token: str | None = None, media_type: str = LD_JSON
) -> httpx.Response:
    """Post to the outbox of `who`, as is."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {token or who.token}"}
    return await who.instance.client.post(f"{who.uri}/outbox", content=content, headers=headers)


async def read(who: Neighbour, uri: str, *, status: int = 200) -> Any:
    answer = await who.instance.get(uri, headers={"Authorization": f"Bearer {who.token}"})
    assert answer.status_code == status, answer.text
    return answer.json()


async def items(who: Neighbour, uri: str) -> list[Any]:
    page = await read(who, f"{uri}?page=true")
    return list(page["orderedItems"] if "orderedItems" in page else page["items"])


async def test_both_media_types_are_taken_and_no_other(ada: Neighbour) -> None:
    note = {"type": "Note", "content": "hello", "to": [PUBLIC]}

    for media_type in (LD_JSON, AS2, "application/ld+json"):
        assert (await send(ada, note, media_type=media_type)).status_code == 201
    for media_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        assert (await send(ada, note, media_type=media_type)).status_code == 415
    assert len(await items(ada, f"{ada.uri}/outbox")) == 3


async def test_nobody_posts_without_being_the_owner(ada: Neighbour, bea: Neighbour) -> None:
    note = {"type": "Note", "content": "hello", "to": [PUBLIC]}

    nobody = await ada.instance.client.post(
        f"{ada.uri}/outbox", json=note, headers={"Content-Type": AS2}
    )
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    assert (await send(ada, note, token="wrong")).status_code == 401
    assert (await send(ada, note, token=bea.token)).status_code == 403
    reader = ada.instance.add("reader", scopes="read")
    assert (await send(reader, note)).status_code == 403
    for who in (ada, reader):
        assert await items(who, f"{who.uri}/outbox") == []


async def test_the_body_is_a_single_object(ada: Neighbour) -> None:
    for body in (b"", b"{", b"[]", b'"a"', b"null", b'[{"type":"Note"}]', b'{"type":'):
        assert (await send(ada, body)).status_code == 400, body
    assert (await send(ada, {"content": "no type"})).status_code == 422
    much = {"type": "Note", "content": "x" * 1_000_001}
    assert (await send(ada, much)).status_code == 413
    assert await items(ada, f"{ada.uri}/outbox") == []


async def test_the_id_of_an_activity_is_the_servers(ada: Neighbour, bea: Neighbour) -> None:
    said = (await bea.says("hello"))["object"]["id"]

    for mine in ("https://evil.test/1", f"{ada.uri}/posts/1", "urn:uuid:1", 7):
        done = (await send(ada, {"type": "Like", "id": mine, "object": said})).json()
        assert done["id"].startswith("https://north.test/activities/")
        await ada.does({"type": "Undo", "object": done["id"]})


async def test_the_answer_is_201_with_the_new_id_as_location(ada: Neighbour) -> None:
    answer = await send(ada, {"type": "Note", "content": "hello", "to": [PUBLIC]})

    assert answer.status_code == 201
    done = answer.json()
    assert (done["type"], answer.headers["location"]) == ("Create", done["id"])
    assert (await read(ada, answer.headers["location"]))["id"] == done["id"]


async def test_secret_addressees_get_it_and_are_named_to_nobody(
    fediverse: Fediverse, ada: Neighbour, bea: Neighbour, dan: Neighbour
) -> None:
    done = await ada.does(
        {
            "type": "Create",
            "bto": dan.uri,
            "object": {"type": "Note", "content": "x", "bcc": bea.uri},
        }
    )
    await fediverse.settle()

    assert (await read(bea, done["object"]["id"]))["content"]
    assert [item["id"] for item in await items(dan, f"{dan.uri}/inbox")] == [done["id"]]
    told = [sent for sent in fediverse.network.sent if done["id"].encode() in sent.body]
    assert {(sent.url, sent.status) for sent in told} == {(f"{dan.uri}/inbox", 202)}
    for body in (*(sent.body for sent in told), json.dumps(done).encode()):
        assert not any(word in body for word in (b"bto", b"bcc", bea.uri.encode()))


async def test_every_activity_is_added_to_the_outbox(ada: Neighbour, bea: Neighbour) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]
    done = [
        await ada.says("hi"),
        await ada.does({"type": "Like", "object": theirs}),
        await ada.does({"type": "Travel", "target": {"name": "Rome"}, "to": [PUBLIC]}),
        await ada.does({"type": "Block", "object": bea.uri}),
    ]

    shown = [item["id"] for item in await items(ada, f"{ada.uri}/outbox")]
    assert shown == [one["id"] for one in reversed(done)]


@pytest.mark.parametrize(
    "kind",
    ["Create", "Update", "Delete", "Follow", "Add", "Remove", "Like", "Block", "Undo"],
)
async def test_an_activity_without_its_object_is_refused(ada: Neighbour, kind: str) -> None:
    answer = await send(ada, {"type": kind, "target": f"{ada.uri}/collections/featured"})

    assert (answer.status_code, list(answer.json()["details"])) == (422, ["object"])
    assert await items(ada, f"{ada.uri}/outbox") == []


@pytest.mark.parametrize("kind", ["Add", "Remove"])
async def test_add_and_remove_without_a_target_are_refused(ada: Neighbour, kind: str) -> None:
    answer = await send(ada, {"type": kind, "object": "https://x.test/1"})

    assert (answer.status_code, list(answer.json()["details"])) == (422, ["target"])


async def test_the_actor_of_a_create_is_whom_its_object_is_attributed_to(
    ada: Neighbour, bea: Neighbour
) -> None:
    said = {"type": "Note", "content": "x"}
    done = await ada.does({"type": "Create", "object": said, "to": [PUBLIC]})

    assert done["actor"] == done["object"]["attributedTo"] == ada.uri
    other = {"type": "Create", "object": {**said, "attributedTo": bea.uri}, "to": [PUBLIC]}
    assert (await send(ada, other)).status_code == 403


async def test_recipients_of_a_create_are_copied_to_its_object(
    ada: Neighbour, bea: Neighbour
) -> None:
    note = {"type": "Note", "content": "x"}
    done = await ada.does({"type": "Create", "to": bea.uri, "cc": [PUBLIC], "object": note})

    assert (done["object"]["to"], done["object"]["cc"]) == (done["to"], done["cc"])
    assert {*done["to"], *done["cc"]} >= {bea.uri, PUBLIC}


async def test_recipients_of_an_object_are_copied_to_its_create(
    ada: Neighbour, bea: Neighbour
) -> None:
    note = {"type": "Note", "content": "x", "to": [PUBLIC], "cc": bea.uri}
    done = await ada.does({"type": "Create", "object": note})

    assert (done["to"], done["cc"]) == (done["object"]["to"], done["object"]["cc"])
    assert {*done["to"], *done["cc"]} >= {bea.uri, PUBLIC}


@pytest.mark.parametrize("kind", ["Note", "Article", "Event", "Question", "Place", "x:Recipe"])
async def test_a_bare_object_is_wrapped_in_a_create(ada: Neighbour, kind: str) -> None:
    document = {"type": kind, "name": "It", "content": "x", "to": [PUBLIC]}
    if kind == "Question":
        document["oneOf"] = [{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}]
    done = await ada.does(document)

    assert (done["type"], done["object"]["type"]) == ("Create", kind)


async def test_the_create_and_its_object_both_get_an_id(ada: Neighbour) -> None:
    done = await ada.does({"type": "Note", "content": "x", "to": [PUBLIC]})

    assert done["id"] != done["object"]["id"]
    for uri in (done["id"], done["object"]["id"]):
        assert (await read(ada, uri))["id"] == uri


async def test_all_addressees_of_a_bare_object_are_those_of_its_create(
    ada: Neighbour, bea: Neighbour
) -> None:
    cy, dee, eve = (ada.instance.add(name) for name in ("cy", "dee", "eve"))
    done = await ada.does(
        {
            "type": "Note",
            "content": "x",
            "to": [bea.uri],
            "cc": [cy.uri],
            "bto": [dee.uri],
            "bcc": eve.uri,
        }
    )

    assert {*done["to"], *done["cc"]} == {bea.uri, cy.uri}
    for reader in (bea, cy, dee, eve):
        await read(reader, done["id"])
    audience = await ada.does({"type": "Note", "content": "x", "audience": [PUBLIC]})
    assert PUBLIC in {*audience["to"], *audience["cc"]}


async def test_an_update_modifies_the_object(fediverse: Fediverse, ada: Neighbour) -> None:
    note = (await ada.says("one"))["object"]["id"]
    done = await ada.does({"type": "Update", "object": {"id": note, "content": "<p>two</p>"}})

    document = await read(ada, note)
    assert document["content"] == done["object"]["content"] == "<p>two</p>"
    assert document["updated"]


async def test_an_update_by_another_changes_nothing(ada: Neighbour, bea: Neighbour) -> None:
    note = (await ada.says("one"))["object"]
    change = {"type": "Update", "object": {"id": note["id"], "content": "<p>two</p>"}}

    assert (await send(bea, change)).status_code == 403
    assert (await read(ada, note["id"]))["content"] == note["content"]


async def test_an_update_is_partial_and_null_removes(ada: Neighbour) -> None:
    said = (await ada.says("one", summary="mind", name="Title"))["object"]
    update = {"type": "Update", "object": {"id": said["id"], "summary": None}}
    changed = (await ada.does(update))["object"]

    assert (changed["summary"], changed["name"]) == (None, "Title")
    assert changed["content"] == said["content"]


async def test_a_deleted_object_is_a_tombstone(ada: Neighbour) -> None:
    note = (await ada.says("one"))["object"]["id"]
    await ada.does({"type": "Delete", "object": note})

    gone = await read(ada, note, status=410)
    assert (gone["id"], gone["type"]) == (note, "Tombstone")
    await read(ada, f"{ada.uri}/posts/1", status=404)


async def test_following_waits_for_the_accept(
    fediverse: Fediverse, ada: Neighbour, dan: Neighbour
) -> None:
    locked = {"id": dan.uri, "manuallyApprovesFollowers": True}
    await dan.does({"type": "Update", "object": locked})
    asked = await ada.does({"type": "Follow", "object": dan.uri})
    await fediverse.settle()
    assert await items(ada, f"{ada.uri}/following") == []

    await dan.does({"type": "Accept", "object": asked["id"]})
    await fediverse.settle()
    assert await items(ada, f"{ada.uri}/following") == [dan.uri]


async def collection(who: Neighbour) -> str:
    made = await who.does({"type": "OrderedCollection", "name": "Books", "to": [PUBLIC]})
    return str(made["object"]["id"])


async def test_add_puts_the_object_into_the_target(ada: Neighbour) -> None:
    books = await collection(ada)
    await ada.does({"type": "Add", "object": "https://x.test/1", "target": books})

    assert (await read(ada, books))["orderedItems"] == ["https://x.test/1"]


async def test_add_to_what_is_not_ones_own_is_refused(ada: Neighbour, bea: Neighbour) -> None:
    books = await collection(bea)

    for target in (books, f"{ada.uri}/followers", "https://south.test/c/1"):
        document = {"type": "Add", "object": "https://x.test/1", "target": target}
        assert (await send(ada, document)).status_code == 403
    assert (await read(bea, books))["totalItems"] == 0


async def test_remove_takes_the_object_out_of_the_target(ada: Neighbour) -> None:
    books = await collection(ada)
    await ada.does({"type": "Add", "object": "https://x.test/1", "target": books})
    await ada.does({"type": "Remove", "object": "https://x.test/1", "target": books})

    assert (await read(ada, books))["totalItems"] == 0


async def test_a_like_adds_to_liked(ada: Neighbour, bea: Neighbour) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]
    await ada.does({"type": "Like", "object": theirs})

    assert await items(ada, f"{ada.uri}/liked") == [theirs]


async def test_nobody_is_shown_that_they_were_blocked(
    fediverse: Fediverse, ada: Neighbour, bea: Neighbour, dan: Neighbour
) -> None:
    # A server elsewhere is told, as Mastodon and its kin tell each other: it could not keep the
    # two apart otherwise. But nobody reads it in their inbox.
    for whom in (bea, dan):
        await ada.does({"type": "Block", "object": whom.uri})
    await fediverse.settle()

    for whom in (bea, dan):
        assert await items(whom, f"{whom.uri}/inbox") == []
    elsewhere = [sent for sent in fediverse.network.sent if b'"Block"' in sent.body]
    assert {sent.url for sent in elsewhere} == {f"{dan.uri}/inbox"}


async def test_only_the_same_actor_undoes(ada: Neighbour, bea: Neighbour) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]
    liked = await ada.does({"type": "Like", "object": theirs})

    assert (await send(bea, {"type": "Undo", "object": liked})).status_code == 403
    assert (await send(bea, {"type": "Undo", "object": liked["id"]})).status_code == 404
    assert await items(ada, f"{ada.uri}/liked") == [theirs]


async def test_undo_undoes_the_side_effects(ada: Neighbour, bea: Neighbour) -> None:
    theirs = (await bea.says("hello"))["object"]["id"]
    for document, where in (
        ({"type": "Like", "object": theirs}, f"{ada.uri}/liked"),
        ({"type": "Announce", "object": theirs}, f"{theirs}/shares"),
        ({"type": "Follow", "object": bea.uri}, f"{ada.uri}/following"),
        ({"type": "Block", "object": bea.uri}, f"{ada.uri}/blocked"),
    ):
        done = await ada.does(document)
        assert len(await items(ada, where)) == 1
        await ada.does({"type": "Undo", "object": done})
        assert await items(ada, where) == []


async def test_all_activities_are_delivered(
    fediverse: Fediverse, ada: Neighbour, dan: Neighbour
) -> None:
    await dan.does({"type": "Follow", "object": ada.uri})
    theirs = (await dan.says("hello"))["object"]["id"]
    await fediverse.settle()
    said = await ada.says("hi")
    note, books = said["object"]["id"], await collection(ada)
    item = {"object": "https://x.test/1", "target": books}
    liked = await ada.does({"type": "Like", "object": theirs})

    done = [
        said,
        liked,
        await ada.does({"type": "Update", "object": {"id": note, "content": "ho"}}),
        await ada.does({"type": "Follow", "object": dan.uri}),
        await ada.does({"type": "Announce", "object": theirs}),
        await ada.does({"type": "Add", **item}),
        await ada.does({"type": "Remove", **item}),
        await ada.does({"type": "Arrive", "location": {"name": "Café"}, "to": [PUBLIC]}),
        await ada.does({"type": "Undo", "object": liked["id"]}),
    ]
    await fediverse.settle()
    done.append(await ada.does({"type": "Delete", "object": note}))
    await fediverse.settle()

    sent = b"".join(one.body for one in fediverse.network.sent if "south.test" in one.url)
    went = {one["type"] for one in done if f'"id":"{one["id"]}"'.encode() in sent}
    # An Update still in the mail room when the next word of it came would be moot: here it went.
    assert went == {one["type"] for one in done}
