"""Whoever says who may answer, like or pass on their post is heeded, as GoToSocial has it."""

from typing import Any

import pytest

from microfed.errors import Forbidden
from microfed.operations.posts import write_post
from microfed.operations.reactions import boost, like
from microfed.operations.saying import Draft
from microfed.queries.whole_posts import need_post
from microfed.store.database import Tx
from microfed.store.posts import Post
from tests.federation.world import World
from tests.fediverse import AS2, PUBLIC
from tests.strangers import StrangeServer

DEEDS = ("canReply", "canLike", "canAnnounce")


def _policy(at_once: list[str], asked: list[str] | None = None) -> dict[str, Any]:
    rule = {"automaticApproval": at_once, "manualApproval": asked or []}
    return dict.fromkeys(DEEDS, rule)


async def _asks(world: World, *at_once: str, asked: tuple[str, ...] = ()) -> dict[str, Any]:
    """Bob, whom Ada follows, says something that is not open to everyone."""
    world.follows(world.bob)
    policy = _policy([world.bob.uri, *at_once], list(asked))
    note = world.bob.note(interactionPolicy=policy)
    await world.take(world.bob, world.bob.creates(note))
    return note


def _deed(world: World, deed: str, uri: str, who: str | None = None) -> str:
    def work(tx: Tx) -> str:
        actor, post = world.actor(tx, who or world.ada.uri), need_post(tx, uri)
        if deed == "canReply":
            return write_post(tx, author=actor, draft=Draft(source="so", in_reply_to=post)).uri
        if deed == "canAnnounce":
            return boost(tx, actor=actor, post=post).uri
        like(tx, actor=actor, post=post)
        return uri

    return world.do(work)


def _post(world: World, uri: str) -> Post:
    post = world.post(uri)
    assert post is not None
    return post


@pytest.mark.parametrize("deed", DEEDS)
async def test_a_neighbour_does_only_what_the_author_lets_them(world: World, deed: str) -> None:
    # Given a post for whoever follows Bob; Ada does, Bea does not
    note = await _asks(world, world.bob.followers)

    # Then Ada may, and Bea may not
    _deed(world, deed, note["id"])
    with pytest.raises(Forbidden):
        _deed(world, deed, note["id"], world.bea.uri)


@pytest.mark.parametrize("deed", DEEDS)
async def test_where_one_may_ask_it_is_done_and_taken_back_on_a_no(world: World, deed: str) -> None:
    note = await _asks(world, asked=(PUBLIC,))
    done = _deed(world, deed, note["id"], world.bea.uri)
    await world.fediverse.settle()
    kind = {"canReply": "Create", "canLike": "Like", "canAnnounce": "Announce"}[deed]
    sent = [document for _, document in world.south.taken if document["type"] == kind][-1]
    did = sent["object"]["id"] if kind == "Create" else sent["id"]

    await world.take(world.bob, world.bob.does("Reject", did))

    post = _post(world, note["id"])
    assert (post.likes_count, post.boosts_count) == (0, 0)
    if deed == "canReply":  # it stays with who wrote it, and leaves the conversation
        answer = _post(world, done)
        assert (answer.in_reply_to_id, answer.thread_id) == (None, answer.id)
        assert post.replies_count == 0


@pytest.mark.parametrize("deed", ["canReply", "canAnnounce"])
async def test_what_waits_for_leave_goes_to_the_author_alone_until_then(
    world: World, deed: str
) -> None:
    # Given Mallory, who follows Ada from elsewhere
    await world.take(world.mallory, world.mallory.does("Follow", world.ada.uri))
    note = await _asks(world, asked=(PUBLIC,))

    def told(board: StrangeServer) -> list[dict[str, Any]]:
        kinds = ("Create", "Announce")
        return [document for _, document in board.taken if document["type"] in kinds]

    # When Ada does it, Bob's server alone hears of it
    done = _deed(world, deed, note["id"])
    await world.fediverse.settle()
    assert (len(told(world.south)), told(world.evil)) == (1, [])

    # And once Bob lets it, all who follow her do, and see his leave
    stamp = f"{world.bob.uri}/leaves/1"
    await world.take(world.bob, world.bob.does("Accept", done, result=stamp))
    (heard,) = told(world.evil)
    shown = heard["object"] if deed == "canReply" else heard
    assert shown["approvedBy"] == stamp
    assert "proof" in heard


