"""Three places: what is said at one reaches those it is for at the others, and nobody else."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select

from microfed.operations.blocks import block
from microfed.operations.farewells import leave_for_good
from microfed.operations.moves import add_alias, move_away
from microfed.operations.people import remember_person
from microfed.operations.polls import Choice, close_polls, options_of, vote
from microfed.operations.post_parts import revoke_quote
from microfed.operations.posts import edit_post, write_post
from microfed.operations.reports import report
from microfed.operations.saying import Draft
from microfed.queries.people import find_actor
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.moderation import Report
from microfed.store.people import Actor, Follow
from microfed.store.polls import Poll
from microfed.store.posts import Post
from microfed.vocab.people import read_person
from tests.fediverse import Fediverse, Instance, Neighbour

T = TypeVar("T")
_A_DAY = timedelta(days=1)


@dataclass
class Places:
    """Ada lives at north. Bea and Bo at south and Cleo at west; Bea and Cleo follow Ada."""

    fediverse: Fediverse
    north: Instance
    south: Instance
    west: Instance
    ada: Neighbour
    bea: Neighbour
    bo: Neighbour
    cleo: Neighbour

    async def settle(self) -> None:
        await self.fediverse.settle()

    def received(self, uri: str) -> list[tuple[str, str]]:
        """Return who got what about `uri`: type and inbox, in order."""
        found = []
        for sent in self.fediverse.network.sent:
            if sent.method == "POST" and uri.encode() in sent.body and sent.status == 202:
                found.append((json.loads(sent.body)["type"], sent.url))
        return found


@pytest.fixture
async def places(fediverse: Fediverse) -> Places:
    north, south, west = [
        await fediverse.instance(f"{name}.test") for name in ("north", "south", "west")
    ]
    there = Places(
        fediverse,
        north,
        south,
        west,
        north.add("ada"),
        south.add("bea"),
        south.add("bo"),
        west.add("cleo"),
    )
    for follower in (there.bea, there.cleo):
        await follower.does({"type": "Follow", "object": there.ada.uri})
    await there.settle()
    fediverse.network.sent.clear()
    return there


def do(place: Instance, work: Callable[[Tx], T]) -> T:
    with place.house.db.writing() as tx:
        return work(tx)


def actor(tx: Tx, uri: str) -> Actor:
    found = find_actor(tx, uri)
    assert found is not None
    return found


def post_at(tx: Tx, uri: str) -> Post:
    found = find_post(tx, uri)
    assert found is not None
    return found


def says(place: Instance, who: Neighbour, text: str = "hello", **more: object) -> str:
    draft = Draft(source=text, **more)  # type: ignore[arg-type]
    return do(place, lambda tx: write_post(tx, author=actor(tx, who.uri), draft=draft).uri)


SOUTH, WEST = "https://south.test/inbox", "https://west.test/inbox"
BO = "https://south.test/users/bo/inbox"
RECEIVERS = {
    "public": {SOUTH, WEST},
    "quiet": {SOUTH, WEST},
    "followers": {SOUTH, WEST},
    "people": {BO},
    "local": set(),
}


@pytest.mark.parametrize("audience", RECEIVERS)
async def test_each_audience_reaches_exactly_its_own(places: Places, audience: str) -> None:
    # Given that Bo is known here
    known = (await places.south.get(places.bo.uri)).json()
    do(places.north, lambda tx: remember_person(tx, read_person(known)).id)

    # When Ada says something that names Bo
    uri = says(places.north, places.ada, "look @bo@south.test", audience=audience)
    await places.settle()

    # Then exactly those places were told that it is for
    created = {inbox for kind, inbox in places.received(uri) if kind == "Create"}
    assert created == RECEIVERS[audience]
    # And nobody who is not meant can read it where it lives
    answer = await places.north.get(uri)
    assert answer.status_code == (200 if audience in ("public", "quiet") else 404)
    for place, here in ((places.south, SOUTH), (places.west, WEST)):
        with place.house.db.reading() as tx:
            is_there = find_post(tx, uri) is not None
        assert is_there == any(inbox.startswith(here.removesuffix("inbox")) for inbox in created)


async def test_a_boost_and_a_like_cross_and_are_taken_back(places: Places) -> None:
    said = says(places.north, places.ada)
    await places.settle()

    boosted = await places.bea.does({"type": "Announce", "object": said})
    liked = await places.cleo.does({"type": "Like", "object": said})
    await places.settle()
    with places.north.house.db.reading() as tx:
        post = post_at(tx, said)
        assert (post.boosts_count, post.likes_count) == (1, 1)
    # A like is told to its author's place alone, a boost to whoever follows the one who boosts.
    assert places.received(liked["id"]) == [("Like", "https://north.test/users/ada/inbox")]

    await places.bea.does({"type": "Undo", "object": boosted["id"]})
    await places.cleo.does({"type": "Undo", "object": liked["id"]})
    await places.settle()
    with places.north.house.db.reading() as tx:
        post = post_at(tx, said)
        assert (post.boosts_count, post.likes_count) == (0, 0)


async def test_an_edit_and_a_deletion_reach_everyone_who_has_it(places: Places) -> None:
    said = says(places.north, places.ada, "tomorow")
    await places.settle()

    def correct(tx: Tx) -> None:
        draft = Draft(source="tomorrow")
        edit_post(tx, author=actor(tx, places.ada.uri), post=post_at(tx, said), draft=draft)

    do(places.north, correct)
    await places.settle()
    for place in (places.south, places.west):
        with place.house.db.reading() as tx:
            assert post_at(tx, said).content == "<p>tomorrow</p>"

    await places.ada.does({"type": "Delete", "object": said})
    await places.settle()
    for place in (places.south, places.west):
        with place.house.db.reading() as tx:
            assert find_post(tx, said) is None
    assert (await places.north.get(said)).status_code == 410


async def test_a_poll_is_asked_answered_and_counted_everywhere(places: Places) -> None:
    choice = Choice(("Saturday", "Sunday"), _A_DAY)
    said = says(places.north, places.ada, "when?", poll=choice)
    await places.settle()

    for place, who, position in ((places.south, places.bea, 0), (places.west, places.cleo, 1)):
        do(
            place,
            lambda tx, who=who, position=position: vote(  # type: ignore[misc]
                tx, actor=actor(tx, who.uri), post=post_at(tx, said), positions=[position]
            ),
        )
    await places.settle()
    with places.north.house.db.reading() as tx:
        assert options_of(tx, post_at(tx, said).id) == [("Saturday", 1), ("Sunday", 1)]
    # Nobody but Ada's place heard who chose what.
    votes = [inbox for kind, inbox in places.received("#votes/") if kind == "Create"]
    assert votes == ["https://north.test/users/ada/inbox"] * 2

    def end(tx: Tx) -> None:
        poll = tx.session.get_one(Poll, post_at(tx, said).id)
        poll.ends_at = tx.now
        tx.flush()
        close_polls(tx)

    do(places.north, end)
    await places.settle()
    for place in (places.south, places.west):
        with place.house.db.reading() as tx:
            assert options_of(tx, post_at(tx, said).id) == [("Saturday", 1), ("Sunday", 1)]


async def test_who_moves_house_takes_their_followers_along(places: Places) -> None:
    # Given Ada with a second account at west, which says that it is hers
    ada2 = places.west.add("ada2")
    do(places.west, lambda tx: add_alias(tx, who=actor(tx, ada2.uri), uri=places.ada.uri))
    new = (await places.west.get(ada2.uri)).json()
    do(places.north, lambda tx: remember_person(tx, read_person(new)).id)

    def move(tx: Tx) -> None:
        move_away(tx, who=actor(tx, places.ada.uri), target_uri=ada2.uri)

    do(places.north, move)
    await places.settle()

    with places.west.house.db.reading() as tx:
        followers = tx.connection.scalars(
            select(Actor.uri)
            .join(Follow, Follow.follower_id == Actor.id)
            .where(Follow.target_id == ada2.id, Follow.accepted_at.is_not(None))
        ).all()
    assert set(followers) == {places.bea.uri, places.cleo.uri}
    assert (await places.north.get(places.ada.uri)).json()["movedTo"] == ada2.uri
    followers_then = (await places.north.get(f"{places.ada.uri}/followers?page=true")).json()
    assert followers_then["orderedItems"] == []


async def test_who_is_blocked_gets_nothing_and_is_told_so(places: Places) -> None:
    def shut_out(tx: Tx) -> None:
        block(tx, blocker=actor(tx, places.ada.uri), blocked=actor(tx, places.cleo.uri))

    do(places.north, shut_out)
    await places.settle()
    said = says(places.north, places.ada, audience="followers")
    await places.settle()

    assert {inbox for _, inbox in places.received(said)} == {SOUTH}
    with places.west.house.db.reading() as tx:
        assert tx.connection.scalars(select(Follow.id)).all() == []
    await places.cleo.does({"type": "Follow", "object": places.ada.uri}, expects=403)


async def test_a_report_reaches_the_other_place_without_saying_from_whom(places: Places) -> None:
    said = says(places.north, places.ada, "rude")
    await places.settle()

    def tell(tx: Tx) -> None:
        reporter, target = actor(tx, places.bea.uri), actor(tx, places.ada.uri)
        posts = [post_at(tx, said)]
        report(
            tx,
            reporter=reporter,
            target=target,
            posts=posts,
            comment="not kind",
            is_forwarded=True,
        )

    do(places.south, tell)
    await places.settle()

    with places.north.house.db.reading() as tx:
        made = tx.session.scalars(select(Report)).one()
        reporter = tx.session.get_one(Actor, made.reporter_id)
        assert (reporter.uri, made.comment) == ("https://south.test/actor", "not kind")
        assert made.post_ids == [post_at(tx, said).id]
    flags = [sent for sent in places.fediverse.network.sent if b'"Flag"' in sent.body]
    assert len(flags) == 1
    assert places.bea.uri.encode() not in flags[0].body


async def test_a_quote_is_asked_for_shown_by_all_and_taken_back(places: Places) -> None:
    # Given Bea, whom Cleo follows too, and something Ada said
    await places.cleo.does({"type": "Follow", "object": places.bea.uri})
    said = says(places.north, places.ada)
    await places.settle()

    # When Bea quotes it
    def quote(tx: Tx) -> str:
        draft = Draft(source="look", quote_of=post_at(tx, said))
        return write_post(tx, author=actor(tx, places.bea.uri), draft=draft).uri

    quoting = do(places.south, quote)
    await places.settle()

    # Then all three places show it, with leave of Ada's place that anyone can check
    for place in (places.north, places.south, places.west):
        with place.house.db.reading() as tx:
            assert post_at(tx, quoting).quote_state == "accepted"
    stamp = (await places.south.get(quoting)).json()["quoteAuthorization"]
    leave = (await places.north.get(stamp)).json()
    assert leave["interactingObject"] == quoting
    assert (leave["interactionTarget"], leave["attributedTo"]) == (said, places.ada.uri)

    # When Ada takes it back
    def regret(tx: Tx) -> None:
        revoke_quote(tx, post=post_at(tx, said), quoting=post_at(tx, quoting))

    do(places.north, regret)
    await places.settle()

    # Then nobody shows it any more
    assert (await places.north.get(stamp)).status_code == 404
    for place in (places.north, places.south, places.west):
        with place.house.db.reading() as tx:
            assert post_at(tx, quoting).quote_state == "revoked"


async def test_who_leaves_for_good_is_forgotten_everywhere(places: Places) -> None:
    said = says(places.north, places.ada)
    await places.settle()

    do(places.north, lambda tx: leave_for_good(tx, who=actor(tx, places.ada.uri)))
    await places.settle()

    for place in (places.south, places.west):
        with place.house.db.reading() as tx:
            assert find_actor(tx, places.ada.uri) is None
            assert find_post(tx, said) is None
    assert (await places.north.get(places.ada.uri)).status_code == 410
    finger = "/.well-known/webfinger?resource=acct:ada@north.test"
    assert (await places.north.get(finger)).status_code == 410
    assert places.fediverse.waiting(places.north)["deliveries"] == 0
