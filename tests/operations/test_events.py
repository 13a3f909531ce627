"""Events: planning, answering, places, what repeats, and what cannot be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from microfed.errors import Forbidden, Invalid
from microfed.operations.circles import drop_circle, make_circle, put_in_circle
from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import Plan
from microfed.operations.event_times import Repeat, dates_of, moment_at
from microfed.operations.events import cancel_event, edit_event, next_date, publish_event
from microfed.operations.follows import request_follow
from microfed.operations.saying import Draft
from microfed.outbound.render_activities import create, update
from microfed.queries.events import agenda, coming_to, event_of, fed_publicly
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import whole_post
from microfed.store.circles import Circle
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.queues import Job, Notification
from microfed.vocab.audience import Audience
from microfed.vocab.events import read_event
from tests.people import neighbour


def cafe(tx: Tx, **more: Any) -> Plan:
    """A repair café, the day after tomorrow."""
    starts = tx.now.replace(microsecond=0) + timedelta(days=2)
    values = {
        "title": "Repair café",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=3),
        "zone": "Europe/Paris",
        "words": "Apportez vos grille-pain.",
        "place": "Maison du Bas-Belleville",
    }
    return Plan(**{**values, **more})


def planned(tx: Tx, author: Actor, audience: Audience = Audience.PUBLIC, **more: Any) -> Post:
    return publish_event(tx, author=author, plan=cafe(tx, **more), audience=audience)


def told(tx: Tx, actor: Actor) -> list[str]:
    asked = select(Notification.kind).where(Notification.owner_id == actor.id)
    return list(tx.connection.scalars(asked.order_by(Notification.id)))


def kept(tx: Tx, post: Post) -> Event:
    event = event_of(tx, post.id)
    assert event is not None
    return event


async def test_what_has_no_end_stands_in_the_agenda_until_some_hours_after_it_began(tx: Tx) -> None:
    post = planned(tx, neighbour(tx, "amel"), ends_at=None)
    event = kept(tx, post)

    assert [one.post.id for one in agenda(tx, None)] == [post.id]
    assert agenda(tx, None, is_past=True) == []
    event.starts_at = tx.now - timedelta(hours=5)
    tx.flush()
    assert [one.post.id for one in agenda(tx, None)] == [post.id]
    event.starts_at = tx.now - timedelta(hours=7)
    tx.flush()
    assert agenda(tx, None) == []
    assert [one.post.id for one in agenda(tx, None, is_past=True)] == [post.id]


async def test_an_event_stands_in_the_agenda_and_is_said_in_words(tx: Tx) -> None:
    post = planned(tx, neighbour(tx, "amel"), capacity=12)

    assert [entry.event.title for entry in agenda(tx, None)] == ["Repair café"]
    assert "Repair café" in post.content and "Maison du Bas-Belleville" in post.content
    said = create(tx.here, whole_post(tx, post))
    document = said["object"]
    assert (document["type"], document["name"]) == ("Event", "Repair café")
    assert "Maison du Bas-Belleville" in document["summary"]
    assert str(kept(tx, post).starts_at.year) in document["summary"]
    assert document["url"] == f"{tx.here.url}/agenda/{post.id}"
    assert document["startTime"].endswith(("+01:00", "+02:00"))
    assert (document["maximumAttendeeCapacity"], document["participantCount"]) == (12, 0)
    read = read_event(document)
    assert read is not None
    assert (read.starts_at, read.zone, read.state) == (
        *(kept(tx, post).starts_at, "Europe/Paris"),
        "confirmed",
    )
    assert "joinMode" in str(said["@context"])


async def test_places_are_given_once_and_who_waits_comes_in_when_one_is_free(tx: Tx) -> None:
    amel, bea, leo = (neighbour(tx, name) for name in ("amel", "bea", "leo"))
    post = planned(tx, amel, capacity=1)

    assert answer_event(tx, actor=bea, post=post, wish="going").state == "going"
    assert answer_event(tx, actor=leo, post=post, wish="going").state == "waiting"
    assert answer_event(tx, actor=leo, post=post, wish="going").state == "waiting"
    assert answer_event(tx, actor=bea, post=post, wish="declined").state == "declined"

    coming = coming_to(tx, kept(tx, post), post, Viewer(amel.id))
    assert (coming.going, coming.waiting) == (1, 0)
    assert [one.name for one in coming.people if one.state == "going"] == ["leo"]
    assert told(tx, leo) == ["event"]
    assert told(tx, amel) == ["coming", "coming"]


async def test_more_room_lets_in_who_waits_and_less_than_those_who_come_is_refused(
    tx: Tx,
) -> None:
    amel, bea, leo = (neighbour(tx, name) for name in ("amel", "bea", "leo"))
    post = planned(tx, amel, capacity=1)
    for one in (bea, leo):
        answer_event(tx, actor=one, post=post, wish="going")

    edit_event(tx, author=amel, post=post, plan=cafe(tx, capacity=2))
    assert coming_to(tx, kept(tx, post), post, None).going == 2
    with pytest.raises(Invalid) as refused:
        edit_event(tx, author=amel, post=post, plan=cafe(tx, capacity=1))
    assert "capacity" in refused.value.details
    with pytest.raises(Forbidden):
        edit_event(tx, author=bea, post=post, plan=cafe(tx))


async def test_what_is_called_off_says_so_and_cannot_be_answered(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    post = planned(tx, amel)
    answer_event(tx, actor=bea, post=post, wish="maybe")

    cancel_event(tx, author=amel, post=post)

    document = update(tx.here, whole_post(tx, post))["object"]
    assert (document["status"], document["ical:status"]) == ("CANCELLED", "CANCELLED")
    assert "Annulé" in post.content
    assert "event" in told(tx, bea)
    for deed in (
        lambda: answer_event(tx, actor=bea, post=post, wish="going"),
        lambda: cancel_event(tx, author=amel, post=post),
    ):
        with pytest.raises(Invalid, match="over"):
            deed()


async def test_what_is_over_cannot_be_answered_and_stands_among_the_past(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    post = planned(tx, amel)
    kept(tx, post).starts_at = tx.now - timedelta(days=2)
    kept(tx, post).ends_at = tx.now - timedelta(days=1)
    tx.flush()

    with pytest.raises(Invalid, match="over"):
        answer_event(tx, actor=bea, post=post, wish="going")
    assert agenda(tx, None) == []
    assert [entry.event.id for entry in agenda(tx, None, is_past=True)] == [post.id]


async def test_what_cannot_be_is_refused_with_its_field_and_nothing_stays(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    past, far = datetime(2001, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
    wrong: tuple[tuple[str, dict[str, Any]], ...] = (
        ("title", {"title": " "}),
        ("title", {"title": "x" * 121}),
        ("place", {"place": "x" * 201}),
        ("words", {"words": "x" * 4_001}),
        ("starts", {"starts_at": past}),
        ("starts", {"starts_at": far}),
        ("ends", {"ends_at": past}),
        ("ends", {"ends_at": far}),
        ("capacity", {"capacity": 0}),
        ("capacity", {"capacity": 10**9}),
        ("zone", {"zone": "../etc/passwd"}),
    )

    for field, more in wrong:
        with pytest.raises(Invalid) as refused:
            planned(tx, amel, **more)
        assert field in refused.value.details

    assert tx.session.scalar(select(Post.id)) is None


def test_an_hour_that_does_not_exist_is_refused_and_one_that_comes_twice_is_the_first() -> None:
    with pytest.raises(Invalid) as refused:
        moment_at("2027-03-28", "02:30", "Europe/Paris", field="starts")
    assert refused.value.details == {"starts": "the clock leaps over this hour"}

    twice = moment_at("2026-10-25", "02:30", "Europe/Paris", field="starts")
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for day, hour in (("2026-02-30", "10:00"), ("2026-01-01", "25:00"), ("", ""), ("x", "10:00")):
        with pytest.raises(Invalid):
            moment_at(day, hour, "Europe/Paris", field="starts")
    with pytest.raises(Invalid):
        moment_at("0001-01-01", "00:00", "Asia/Tokyo", field="starts")


def test_what_repeats_stays_at_its_hour_on_the_wall() -> None:
    starts = moment_at("2026-10-18", "14:00", "Europe/Paris", field="starts")

    weekly = dates_of(starts, "Europe/Paris", Repeat("week", times=3))
    assert [f"{moment:%m-%d %H}" for moment in weekly] == ["10-18 12", "10-25 13", "11-01 13"]
    until = dates_of(starts, "Europe/Paris", Repeat("day", until=date(2026, 10, 20)))
    assert len(until) == 3
    last = moment_at("2026-10-31", "14:00", "Europe/Paris", field="starts")
    monthly = dates_of(last, "Europe/Paris", Repeat("month", times=3))
    assert [f"{moment:%m-%d}" for moment in monthly] == ["10-31", "12-31", "01-31"]
    for wrong in (
        Repeat("year", times=2),
        Repeat("week"),
        Repeat("week", times=1),
        Repeat("week", times=53),
        Repeat("day", until=date(2026, 10, 18)),
        Repeat("day", until=date(2027, 10, 18)),
        Repeat("month", until=date(2026, 11, 1)),
    ):
        with pytest.raises(Invalid):
            dates_of(starts, "Europe/Paris", wrong)


async def test_a_series_is_one_event_at_a_time_and_the_agenda_shows_them_all(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    post = publish_event(
        tx,
        author=amel,
        plan=cafe(tx),
        audience=Audience.PUBLIC,
        repeat=Repeat("week", times=3),
    )

    assert [entry.is_later for entry in agenda(tx, None)] == [False, True, True]
    assert tx.session.scalar(select(Job.due_at).where(Job.kind == "next_date")) is not None
    assert "Ensuite" in post.content
    second = next_date(tx, post.id)
    assert second is not None
    assert next_date(tx, post.id) is None  # done once
    assert kept(tx, second).series_id == post.id
    assert kept(tx, second).starts_at - kept(tx, post).starts_at in (
        *(timedelta(days=7), timedelta(days=7, hours=1)),
        timedelta(days=7, hours=-1),
    )
    assert len(agenda(tx, None)) == 3
    cancel_event(tx, author=amel, post=second, and_later=True)
    assert len(agenda(tx, None)) == 2


@pytest.mark.parametrize("audience", [Audience.LOCAL, Audience.RING, Audience.FOLLOWERS])
async def test_what_is_for_some_stands_in_no_public_calendar(tx: Tx, audience: Audience) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")

    planned(tx, amel, audience)

    assert agenda(tx, None) == []
    assert fed_publicly(tx) == []
    assert len(agenda(tx, Viewer(amel.id))) == 1
    assert len(agenda(tx, Viewer(bea.id))) == (0 if audience is Audience.FOLLOWERS else 1)


async def test_what_repeats_in_a_circle_goes_on_in_it_and_ends_with_it(tx: Tx) -> None:
    # Given a date each week for a circle of Amel's, in which Bea is
    amel, bea, leo = (neighbour(tx, name) for name in ("amel", "bea", "leo"))
    for who in (bea, leo):
        request_follow(tx, follower=who, target=amel)
    circle = make_circle(tx, owner=amel, title="Le quai")
    put_in_circle(tx, circle, [bea.id])
    first = publish_event(
        tx,
        author=amel,
        plan=cafe(tx),
        audience=Audience.CIRCLE,
        repeat=Repeat("week", 3, None),
        people=Draft(circles=(circle.id,)),
    )
    assert [agenda(tx, Viewer(who.id)) != [] for who in (bea, leo)] == [True, False]

    # When its turn comes: whoever is in the circle by then reads the next one
    put_in_circle(tx, circle, [leo.id])
    second = next_date(tx, first.id)
    assert second is not None and second.audience == Audience.CIRCLE
    seen = {entry.post.id for entry in agenda(tx, Viewer(leo.id))}
    assert second.id in seen and first.id not in seen

    # And when the circle is gone, there is none, and no fault
    drop_circle(tx, tx.session.get_one(Circle, circle.id))
    assert next_date(tx, second.id) is None
    assert kept(tx, tx.session.get_one(Post, second.id)).later is None