async def test_a_boost_that_was_let_shows_its_leave(world: World) -> None:
    note = await _asks(world, asked=(PUBLIC,))
    boosted = _deed(world, "canAnnounce", note["id"])
    stamp = f"{world.bob.uri}/leaves/1"

    await world.take(world.bob, world.bob.does("Accept", boosted, result=stamp))

    shown = (await world.north.get(boosted)).json()
    assert (shown["type"], shown["approvedBy"]) == ("Announce", stamp)


def _leave(world: World, kind: str, note: dict[str, Any], did: str, **more: Any) -> str:
    leave = {
        "@context": ["https://www.w3.org/ns/activitystreams", "https://gotosocial.org/ns"],
        "id": f"{world.bob.uri}/leaves/{kind}",
        "type": kind,
        "attributedTo": world.bob.uri,
        "interactingObject": did,
        "interactionTarget": note["id"],
        **more,
    }
    return str(world.south.keep(leave)["id"])


LIES: dict[str, dict[str, Any]] = {
    "by another": {"attributedTo": "https://south.test/users/carol"},
    "for another answer": {"interactingObject": "https://south.test/users/carol/posts/0"},
    "below another post": {"interactionTarget": "https://south.test/users/bob/posts/0"},
    "to like": {"type": "LikeAuthorization"},
    "to pass on": {"type": "AnnounceAuthorization"},
    "that is an Accept by another": {"type": "Accept", "actor": "https://evil.test/users/mallory"},
    "that is an Accept of another": {"type": "Accept", "object": "https://south.test/x"},
}


@pytest.mark.parametrize("lie", [None, *LIES])
async def test_an_answer_stands_once_its_leave_was_read(world: World, lie: str | None) -> None:
    note = await _asks(world)
    did = f"{world.carol.uri}/posts/answer"
    stamp = _leave(world, "ReplyAuthorization", note, did, **LIES.get(lie or "", {}))

    answer = world.carol.note(id=did, inReplyTo=note["id"], replyAuthorization=stamp)
    await world.take(world.carol, world.carol.creates(answer))

    is_below = _post(world, did).in_reply_to_id == _post(world, note["id"]).id
    assert is_below is (lie is None)
    assert _post(world, note["id"]).replies_count == (1 if lie is None else 0)


@pytest.mark.parametrize("kind", ["Accept", "ReplyApproval"])
async def test_older_leaves_are_understood(world: World, kind: str) -> None:
    # Given a leave as it was written before it was a ReplyAuthorization
    note = await _asks(world)
    did = f"{world.carol.uri}/posts/answer"
    older = {"interactingObject": None, "interactionTarget": None}
    older |= {"actor": world.bob.uri, "object": did, "target": note["id"]}
    stamp = _leave(world, kind, note, did, **older)

    answer = world.carol.note(id=did, inReplyTo=note["id"], approvedBy=stamp)
    await world.take(world.carol, world.carol.creates(answer))

    assert _post(world, did).in_reply_to_id is not None


async def test_without_a_leave_it_stands_alone_and_is_not_asked_for_again(world: World) -> None:
    note = await _asks(world)
    answer = world.mallory.note(inReplyTo=note["id"])
    await world.take(world.mallory, world.mallory.creates(answer))
    assert _post(world, answer["id"]).in_reply_to_id is None
    context = await world.north.client.get(
        f"/api/v1/statuses/{_post(world, note['id']).id}/context"
    )
    assert context.json()["descendants"] == []
    world.south.asked.clear()

    number = _post(world, answer["id"]).id
    token = {"Authorization": f"Bearer {world.ada.token}"}
    await world.north.client.get(f"/api/v1/statuses/{number}/context", headers=token)
    await world.fediverse.settle()

    assert note["id"] not in world.south.asked


