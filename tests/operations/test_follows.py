"""Following, at the rule itself: who is asked, who answers, who is told."""

import pytest

from microfed.errors import Forbidden, NotFound
from microfed.operations.follow_rows import find_follow, need_request
from microfed.operations.follows import (
    accept_follow,
    follow_was_accepted,
    follow_was_rejected,
    follow_was_undone,
    reject_follow,
    request_follow,
    unfollow,
)
from microfed.store.database import Tx
from microfed.store.people import Block
from tests.people import deliveries, neighbour, notifications, stranger

ASK = "https://north.test/follows/1"


def test_an_open_neighbour_accepts_at_once(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")

    follow = request_follow(tx, follower=ada, target=bea, uri=ASK)

    assert follow is not None and follow.accepted_at is not None and follow.uri == ASK
    assert deliveries(tx) == [("Accept", ada.inbox_uri)]
    assert notifications(tx, of=bea) == [("follow", "ada")]
    assert bea.followers_count == 1


def test_a_locked_neighbour_is_asked_first(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea", is_locked=True)

    follow = request_follow(tx, follower=ada, target=bea, uri=ASK)

    assert follow is not None and follow.accepted_at is None
    assert deliveries(tx) == []
    assert notifications(tx, of=bea) == [("follow_request", "ada")]

    accept_follow(tx, need_request(tx, follower=ada, target=bea))

    assert deliveries(tx) == [("Accept", ada.inbox_uri)]


def test_asking_twice_is_answered_twice_and_counted_once(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")

    request_follow(tx, follower=ada, target=bea, uri=ASK)
    again = request_follow(tx, follower=ada, target=bea, uri=f"{ASK}-again")

    assert again is not None and again.uri == f"{ASK}-again"
    assert [kind for kind, _ in deliveries(tx)] == ["Accept", "Accept"]
    assert bea.followers_count == 1


def test_nobody_follows_themselves(tx: Tx) -> None:
    bea = neighbour(tx, "bea")

    with pytest.raises(Forbidden):
        request_follow(tx, follower=bea, target=bea)


def test_whom_a_neighbour_blocks_is_sent_a_no(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")
    tx.session.add(Block(blocker_id=bea.id, blocked_id=ada.id))
    tx.flush()

    assert request_follow(tx, follower=ada, target=bea, uri=ASK) is None

    assert deliveries(tx) == [("Reject", ada.inbox_uri)]
    assert find_follow(tx, follower=ada, target=bea) is None


def test_a_neighbour_asks_a_stranger_and_waits_for_the_yes(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")
    follow = request_follow(tx, follower=bea, target=ada)
    assert follow is not None and follow.accepted_at is None
    assert deliveries(tx) == [("Follow", ada.inbox_uri)]

    follow_was_accepted(tx, by=ada, follow_uri=follow.uri, follower=None)

    assert follow.accepted_at is not None
    assert bea.following_count == 1


def test_a_yes_is_matched_by_the_pair_when_its_id_is_another(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")
    follow = request_follow(tx, follower=bea, target=ada)
    assert follow is not None

    follow_was_accepted(tx, by=ada, follow_uri="https://north.test/else", follower=bea)

    assert follow.accepted_at is not None


def test_nobody_else_can_say_yes(tx: Tx) -> None:
    ada, eve, bea = (
        stranger(tx, "ada@north.test"),
        stranger(tx, "eve@evil.test"),
        neighbour(tx, "bea"),
    )
    follow = request_follow(tx, follower=bea, target=ada)
    assert follow is not None

    with pytest.raises(NotFound):
        follow_was_accepted(tx, by=eve, follow_uri=follow.uri, follower=bea)

    assert follow.accepted_at is None


def test_a_no_after_a_yes_ends_the_follow(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")
    follow = request_follow(tx, follower=bea, target=ada)
    assert follow is not None
    follow_was_accepted(tx, by=ada, follow_uri=follow.uri, follower=None)

    follow_was_rejected(tx, by=ada, follow_uri=follow.uri, follower=None)

    assert find_follow(tx, follower=bea, target=ada) is None
    assert bea.following_count == 0


def test_leaving_tells_the_other_side_and_doing_it_twice_is_harmless(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")
    request_follow(tx, follower=bea, target=ada)

    unfollow(tx, follower=bea, target=ada)
    unfollow(tx, follower=bea, target=ada)

    assert deliveries(tx) == [("Follow", ada.inbox_uri), ("Undo", ada.inbox_uri)]


def test_a_follower_who_is_shown_out_is_told(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")
    follow = request_follow(tx, follower=ada, target=bea, uri=ASK)
    assert follow is not None

    reject_follow(tx, follow)

    assert [kind for kind, _ in deliveries(tx)] == ["Accept", "Reject"]
    assert bea.followers_count == 0
    assert notifications(tx, of=bea) == []


def test_an_undo_finds_the_follow_by_its_id_or_by_the_pair(tx: Tx) -> None:
    ada, bea = stranger(tx, "ada@north.test"), neighbour(tx, "bea")
    for wanted in ({"follow_uri": ASK, "target": None}, {"follow_uri": None, "target": bea}):
        request_follow(tx, follower=ada, target=bea, uri=ASK)

        assert follow_was_undone(tx, by=ada, **wanted)  # type: ignore[arg-type]

        assert find_follow(tx, follower=ada, target=bea) is None
    assert not follow_was_undone(tx, by=ada, follow_uri=ASK, target=bea)
