"""What repeats: one date is changed, called off or left out, or all that follow are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from microfed.errors import Invalid
from microfed.operations.event_rows import Plan, plan_of
from microfed.operations.event_times import Repeat
from microfed.operations.events import (
    cancel_event,
    edit_event,
    leave_out,
    next_date,
    publish_event,
)
from microfed.queries.events import agenda, later_dates
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.operations.test_events import kept
from tests.people import neighbour

# Clocks in Paris go back on the 31st of October 2027
FIRST = datetime(2027, 10, 18, 16, tzinfo=UTC)


@pytest.fixture
def amel(tx: Tx) -> Actor:
    tx.now = FIRST - timedelta(days=3)
    return neighbour(tx, "amel")


@pytest.fixture
def choir(tx: Tx, amel: Actor) -> Post:
    plan = Plan("Chorale", FIRST, FIRST + timedelta(hours=2), zone="Europe/Paris", place="Salle A")
    return publish_event(
        tx, author=amel, plan=plan, audience=Audience.PUBLIC, repeat=Repeat("week", times=4)
    )


def shown(tx: Tx) -> list[tuple[str, str, str]]:
    """What stands in the agenda: hour in UTC, title, place."""
    return [(f"{one.starts_at:%m-%d %H:%M}", one.title, one.place) for one in agenda(tx, None)]


def changed(tx: Tx, post: Post, **more: Any) -> Plan:
    return replace(plan_of(kept(tx, post)), **more)


async def test_one_date_is_another_and_those_that_follow_stay(
    tx: Tx, amel: Actor, choir: Post
) -> None:
    other = changed(
        tx,
        choir,
        title="Chorale en plein air",
        place="Parc",
        starts_at=FIRST + timedelta(hours=1),
        ends_at=None,
    )
    edit_event(tx, author=amel, post=choir, plan=other)
    edit_event(tx, author=amel, post=choir, plan=replace(other, place="Square"))

    assert shown(tx) == [
        ("10-18 17:00", "Chorale en plein air", "Square"),
        ("10-25 16:00", "Chorale", "Salle A"),
        ("11-01 17:00", "Chorale", "Salle A"),
        ("11-08 17:00", "Chorale", "Salle A"),
    ]
    tx.now = FIRST + timedelta(hours=1)
    second = next_date(tx, choir.id)
    assert second is not None
    event = kept(tx, second)
    assert (event.title, event.place, event.ends_at) == (
        *("Chorale", "Salle A"),
        FIRST + timedelta(days=7, hours=2),
    )
    assert event.later_plan is None


async def test_all_that_follow_take_its_words_and_are_put_off_as_it_was(
    tx: Tx, amel: Actor, choir: Post
) -> None:
    later = FIRST + timedelta(days=1, hours=1)
    plan = changed(tx, choir, place="Salle B", starts_at=later, ends_at=later + timedelta(hours=1))

    edit_event(tx, author=amel, post=choir, plan=plan, and_later=True)

    assert shown(tx) == [
        ("10-19 17:00", "Chorale", "Salle B"),
        ("10-26 17:00", "Chorale", "Salle B"),
        ("11-02 18:00", "Chorale", "Salle B"),  # at the same hour on the wall
        ("11-09 18:00", "Chorale", "Salle B"),
    ]
    assert all(one.ends_at == one.starts_at + timedelta(hours=1) for one in agenda(tx, None))


async def test_a_date_cannot_be_put_behind_the_next(tx: Tx, amel: Actor, choir: Post) -> None:
    late = FIRST + timedelta(days=8)

    with pytest.raises(Invalid) as refused:
        edit_event(
            tx, author=amel, post=choir, plan=changed(tx, choir, starts_at=late, ends_at=None)
        )

    assert "every" in refused.value.details


async def test_one_date_is_called_off_or_left_out_and_the_others_stand(
    tx: Tx, amel: Actor, choir: Post
) -> None:
    before = kept(tx, choir).sequence
    for _ in range(2):
        leave_out(tx, author=amel, post=choir, moment=later_dates(kept(tx, choir))[0])
        if len(later_dates(kept(tx, choir))) == 2:
            break
    leave_out(tx, author=amel, post=choir, moment=FIRST)  # is none that follows
    assert [hour for hour, *_ in shown(tx)] == ["10-18 16:00", "11-01 17:00", "11-08 17:00"]
    assert kept(tx, choir).sequence == before + 1
    assert "25 octobre" not in choir.content and "1er novembre" in choir.content

    cancel_event(tx, author=amel, post=choir)
    tx.now = FIRST
    following = next_date(tx, choir.id)
    assert following is not None and kept(tx, following).state == "confirmed"

    cancel_event(tx, author=amel, post=following, and_later=True)
    assert next_date(tx, following.id) is None
