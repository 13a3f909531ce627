"""What goes out: in order within a lane, later when a server is away, never twice once done."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from microfed.operations.deliveries import Claimed, Due, claim_deliveries
from microfed.operations.delivery_outcomes import Outcome, record_outcomes
from microfed.operations.hosts import (
    GIVE_UP_AFTER,
    OPEN_AFTER,
    PROBE_EVERY,
    host_answered,
    host_failed,
    host_spoke,
    need_host,
    remember_scheme,
    retry_delay,
)
from microfed.outbound.deliver import SILENT_AFTER, deliver
from microfed.queries.figures import queue_figures
from microfed.remote.http import Answer
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.workers.send_deliveries import judge, retry_after
from tests.people import deliveries, neighbour


def document(kind: str, number: int, actor: Actor, object_: str = "x") -> dict[str, object]:
    return {"id": f"{actor.uri}#{number}", "type": kind, "actor": actor.uri, "object": object_}


def claim(tx: Tx, *busy: tuple[str, int]) -> Claimed:
    return claim_deliveries(tx, busy=frozenset(busy), most=100)


def claimed(taken: Claimed) -> list[Due]:
    return [due for lane in taken.lanes.values() for due in lane]


def outcome(due: Due, kind: str, **more: object) -> Outcome:
    return Outcome(due, kind, "because", **more)  # type: ignore[arg-type]


@pytest.fixture
def bea(tx: Tx) -> Actor:
    return neighbour(tx, "bea")


def test_a_lane_goes_out_in_order_and_is_not_taken_twice(tx: Tx, bea: Actor) -> None:
    for number, kind in enumerate(["Follow", "Undo"]):
        deliver(tx, document(kind, number, bea), sender=bea, inboxes=["https://a.test/in"])

    first = claim(tx)

    assert [first.bodies[due.activity_id].count(b"Follow") for due in claimed(first)] == [1, 0]
    assert claimed(claim(tx)) == []


def test_one_body_serves_all_inboxes(tx: Tx, bea: Actor) -> None:
    inboxes = [f"https://{n}.test/in" for n in range(50)]
    deliver(tx, document("Create", 1, bea), sender=bea, inboxes=[*inboxes, *inboxes])

    taken = claim(tx)

    assert len(claimed(taken)) == 50
    assert len(taken.bodies) == 1


def test_what_was_delivered_is_gone(tx: Tx, bea: Actor) -> None:
    deliver(tx, document("Create", 1, bea), sender=bea, inboxes=["https://a.test/in"])
    (due,) = claimed(claim(tx))

    record_outcomes(tx, [outcome(due, "delivered")])

    assert queue_figures(tx).deliveries == 0


def test_what_failed_holds_up_what_came_after_it(tx: Tx, bea: Actor) -> None:
    for number in range(2):
        deliver(tx, document("Create", number, bea), sender=bea, inboxes=["https://a.test/in"])
    first, second = claimed(claim(tx))

    record_outcomes(tx, [outcome(first, "failed"), outcome(second, "returned")])

    assert claimed(claim(tx)) == []  # the second waits for the first
    later(tx, seconds=20)
    assert [due.id for due in claimed(claim(tx))] == [first.id, second.id]


def test_a_message_that_fails_thrice_no_longer_holds_up_the_others(tx: Tx, bea: Actor) -> None:
    for number in range(2):
        deliver(tx, document("Create", number, bea), sender=bea, inboxes=["https://a.test/in"])
    for seconds in (0, 20, 100):
        later(tx, seconds=seconds)
        first, *rest = claimed(claim(tx))
        record_outcomes(tx, [outcome(first, "failed"), *(outcome(due, "returned") for due in rest)])

    (free,) = claimed(claim(tx))
    assert free.id != first.id


def test_an_update_replaces_one_that_waits_and_a_delete_makes_a_create_moot(
    tx: Tx, bea: Actor
) -> None:
    inbox = "https://a.test/in"
    for number, kind in enumerate(["Create", "Update", "Update"]):
        deliver(tx, document(kind, number, bea), sender=bea, inboxes=[inbox])
    assert deliveries(tx) == [("Create", inbox), ("Update", inbox)]

    deliver(tx, document("Delete", 9, bea), sender=bea, inboxes=[inbox])

    assert deliveries(tx) == [("Delete", inbox)]


def test_a_server_that_is_away_gets_one_probe_at_a_time(tx: Tx, bea: Actor) -> None:
    # Given 500 posts for a server that does not answer
    for number in range(500):
        deliver(tx, document("Create", number, bea), sender=bea, inboxes=["https://a.test/in"])

    # When two days go by
    requests, began = 0, tx.now
    while tx.now - began < timedelta(hours=48):
        taken = claimed(claim(tx))
        if taken:
            requests += 1
            back = [outcome(due, "returned") for due in taken[1:]]
            record_outcomes(tx, [outcome(taken[0], "away"), *back])
        later(tx, seconds=60)

    # Then it was asked at most 120 times, and nothing is lost
    assert OPEN_AFTER < requests <= 120
    figures = queue_figures(tx)
    assert (figures.deliveries, figures.hosts_down) == (500, 1)

    # And once it speaks, everything goes, in order and not all at once
    host_answered(tx, ["a.test"])
    arrived: list[int] = []
    for _ in range(200):
        taken = claimed(claim(tx))
        arrived += [due.id for due in taken]
        record_outcomes(tx, [outcome(due, "delivered") for due in taken])
        later(tx, seconds=1)
    assert len(arrived) == 500
    assert arrived == sorted(arrived)


def test_the_dialect_of_a_server_is_remembered_for_thirty_days(tx: Tx, bea: Actor) -> None:
    remember_scheme(tx, "a.test", "rfc9421")
    tx.flush()
    for days, known in ((29, {"a.test": "rfc9421"}), (2, {})):
        later(tx, seconds=days * 86_400)
        deliver(tx, document("Create", days, bea), sender=bea, inboxes=["https://a.test/in"])
        taken = claim(tx)
        assert taken.schemes == known
        record_outcomes(tx, [outcome(due, "delivered") for due in claimed(taken)])


def test_a_server_that_was_silent_for_two_weeks_is_left_in_peace_until_it_speaks(
    tx: Tx, bea: Actor
) -> None:
    inbox = ["https://a.test/in"]
    host_failed(tx, "a.test", "nobody answers")
    need_host(tx, "a.test").failing_since = tx.now - SILENT_AFTER - timedelta(minutes=1)
    tx.flush()

    # Then what is told to all goes there no more, but a question to somebody there does
    deliver(tx, document("Create", 1, bea), sender=bea, inboxes=inbox)
    deliver(tx, document("Follow", 2, bea), sender=bea, inboxes=inbox)
    assert deliveries(tx) == [("Follow", inbox[0])]

    # And once it speaks, all does
    host_spoke(tx, "a.test")
    deliver(tx, document("Create", 3, bea), sender=bea, inboxes=inbox)
    assert len(deliveries(tx)) == 2


def test_after_a_week_it_is_given_up(tx: Tx, bea: Actor) -> None:
    deliver(tx, document("Create", 1, bea), sender=bea, inboxes=["https://a.test/in"])
    later(tx, seconds=int(GIVE_UP_AFTER.total_seconds()) + 60)
    (due,) = claimed(claim(tx))

    record_outcomes(tx, [outcome(due, "away")])

    assert queue_figures(tx).deliveries == 0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "delivered"),
        (202, "delivered"),
        (301, "dropped"),
        (400, "dropped"),
        (401, "failed"),
        (403, "failed"),
        (404, "dropped"),
        (408, "failed"),
        (410, "dropped"),
        (413, "dropped"),
        (429, "failed"),
        (500, "away"),
        (501, "dropped"),
        (503, "away"),
    ],
)
def test_each_status_means_one_thing(status: int, kind: str) -> None:
    due = Due(1, 1, 1, "a.test", "https://a.test/in", 0)

    assert judge(due, answer(status)).kind == kind


def test_a_server_that_never_lets_us_in_is_asked_three_times() -> None:
    due = Due(1, 1, 1, "a.test", "https://a.test/in", 2)

    assert judge(due, answer(401)).kind == "dropped"


def test_a_server_may_say_how_long_to_wait_but_not_for_ever() -> None:
    assert retry_after("120") == timedelta(minutes=2)
    assert retry_after("99999999") == timedelta(hours=6)
    assert retry_after("soon") is None
    assert retry_after(None) is None


def test_the_schedule_grows_up_to_six_hours() -> None:
    waits = [retry_delay(attempt) for attempt in range(1, 12)]

    assert timedelta(seconds=7) < waits[0] < timedelta(seconds=13)
    assert all(wait <= timedelta(hours=7.5) for wait in waits)
    assert retry_delay(3, factor=0.01) < timedelta(seconds=4)
    assert timedelta(minutes=30) == PROBE_EVERY


def answer(status: int) -> Answer:
    make: Callable[..., Answer] = Answer
    return make(status=status, headers={}, body=b"", url="https://a.test/in")


def later(tx: Tx, *, seconds: int) -> None:
    """Time goes by for this transaction alone."""
    tx.now += timedelta(seconds=seconds)
