"""Likes in open groups are passed on whole (FEP-1b12), of who is in it; in private ones none is."""

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from microfed.operations.follows import request_follow
from microfed.operations.groups import Terms, invite, make_group
from microfed.operations.people import remember_person
from microfed.operations.posts import write_post
from microfed.operations.reactions import like, unlike
from microfed.operations.saying import Draft
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.queues import Activity
from microfed.vocab.people import read_person
from tests.federation.test_groups import GROUP, came, choir, joins, to_the_group
from tests.federation.world import World
from tests.fediverse import PUBLIC

pytestmark = pytest.mark.anyio
__all__ = ("choir",)


def passed(world: World) -> list[dict[str, Any]]:
    """Return the likes that the group told of, and what was taken back of them."""
    told = [one["object"] for one in came(world.bob, "Announce") if one["actor"] == GROUP]
    return [one for one in told if isinstance(one, dict) and one["type"] in ("Like", "Undo")]


def likes(world: World, uri: str, *, who: str = "ada", is_on: bool = True) -> None:
    """Somebody here likes a post, or does no longer."""

    def work(tx: Tx) -> None:
        post = find_post(tx, uri)
        assert post is not None
        (like if is_on else unlike)(tx, actor=world.actor(tx, getattr(world, who).uri), post=post)

    world.do(work)


async def test_what_members_like_is_passed_on_whole_and_taken_back(choir: World) -> None:
    bob, carol = choir.bob, choir.carol
    await joins(choir, bob)
    note = to_the_group(bob)
    await choir.take(bob, bob.creates(note))

    # Carol is not in it: her like is counted, and passed on to nobody
    await choir.take(carol, carol.does("Like", note["id"]))
    assert passed(choir) == []
    await choir.take(carol, carol.does("Undo", carol.does("Like", note["id"])))
    await joins(choir, carol)

    liked = carol.does("Like", note["id"])
    await choir.take(carol, liked)
    undone = carol.does("Undo", liked)
    await choir.take(carol, undone)
    assert passed(choir) == [liked, undone]  # to the letter

    likes(choir, note["id"])
    likes(choir, note["id"])  # twice is harmless
    likes(choir, note["id"], is_on=False)
    await choir.fediverse.settle()
    ours, back = passed(choir)[2:]
    assert (ours["type"], ours["actor"], ours["audience"]) == ("Like", choir.ada.uri, GROUP)
    assert (back["type"], back["object"]["id"]) == ("Undo", ours["id"])
    for one in came(bob, "Announce"):
        assert one["to"] == [PUBLIC]


async def test_what_is_large_or_no_like_is_not_passed_on(choir: World) -> None:
    bob, carol = choir.bob, choir.carol
    await joins(choir, bob)
    await joins(choir, carol)
    note = to_the_group(bob)
    await choir.take(bob, bob.creates(note))

    await choir.take(carol, carol.does("EmojiReact", note["id"], content="🎉"))
    await choir.take(carol, carol.does("Undo", carol.does("EmojiReact", note["id"])))
    await choir.take(carol, carol.does("Like", note["id"], content="x" * 30_000))

    assert [one for one in passed(choir) if one["type"] == "Like"] == []


async def test_a_like_in_a_private_group_is_told_to_its_author_alone(world: World) -> None:
    def work(tx: Tx) -> list[dict[str, Any]]:
        ada, bea = (world.actor(tx, one.uri) for one in (world.ada, world.bea))
        terms = Terms("Le conseil", mode="private")
        group = make_group(tx, founder=ada, name="conseil", terms=terms)
        invite(tx, actor=group, by=ada, person=bea)
        request_follow(tx, follower=bea, target=group)
        post = write_post(tx, author=ada, draft=Draft(source="entre nous", group=group))
        assert post.group_id == group.id
        like(tx, actor=bea, post=post)
        unlike(tx, actor=bea, post=post)
        kinds = Activity.kind.in_(("Like", "Undo", "Announce"))
        return [
            orjson.loads(body) for body in tx.session.scalars(select(Activity.body).where(kinds))
        ]

    said = world.do(work)

    assert [one["type"] for one in said] == ["Like", "Undo"]
    assert all(one["to"] == [world.ada.uri] for one in said)
    assert not any("audience" in one or "cc" in one for one in said)


async def test_our_like_in_a_group_elsewhere_goes_to_the_group(world: World) -> None:
    """Lemmy's community passes on what reaches it, and reads in `audience` that it is meant."""
    south = world.south.person("town", type="Group")

    def follows(tx: Tx) -> None:
        group = remember_person(tx, read_person(south.document))
        assert request_follow(tx, follower=world.actor(tx, world.ada.uri), target=group)

    world.do(follows)
    await world.fediverse.settle()
    follow = next(one for one in came(south, "Follow") if one["object"] == south.uri)
    await world.take(south, south.does("Accept", follow))
    note = world.bob.note("<p>bonjour la ville</p>")
    world.south.documents[note["id"]] = note
    await world.take(south, south.does("Announce", note["id"]))

    likes(world, note["id"])
    await world.fediverse.settle()

    taken = [(inbox, one) for inbox, one in world.south.taken if one["type"] == "Like"]
    assert {inbox.rsplit("/users/")[-1] for inbox, _ in taken} == {"bob/inbox", "town/inbox"}
    assert {one["id"] for _, one in taken} == {taken[0][1]["id"]}
    assert taken[0][1]["audience"] == south.uri

    # Of Bea, who is not in it, the group learns nothing
    world.south.taken.clear()
    likes(world, note["id"], who="bea")
    await world.fediverse.settle()
    ((inbox, said),) = [one for one in world.south.taken if one[1]["type"] == "Like"]
    assert inbox.endswith("/bob/inbox") and "audience" not in said and "cc" not in said