async def test_a_leave_is_looked_for_where_its_author_lives_alone(world: World) -> None:
    note = await _asks(world)
    stamp = world.evil.keep({"id": "https://evil.test/leave", "type": "ReplyAuthorization"})["id"]
    answer = world.mallory.note(inReplyTo=note["id"], replyAuthorization=stamp)
    quoting = world.mallory.note(quote=note["id"], quoteAuthorization=stamp, inReplyTo=note["id"])
    boosted = world.mallory.does("Announce", note["id"], announceAuthorization=stamp)
    world.evil.asked.clear()

    for said in (world.mallory.creates(answer), world.mallory.creates(quoting), boosted):
        await world.take(world.mallory, said)

    assert stamp not in world.evil.asked
    assert _post(world, note["id"]).boosts_count == 0


async def test_an_answer_that_came_first_waits_for_its_leave_too(world: World) -> None:
    # Given a post that is fetched because its answers came first, one with leave and one without
    world.follows(world.carol)
    note = world.bob.note(interactionPolicy=_policy([world.bob.uri]))
    did = f"{world.carol.uri}/posts/answer"
    stamp = _leave(world, "ReplyAuthorization", note, did)
    bare = world.carol.note(inReplyTo=note["id"])
    good = world.carol.note(id=did, inReplyTo=note["id"], replyAuthorization=stamp)

    for answer in (bare, good):
        await world.take(world.carol, world.carol.creates(answer))

    assert _post(world, did).in_reply_to_id == _post(world, note["id"]).id
    assert _post(world, bare["id"]).in_reply_to_id is None


@pytest.mark.parametrize("is_let", [True, False])
async def test_a_boost_elsewhere_counts_once_its_leave_was_read(world: World, is_let: bool) -> None:
    note = await _asks(world)
    boosted = world.carol.does("Announce", note["id"], to=[PUBLIC])
    kind = "AnnounceAuthorization" if is_let else "ReplyAuthorization"
    stamp = _leave(world, kind, note, boosted["id"])

    await world.take(world.carol, {**boosted, "announceAuthorization": stamp})

    assert _post(world, note["id"]).boosts_count == (1 if is_let else 0)


async def test_a_boost_without_a_leave_does_not_count(world: World) -> None:
    note = await _asks(world)

    await world.take(world.carol, world.carol.does("Announce", note["id"], to=[PUBLIC]))

    assert _post(world, note["id"]).boosts_count == 0


async def test_who_is_named_may_answer_and_what_is_not_said_is_open(world: World) -> None:
    world.follows(world.bob)
    named = {"type": "Mention", "href": world.bea.uri, "name": "@bea@north.test"}
    policy = {"canReply": {"automaticApproval": [world.bob.uri]}}
    note = world.bob.note(tag=[named], interactionPolicy=policy)
    await world.take(world.bob, world.bob.creates(note))

    assert _deed(world, "canReply", note["id"], world.bea.uri)
    assert _deed(world, "canAnnounce", note["id"])
    with pytest.raises(Forbidden):
        _deed(world, "canReply", note["id"])


async def test_an_app_is_told_that_it_may_not(world: World) -> None:
    note = await _asks(world)
    number = _post(world, note["id"]).id
    headers = {"Authorization": f"Bearer {world.ada.token}", "Accept": AS2}

    for deed in ("favourite", "reblog"):
        path = f"/api/v1/statuses/{number}/{deed}"
        assert (await world.north.client.post(path, headers=headers)).status_code == 403


@pytest.mark.parametrize("key", ["quoteAuthorization", "approvedBy"])
@pytest.mark.parametrize("is_let", [True, False])
async def test_a_quote_elsewhere_is_shown_once_its_leave_was_read(
    world: World, key: str, is_let: bool
) -> None:
    world.follows(world.carol)
    note = world.bob.note()
    did = f"{world.carol.uri}/posts/quoting"
    stamp = _leave(world, "QuoteAuthorization" if is_let else "ReplyAuthorization", note, did)

    quoting = world.carol.note(id=did, quote=note["id"], **{key: stamp})
    await world.take(world.carol, world.carol.creates(quoting))

    assert _post(world, did).quote_state == ("accepted" if is_let else "pending")
