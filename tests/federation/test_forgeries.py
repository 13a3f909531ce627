"""Objects that are not what they claim: posts of others, of other servers, of neighbours."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.federation.verbs import Document
from tests.federation.world import World
from tests.fediverse import PUBLIC

Forge = Callable[[World], Document]


def _post(world: World, **more: Any) -> Document:
    mallory = world.mallory
    document = {
        "id": f"{mallory.uri}/posts/forged",
        "type": "Note",
        "attributedTo": mallory.uri,
        "to": [PUBLIC, world.ada.uri],
        "cc": [],
        "content": "<p>forged</p>",
        "tag": [{"type": "Mention", "href": world.ada.uri, "name": "@ada"}],
    }
    return {**document, **more}


FORGERIES: dict[str, Forge] = {
    "a post of Bob's by Mallory": lambda w: w.mallory.creates(_post(w, attributedTo=w.bob.uri)),
    "a post at Bob's server by Mallory": lambda w: w.mallory.creates(
        _post(w, id=f"{w.bob.uri}/posts/1")
    ),
    "a post of Bob's at his server by Mallory": lambda w: w.mallory.creates(
        _post(w, id=f"{w.bob.uri}/posts/1", attributedTo=w.bob.uri)
    ),
    "a post of Ada's by Mallory": lambda w: w.mallory.creates(_post(w, attributedTo=w.ada.uri)),
    "a post at our server by Mallory": lambda w: w.mallory.creates(
        _post(w, id=f"{w.ada.uri}/posts/1")
    ),
    "a post of Ada's at our server by Mallory": lambda w: w.mallory.creates(
        _post(w, id=f"{w.ada.uri}/posts/1", attributedTo=w.ada.uri)
    ),
    "a post without author": lambda w: w.mallory.creates(_post(w, attributedTo=None)),
    "a post without id": lambda w: w.mallory.creates(_post(w, id=None)),
    "a post with our server's name before its own": lambda w: w.mallory.creates(
        _post(w, id="https://north.test@south.test/1")
    ),
    "a post at a port of Mallory's host": lambda w: w.mallory.creates(
        _post(w, id="https://evil.test:8443/1")
    ),
    "a post over plain http": lambda w: w.mallory.creates(_post(w, id="http://evil.test/1")),
    "a post at a host below Mallory's": lambda w: w.mallory.creates(
        _post(w, id="https://a.evil.test/1")
    ),
    "an author in a list after another": lambda w: w.mallory.creates(
        _post(w, attributedTo=[w.bob.uri, w.mallory.uri])
    ),
    "the author as a document": lambda w: w.mallory.creates(
        _post(w, attributedTo={"id": w.bob.uri, "url": w.mallory.uri})
    ),
    "a Create by id of Bob's post": lambda w: w.mallory.does(
        "Create", w.bob.note(content="not hers")["id"], to=[PUBLIC]
    ),
    "a Create of a person": lambda w: w.mallory.does("Create", w.bob.document),
    "an Update of Bob": lambda w: w.mallory.does("Update", {**w.bob.document, "name": "Owned"}),
    "an Update of Ada": lambda w: w.mallory.does(
        "Update", {**w.mallory.document, "id": w.ada.uri, "name": "Owned"}
    ),
    "an Update of Bob with Mallory's key": lambda w: w.mallory.does(
        "Update", {**w.bob.document, "publicKey": w.mallory.document["publicKey"]}
    ),
    "an inbox on another server": lambda w: w.mallory.does(
        "Update", {**w.mallory.document, "inbox": f"{w.bob.uri}/inbox"}
    ),
    "an Announce of a document that lies": lambda w: w.mallory.does(
        "Announce", {**w.bob.note("x"), "content": "<p>forged</p>", "id": f"{w.bob.uri}/none"}
    ),
    "an Announce under an id of Bob's": lambda w: (
        w.mallory.does("Announce", w.says()) | {"id": f"{w.bob.uri}/does/1"}
    ),
    "a Delete of Ada": lambda w: w.mallory.does("Delete", w.ada.uri),
    "a Delete of our server's actor": lambda w: w.mallory.does(
        "Delete", w.north.house.db.here.instance_actor
    ),
    "a Delete of a post of Ada's": lambda w: w.mallory.does("Delete", w.says()),
    "an Undo of what never was": lambda w: w.mallory.does("Undo", f"{w.bob.uri}/does/1"),
    "an Accept nobody asked for": lambda w: w.mallory.does(
        "Accept", {"type": "Follow", "id": "x", "actor": w.ada.uri, "object": w.mallory.uri}
    ),
    "an Accept in Bob's name of a follow of Bob": lambda w: w.mallory.does(
        "Accept", w.asks_to_follow(w.bob)
    ),
    "a Follow of nobody here": lambda w: w.mallory.does("Follow", f"{w.ada.uri}x"),
    "a Follow of somebody elsewhere": lambda w: w.mallory.does("Follow", w.bob.uri),
    "a Like of nothing": lambda w: w.mallory.does("Like", f"{w.ada.uri}/posts/1"),
    "a type nobody knows": lambda w: w.mallory.does("Conquer", w.ada.uri),
    "an Announce of a post for followers": lambda w: w.mallory.does(
        "Announce", w.says(audience="followers"), to=[PUBLIC]
    ),
    "an Announce for some alone": lambda w: w.mallory.does(
        "Announce", w.says(), to=[w.mallory.followers]
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_a_forgery_changes_nothing_and_an_honest_post_does(world: World, name: str) -> None:
    forged = FORGERIES[name](world)
    await world.fediverse.settle()
    before = world.visible()

    response = await world.mallory.sends(world.north, forged)
    await world.fediverse.settle()

    assert response.status_code < 500
    assert world.visible() == before
    await world.take(world.mallory, world.mallory.creates(_post(world)))
    assert world.visible() != before


async def test_a_second_create_never_widens_who_may_read(world: World) -> None:
    # Given a post of Bob's for his followers, which Ada got
    world.follows(world.bob)
    note = world.bob.note(to=[world.bob.followers], cc=[])
    await world.take(world.bob, world.bob.creates(note))
    before = world.visible()

    # When he, or Mallory, sends it once more, for everyone
    wide = {**note, "to": [PUBLIC, world.bea.uri]}
    await world.take(world.bob, world.bob.creates(wide))
    await world.mallory.sends(world.north, world.mallory.creates(wide))
    await world.fediverse.settle()

    # Then it is for whom it was
    assert world.visible() == before


async def test_what_is_deleted_before_it_comes_stays_away(world: World) -> None:
    world.follows(world.bob)
    created = world.bob.creates(world.bob.note())

    await world.take(world.bob, world.bob.does("Delete", created["object"]["id"]))
    await world.take(world.bob, created)

    assert world.post(created["object"]["id"]) is None


async def test_an_undo_that_overtakes_its_like_wins(world: World) -> None:
    liked = world.bob.does("Like", world.says())

    await world.take(world.bob, world.bob.does("Undo", liked))
    before = world.visible()
    await world.take(world.bob, liked)

    assert world.visible() == before


async def test_an_update_older_than_what_we_have_is_no_news(world: World) -> None:
    world.follows(world.bob)
    note = world.bob.note()
    await world.take(world.bob, world.bob.creates(note))
    newer = {**note, "content": "<p>third</p>", "updated": "2026-11-03T10:00:00Z"}
    older = {**note, "content": "<p>second</p>", "updated": "2026-11-02T10:00:00Z"}

    await world.take(world.bob, world.bob.does("Update", newer))
    await world.take(world.bob, world.bob.does("Update", older))

    post = world.post(note["id"])
    assert post is not None
    assert post.content == "<p>third</p>"
