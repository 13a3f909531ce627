"""Introductions: two yes open a conversation of three; all else looks like a silence."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from microfed.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany
from microfed.operations.blocks import block
from microfed.operations.farewells import leave_for_good
from microfed.operations.introduction_rows import KEPT
from microfed.operations.introductions import (
    MOST_A_DAY,
    answer,
    drop_old_introductions,
    expire,
    propose,
    withdraw,
)
from microfed.operations.silencing import mute
from microfed.queries.introductions import asked_of, proposed_by
from microfed.store.database import Database, Tx
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import Actor
from microfed.store.posts import Mention, Post
from microfed.store.queues import Job, Notification
from tests.people import neighbour, notifications

WHY = "Vous jouez tous les deux du violon."
Three = tuple[Actor, Actor, Actor]


def three(tx: Tx) -> Three:
    amel, bea, leo = (neighbour(tx, name) for name in ("amel", "bea", "leo"))
    return amel, bea, leo


def proposed(tx: Tx, people: Three) -> Introduction:
    amel, bea, leo = people
    return propose(tx, proposer=amel, one=bea, other=leo, reason=WHY)


def seen(tx: Tx, by: Actor) -> list[str]:
    return [one.state for one in asked_of(tx, by.id)]


def outcome(tx: Tx, of: Actor) -> list[str]:
    return [one.state for one in proposed_by(tx, of.id)]


def talks(tx: Tx, of: Actor) -> list[str]:
    """Return what stands in the private posts that somebody wrote or is named in."""
    named = select(Mention.post_id).where(Mention.actor_id == of.id)
    query = select(Post.content).where(Post.id.in_(named) | (Post.actor_id == of.id))
    return list(tx.connection.scalars(query))


def time_is_over(tx: Tx, made: Introduction) -> None:
    made.expires_at = tx.now
    tx.flush()


def test_two_yes_open_one_conversation_that_names_both(tx: Tx) -> None:
    amel, bea, leo = people = three(tx)

    made = proposed(tx, people)
    assert (seen(tx, bea), seen(tx, leo), outcome(tx, amel)) == (["waits"], ["waits"], ["open"])
    assert notifications(tx, of=bea) == notifications(tx, of=leo) == [("introduction", "amel")]

    answer(tx, who=bea, id_=made.id, says="yes")
    answer(tx, who=bea, id_=made.id, says="yes")
    assert talks(tx, bea) == talks(tx, leo) == talks(tx, amel) == []
    answer(tx, who=leo, id_=made.id, says="yes")

    assert (seen(tx, bea), seen(tx, leo), outcome(tx, amel)) == (["met"], ["met"], ["met"])
    post = tx.session.get_one(Post, made.post_id)
    assert (post.actor_id, post.audience) == (amel.id, "people")
    for one in people:
        (said,) = talks(tx, one)
        assert WHY in said and "bea" in said and "leo" in said
    assert notifications(tx, of=leo) == [("mention", "amel")]


@pytest.mark.parametrize("order", [("no", "yes"), ("yes", "no"), ("yes", None), ("no", None)])
def test_a_no_looks_like_a_silence_to_the_other_and_to_who_proposed_it(
    tx: Tx, order: tuple[str, str | None]
) -> None:
    amel, bea, leo = people = three(tx)
    made = proposed(tx, people)

    for who, says in zip((bea, leo), order, strict=True):
        if says is not None:
            answer(tx, who=who, id_=made.id, says=says)

    own = {"yes": "said_yes", "no": "said_no", None: "waits"}
    assert seen(tx, bea) == [own[order[0]]] and seen(tx, leo) == [own[order[1]]]
    assert outcome(tx, amel) == ["open"]
    time_is_over(tx, made)
    after = {"yes": "over", "no": "said_no", None: "over"}
    assert seen(tx, bea) == [after[order[0]]] and seen(tx, leo) == [after[order[1]]]
    assert outcome(tx, amel) == ["over"]
    expire(tx, made.id)
    assert outcome(tx, amel) == ["over"]
    assert talks(tx, bea) == talks(tx, leo) == talks(tx, amel) == []
    for one in (amel, bea, leo):  # nobody was told anything but what they were asked
        assert {kind for kind, _ in notifications(tx, of=one)} <= {"introduction"}
    with pytest.raises((Gone, Conflict)):
        answer(tx, who=bea, id_=made.id, says="no" if order[0] == "yes" else "yes")


@pytest.mark.parametrize("pair", [("bea", "leo"), ("leo", "bea"), ("bea", "amel")])
def test_a_block_between_two_of_the_three_is_told_to_nobody(tx: Tx, pair: tuple[str, str]) -> None:
    people = three(tx)
    by_name = {one.username: one for one in people}
    block(tx, blocker=by_name[pair[0]], blocked=by_name[pair[1]])

    made = proposed(tx, people)

    amel, bea, leo = people
    assert seen(tx, bea) == seen(tx, leo) == [] and outcome(tx, amel) == ["open"]
    assert ("introduction", "amel") not in notifications(tx, of=leo)
    for one in (bea, leo):
        with pytest.raises(NotFound):
            answer(tx, who=one, id_=made.id, says="yes")
    time_is_over(tx, made)
    assert outcome(tx, amel) == ["over"]


def test_a_block_after_the_first_yes_keeps_them_apart(tx: Tx) -> None:
    amel, bea, leo = people = three(tx)
    made = proposed(tx, people)
    answer(tx, who=bea, id_=made.id, says="yes")
    block(tx, blocker=bea, blocked=leo)

    answer(tx, who=leo, id_=made.id, says="yes")

    assert (seen(tx, leo), outcome(tx, amel)) == (["said_yes"], ["open"])
    assert talks(tx, bea) == talks(tx, leo) == []


def test_whom_one_shut_out_or_does_not_read_is_left_out_of_it(tx: Tx) -> None:
    amel, bea, leo = people = three(tx)
    block(tx, blocker=amel, blocked=leo)
    with pytest.raises(Forbidden):
        proposed(tx, people)

    noe = neighbour(tx, "noe")
    mute(tx, muter=noe, muted=amel, hides_notifications=True, lasts=None)
    propose(tx, proposer=amel, one=bea, other=noe, reason=WHY)
    assert seen(tx, noe) == [] and notifications(tx, of=noe) == []


def test_only_two_others_can_be_introduced_with_a_reason_and_not_twice(tx: Tx) -> None:
    amel, bea, leo = people = three(tx)
    place = tx.session.scalars(select(Actor).where(Actor.kind == "Application")).first()
    assert place is not None
    for one, other, reason, field in (
        (amel, bea, WHY, "one"),
        (bea, amel, WHY, "other"),
        (bea, bea, WHY, "other"),
        (bea, place, WHY, "other"),
        (bea, leo, "  ", "reason"),
        (bea, leo, "x" * 1_001, "reason"),
    ):
        with pytest.raises(Invalid) as wrong:
            propose(tx, proposer=amel, one=one, other=other, reason=reason)
        assert list(wrong.value.details) == [field]

    made = proposed(tx, people)
    with pytest.raises(Conflict):
        propose(tx, proposer=amel, one=leo, other=bea, reason="Encore")
    with pytest.raises(NotFound):
        answer(tx, who=amel, id_=made.id, says="yes")
    with pytest.raises(Invalid):
        answer(tx, who=bea, id_=made.id, says="perhaps")


def test_nobody_proposes_more_than_a_few_in_a_day(tx: Tx) -> None:
    amel, bea, _ = three(tx)
    others = [neighbour(tx, f"other{n}") for n in range(MOST_A_DAY + 1)]
    for one in others[:-1]:
        propose(tx, proposer=amel, one=bea, other=one, reason=WHY)

    with pytest.raises(TooMany):
        propose(tx, proposer=amel, one=bea, other=others[-1], reason=WHY)


def test_what_is_withdrawn_is_asked_of_nobody_any_more(tx: Tx) -> None:
    amel, bea, leo = people = three(tx)
    made = proposed(tx, people)
    answer(tx, who=bea, id_=made.id, says="yes")
    with pytest.raises(NotFound):
        withdraw(tx, proposer=leo, id_=made.id)

    withdraw(tx, proposer=amel, id_=made.id)

    assert seen(tx, bea) == seen(tx, leo) == outcome(tx, amel) == []
    assert notifications(tx, of=leo) == []
    with pytest.raises(Gone):
        answer(tx, who=leo, id_=made.id, says="yes")


def test_its_time_is_planned_and_it_is_forgotten_and_goes_with_whoever_goes(tx: Tx) -> None:
    amel, bea, leo = people = three(tx)
    made = proposed(tx, people)
    due = tx.session.scalars(select(Job).where(Job.kind == "expire_introduction")).one()
    assert due.arguments == {"introduction_id": made.id}
    assert due.due_at is not None and abs(due.due_at - made.expires_at) < timedelta(seconds=1)
    leave_for_good(tx, who=leo)
    assert [side.actor_id for side in tx.session.scalars(select(IntroductionSide))] == [bea.id]
    assert outcome(tx, amel) == ["open"]

    assert drop_old_introductions(tx) == 0
    long_ago = (int((tx.now - KEPT - timedelta(days=1)).timestamp() * 1000)) << 16
    tx.connection.execute(update(Introduction).values(expires_at=tx.now - timedelta(days=1)))
    old = Introduction(id=long_ago, proposer_id=bea.id, reason=WHY, expires_at=tx.now - KEPT)
    tx.session.add(old)
    tx.flush()
    assert drop_old_introductions(tx) == 1
    leave_for_good(tx, who=amel)
    assert tx.session.scalars(select(Introduction.id)).all() == []


async def test_two_yes_at_once_many_times_over_open_one_conversation(db: Database) -> None:
    def begin(tx: Tx) -> tuple[int, list[int]]:
        people = three(tx)
        return proposed(tx, people).id, [people[1].id, people[2].id]

    id_, sides = await db.write(begin)

    def says_yes(tx: Tx, who_id: int) -> None:
        answer(tx, who=tx.session.get_one(Actor, who_id), id_=id_, says="yes")

    await asyncio.gather(
        *(db.write(lambda tx, who=who: says_yes(tx, who)) for who in sides * 10)  # type: ignore[misc]
    )

    def found(tx: Tx) -> tuple[int, list[str]]:
        kinds = tx.connection.scalars(select(Notification.kind)).all()
        return len(tx.connection.scalars(select(Post.id)).all()), sorted(kinds)

    assert await db.read(found) == (1, ["mention", "mention"])


@pytest.mark.parametrize("how", ["answer", "withdraw"])
def test_what_becomes_of_one_proposal_leaves_the_news_of_another(tx: Tx, how: str) -> None:
    amel, bea, leo = people = three(tx)
    noe = neighbour(tx, "noe")
    first = proposed(tx, people)
    propose(tx, proposer=amel, one=bea, other=noe, reason=WHY)
    assert notifications(tx, of=bea) == [("introduction", "amel")] * 2

    if how == "answer":
        answer(tx, who=bea, id_=first.id, says="yes")
    else:
        withdraw(tx, proposer=amel, id_=first.id)

    assert notifications(tx, of=bea) == [("introduction", "amel")]
    assert notifications(tx, of=leo) == ([("introduction", "amel")] if how == "answer" else [])
