"""What a group of ours sends, as others read it: Lemmy by whole activities, Mastodon by ids.

The readers ask for no more and no less than those servers do; Lemmy's is tried on what Lemmy itself
sends (tests/documents/lemmy), so that it is no reader of ours alone.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from microfed.operations.follows import request_follow
from microfed.operations.group_care import show_out, take_out, trust
from microfed.operations.groups import Terms, make_group
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from tests.federation.world import World
from tests.fediverse import PUBLIC

pytestmark = pytest.mark.anyio
LEMMY = Path(__file__).parent.parent / "documents" / "lemmy"
GROUP = "https://north.test/users/chorale"
Document = dict[str, Any]


def host(uri: str) -> str:
    return uri.split("/")[2]


def lemmy_reads(document: Document, group: Document) -> str:
    """Return which deed in `group` an Announce carries; AssertionError for what Lemmy refuses."""
    assert document["type"] == "Announce" and document["actor"] == group["id"]
    assert host(document["id"]) == host(group["id"])
    assert PUBLIC in document["to"] and group["followers"] in document["cc"]
    inside: Document = document["object"]
    assert host(inside["id"]) == host(inside["actor"])
    assert isinstance(inside["to"], list) and PUBLIC in inside["to"]
    assert group["id"] in inside["cc"] or inside.get("audience") == group["id"]
    kind: str = inside["type"]
    if kind == "Create":
        said = inside["object"]
        assert said["type"] in ("Page", "Note", "Article", "Event", "Video")
        assert said["attributedTo"] == inside["actor"]
        assert host(said["id"]) == host(said["attributedTo"])
        assert PUBLIC in (*said["to"], *said.get("cc", ()))
        assert said["audience"] == group["id"] and isinstance(said["content"], str)
        assert said["published"] and isinstance(said.get("tag", []), list)
        return "a comment" if said.get("inReplyTo") else "a post"
    assert isinstance(inside["object"], str), kind
    if kind == "Block":
        assert inside["target"] == group["id"] and isinstance(inside["removeData"], bool)
    if kind == "Add":
        assert inside["target"] == group["attributedTo"]
    return kind


def mastodon_reads(document: Document) -> str | None:
    """Return which post an Announce passes on; None for what Mastodon does not look into."""
    assert document["type"] == "Announce"
    if not isinstance(document["object"], str):
        return None
    assert PUBLIC in (*document["to"], *document["cc"]) and document["published"]
    return document["object"]


def test_the_reader_is_lemmys() -> None:
    group = json.loads((LEMMY / "actor.json").read_text())
    read = {}
    for name in (
        "01-announce-create-page",
        "03-announce-create-comment",
        "07-announce-block",
        "08-announce-add-moderator",
    ):
        read[name] = lemmy_reads(json.loads((LEMMY / f"{name}.json").read_text()), group)

    assert list(read.values()) == ["a post", "a comment", "Block", "Add"]


async def test_both_read_all_that_happens_in_a_group_of_ours(world: World) -> None:
    # Given a group with Bob, of a server that plays both, and Bea
    world.do(
        lambda tx: make_group(
            tx,
            founder=world.actor(tx, world.ada.uri),
            name="chorale",
            terms=Terms("La chorale"),
        )
    )
    await world.take(world.bob, world.bob.does("Follow", GROUP))
    group = (await world.north.get("/users/chorale")).json()
    world.south.taken.clear()

    # When a post is said, answered and taken out, and Bea is trusted, and Carol shown out
    def happens(tx: Tx) -> tuple[str, str]:
        ada, bea = world.actor(tx, world.ada.uri), world.actor(tx, world.bea.uri)
        choir, carol = world.actor(tx, GROUP), world.actor(tx, world.carol.uri)
        for who in (bea, carol):
            request_follow(tx, follower=who, target=choir, uri=f"{who.uri}/follows/1")
        post = write_post(tx, author=ada, draft=Draft("Répétition à 20 h", group=choir))
        answer = write_post(tx, author=bea, draft=Draft("J'y serai", in_reply_to=post))
        trust(tx, group=choir, by=ada, who=bea)
        show_out(tx, group=choir, by=bea, who=carol)
        return post.uri, answer.uri

    post, answer = world.do(happens)
    await world.fediverse.settle()
    announced = [one for _, one in world.south.taken if one["type"] == "Announce"]

    # Then Lemmy reads each deed once, and Mastodon each post once
    whole = [one for one in announced if isinstance(one["object"], dict)]
    assert [lemmy_reads(one, group) for one in whole] == ["a post", "a comment", "Add", "Block"]
    assert [uri for one in announced if (uri := mastodon_reads(one))] == [post, answer]

    # And what Mastodon then fetches names the group, so that an answer there comes to it as well
    note = (await world.north.get(post)).json()
    assert note["attributedTo"] == world.ada.uri and PUBLIC in note["to"] and GROUP in note["cc"]
    mention = {"type": "Mention", "href": GROUP, "name": "@chorale@north.test"}
    assert mention in note["tag"]

    # And of a post that is taken out Lemmy reads inside, Mastodon that it is passed on no more
    world.south.taken.clear()

    def takes_out(tx: Tx) -> None:
        found = find_post(tx, post)
        assert found is not None
        by = world.actor(tx, world.bea.uri)
        take_out(tx, group=world.actor(tx, GROUP), by=by, post=found, why="pas ici")

    world.do(takes_out)
    await world.fediverse.settle()
    undo, deleted = (one for _, one in world.south.taken)
    assert (undo["type"], undo["object"]["object"]) == ("Undo", post)
    assert lemmy_reads(deleted, group) == "Delete" and deleted["object"]["summary"] == "pas ici"
    assert (await world.north.get(post)).status_code == 200  # it is still Ada's
