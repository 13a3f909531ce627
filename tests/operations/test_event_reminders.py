"""Reminders: who is reminded of what they come to, when, by which way, and never twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from microfed.errors import Invalid
from microfed.operations.event_answers import answer_event
from microfed.operations.event_guests import ask_guest
from microfed.operations.event_leaving import AT_ONCE
from microfed.operations.event_reminders import choose_reminders, remind
from microfed.operations.event_rows import day_before
from microfed.operations.events import cancel_event, edit_event
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.letters import Mail
from microfed.store.people import Member
from microfed.store.posts import Post
from microfed.store.queues import Job
from tests.operations.test_event_leaving import comes, heard
from tests.operations.test_events import cafe, kept, planned, told
from tests.people import neighbour, stranger


def starts_of(tx: Tx, post: Post) -> int:
    return int(kept(tx, post).starts_at.timestamp())


def due_jobs(tx: Tx) -> list[tuple[datetime | None, int]]:
    rows = tx.session.scalars(select(Job).where(Job.kind == "remind_event").order_by(Job.id))
    return [(job.due_at, job.arguments["starts"]) for job in rows]


async def test_those_who_come_are_reminded_once_in_the_way_they_wish(tx: Tx) -> None:
    amel, bea, leo, noa = (neighbour(tx, name) for name in ("amel", "bea", "leo", "noa"))
    tx.session.get_one(Member, leo.id).email = "leo@mail.test"
    choose_reminders(tx, member_id=leo.id, way="mail")
    choose_reminders(tx, member_id=noa.id, way="none")
    zora = neighbour(tx, "zora")
    post = planned(tx, amel, takes_mail=True)
    for one, wish in ((bea, "going"), (leo, "maybe"), (noa, "going"), (zora, "declined")):
        answer_event(tx, actor=one, post=post, wish=wish)
    masto, moby = stranger(tx, "masto@south.test"), stranger(tx, "moby@south.test")
    comes(tx, masto, post, "poll")
    comes(tx, moby, post, "join")
    for name in ("Zoé", "Ali"):
        ask_guest(tx, post=post, name=name, address=f"{name[0]}@mail.test", language="fr")
    zoe = tx.session.scalars(select(EventAnswer).where(EventAnswer.name == "Zoé")).one()
    zoe.state = "going"  # Ali has not followed the link
    tx.connection.execute(Mail.__table__.delete())
    before = len(heard(tx, masto))

    remind(tx, post.id, starts=starts_of(tx, post))
    remind(tx, post.id, starts=starts_of(tx, post))  # the server died before it noted it down

    assert [told(tx, one) for one in (bea, leo, noa, zora)] == [["reminder"], ["reminder"], [], []]
    mails = tx.session.scalars(select(Mail).order_by(Mail.address)).all()
    assert [mail.address for mail in mails] == ["leo@mail.test", "z@mail.test"]
    assert "C’est bientôt" in mails[1].subject and "Repair café" in mails[1].subject
    (said,) = heard(tx, masto)[before:]
    assert "C’est bientôt" in said and "Maison du Bas-Belleville" in said
    assert heard(tx, moby) == []
    with pytest.raises(Invalid):
        choose_reminders(tx, member_id=bea.id, way="by pigeon")


async def test_the_hour_is_that_on_the_wall_the_day_before(tx: Tx) -> None:
    # Clocks in Paris go forward in the night to the 28th of March 2027
    event = Event(starts_at=datetime(2027, 3, 28, 12, tzinfo=UTC), zone="Europe/Paris")
    assert day_before(event) == datetime(2027, 3, 27, 13, tzinfo=UTC)

    post = planned(tx, neighbour(tx, "amel"))
    assert due_jobs(tx) == [(day_before(kept(tx, post)), starts_of(tx, post))]


async def test_what_is_put_off_reminds_anew_and_other_words_do_not(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    post = planned(tx, amel)
    answer_event(tx, actor=bea, post=post, wish="going")
    first = starts_of(tx, post)
    assert remind(tx, post.id, starts=first) == 1
    tx.session.delete(tx.session.scalars(select(Job).where(Job.kind == "remind_event")).one())
    tx.flush()

    edit_event(tx, author=amel, post=post, plan=replace(cafe(tx), words="Et vos vélos."))
    assert due_jobs(tx) == []
    later = cafe(tx).starts_at + timedelta(days=1)
    edit_event(tx, author=amel, post=post, plan=replace(cafe(tx), starts_at=later, ends_at=None))

    assert [starts for _, starts in due_jobs(tx)] == [starts_of(tx, post)]
    assert remind(tx, post.id, starts=first) == 0
    assert remind(tx, post.id, starts=starts_of(tx, post)) == 1


async def test_who_answers_within_the_last_day_is_not_told_what_they_know(tx: Tx) -> None:
    amel, bea, leo = (neighbour(tx, name) for name in ("amel", "bea", "leo"))
    post = planned(tx, amel)
    for one in (bea, leo):
        answer_event(tx, actor=one, post=post, wish="going")
    due = int(tx.now.timestamp()) + 60
    tx.session.scalars(select(EventAnswer).where(EventAnswer.actor_id == leo.id)).one().since = (
        tx.now + timedelta(minutes=2)
    )

    # A server that slept does it late
    assert remind(tx, post.id, starts=starts_of(tx, post), due=due) == 1

    assert (told(tx, bea), told(tx, leo)) == (["reminder"], [])


async def test_what_is_planned_for_today_reminds_an_hour_before_and_never_once_it_began(
    tx: Tx,
) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    soon = tx.now.replace(microsecond=0) + timedelta(hours=5)
    post = planned(tx, amel, starts_at=soon, ends_at=None)
    answer_event(tx, actor=bea, post=post, wish="going")

    assert due_jobs(tx) == [(soon - timedelta(hours=1), int(soon.timestamp()))]
    kept(tx, post).starts_at = tx.now - timedelta(minutes=1)
    tx.flush()
    assert remind(tx, post.id, starts=starts_of(tx, post)) == 0


async def test_nobody_is_reminded_of_what_is_called_off(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    post = planned(tx, amel)
    answer_event(tx, actor=bea, post=post, wish="going")
    cancel_event(tx, author=amel, post=post)

    assert remind(tx, post.id, starts=starts_of(tx, post)) == 0


async def test_a_great_feast_is_reminded_of_in_portions(tx: Tx) -> None:
    post = planned(tx, neighbour(tx, "amel"))
    for number in range(AT_ONCE + 3):
        comes(tx, stranger(tx, f"p{number}@south.test"), post)
    tx.connection.execute(Job.__table__.delete())

    assert remind(tx, post.id, starts=starts_of(tx, post)) == AT_ONCE
    job = tx.session.scalars(select(Job).where(Job.kind == "remind_event")).one()
    assert remind(tx, **job.arguments) == 3
