"""Voting: one member one ballot, shown to nobody, counted at the close, and then forgotten."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from microfed.errors import Forbidden, Invalid
from microfed.mastodon.present_polls import poll
from microfed.operations.ballots import BallotChoice, cast_ballot, close_vote
from microfed.operations.polls import close_polls, next_poll_end, vote, vote_arrived
from microfed.operations.secrets import unseal
from microfed.outbound.render_posts import note
from microfed.queries.consultations import need_consultation
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import whole_post
from microfed.store.consultations import Ballot, Consultation, Elector
from microfed.store.database import Database, Tx
from microfed.store.people import Actor
from microfed.store.polls import Vote
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.operations.voting import voted_on, votes, week_is_over
from tests.people import deliveries, neighbour, notifications, stranger

# What no engine does otherwise is tried on one.
on_one_engine = pytest.mark.parametrize("tx", ["sqlite"], indirect=True)


def ballots(tx: Tx) -> int:
    return tx.connection.scalar(select(func.count()).select_from(Ballot)) or 0


def result(tx: Tx, asked: Consultation) -> list[tuple[int, int]]:
    tx.session.expire_all()
    shown = need_consultation(tx, None if asked.post_id else Viewer(0), asked.id)
    return [(one.votes, one.outside) for one in shown.answers]


def question(tx: Tx, asked: Consultation) -> Post:
    return tx.session.get_one(Post, asked.vote_post_id)


def place(tx: Tx, **more: str) -> tuple[list[Actor], Consultation]:
    """Four people, and a vote for everyone to see."""
    people = [neighbour(tx, name) for name in ("amel", "bea", "leo")]
    sam = neighbour(tx, "sam", role="organiser")
    asked = voted_on(tx, by=people[0], opener=sam, audience=Audience.PUBLIC, **more)  # type: ignore[arg-type]
    return [*people, sam], asked


async def test_one_member_has_one_ballot_and_changes_it_until_the_close(tx: Tx) -> None:
    (amel, bea, leo, sam), asked = place(tx)

    votes(tx, amel, asked, 0)
    votes(tx, amel, asked, 2)
    votes(tx, bea, asked, 2)
    votes(tx, sam, asked)  # a blank one

    assert (ballots(tx), asked.ballots_count) == (3, 3)
    assert result(tx, asked) == [(0, 0)] * 3
    week_is_over(tx, asked)
    assert close_vote(tx, asked.id)
    assert result(tx, asked) == [(0, 0), (0, 0), (2, 0)]
    shown = need_consultation(tx, Viewer(leo.id), asked.id)
    assert (shown.phase, shown.turnout, shown.asked.blanks_count) == ("closed", 75, 1)
    assert sum(one.votes for one in shown.answers) + 1 == shown.asked.ballots_count
    assert [one.title for one in shown.first] == ["Un compost"]
    assert ballots(tx) == 0
    assert not close_vote(tx, asked.id)


@on_one_engine
async def test_after_the_close_and_from_late_comers_no_vote_is_taken(tx: Tx) -> None:
    (amel, *_), asked = place(tx)
    late = neighbour(tx, "late")

    with pytest.raises(Forbidden, match="lived here when the vote was opened"):
        votes(tx, late, asked, 0)
    week_is_over(tx, asked)
    for _ in range(2):  # the time is over; then it is counted too
        with pytest.raises(Invalid, match="over"):
            votes(tx, amel, asked, 0)
        close_vote(tx, asked.id)
    assert ballots(tx) == 0


@on_one_engine
async def test_what_cannot_be_chosen_is_refused(tx: Tx) -> None:
    (amel, *_), asked = place(tx)
    for wrong in ((3,), (-1,), (0, 1)):
        with pytest.raises(Invalid) as refused:
            votes(tx, amel, asked, *wrong)
        assert "choices" in refused.value.details
    assert (ballots(tx), asked.ballots_count) == (0, 0)


@on_one_engine
async def test_several_are_chosen_where_several_may_be(tx: Tx) -> None:
    (amel, bea, *_), asked = place(tx, method="several")
    votes(tx, amel, asked, 0, 2, 2)
    votes(tx, bea, asked, 2)
    week_is_over(tx, asked)
    close_vote(tx, asked.id)

    assert result(tx, asked) == [(1, 0), (0, 0), (2, 0)]


async def test_consent_shows_reasons_and_no_name_but_of_who_signs(tx: Tx) -> None:
    (amel, bea, leo, sam), asked = place(tx, method="consent")
    for reason in ("", " ", "x" * 501):
        with pytest.raises(Invalid) as refused:
            votes(tx, leo, asked, 2, reason=reason)
        assert "reason" in refused.value.details
    with pytest.raises(Invalid):
        votes(tx, leo, asked)
    votes(tx, amel, asked, 0, reason="ne compte pas", is_signed=True)
    votes(tx, bea, asked, 2, reason="Trop près des fenêtres")
    votes(tx, leo, asked, 2, reason="Trop cher", is_signed=True)
    votes(tx, sam, asked, 1)
    week_is_over(tx, asked)
    close_vote(tx, asked.id)

    assert result(tx, asked) == [(1, 0), (1, 0), (2, 0)]
    shown = need_consultation(tx, Viewer(amel.id), asked.id)
    assert shown.asked.about == "Un banc"
    assert sorted(shown.objections) == [("Trop cher", "leo"), ("Trop près des fenêtres", "")]


@on_one_engine
async def test_a_ballot_tells_nothing_by_its_length_or_its_hour(tx: Tx) -> None:
    (amel, bea, leo, _), asked = place(tx, method="consent")
    votes(tx, amel, asked, 0)
    votes(tx, bea, asked, 2, reason="é" * 500, is_signed=True)
    votes(tx, leo, asked, 1)

    sealed = tx.connection.scalars(select(Ballot.sealed)).all()

    assert len({len(one) for one in sealed}) == 1
    assert len({one[:11] for one in sealed}) == 1  # where the moment of sealing would stand
    assert {tuple(json.loads(unseal(tx, one))["chosen"]) for one in sealed} == {(0,), (1,), (2,)}


@on_one_engine
async def test_an_app_votes_by_the_same_ballot_and_is_shown_none(tx: Tx) -> None:
    (amel, bea, leo, sam), asked = place(tx)
    post = question(tx, asked)
    votes(tx, amel, asked, 1)

    assert vote(tx, actor=amel, post=post, positions=[0]) == []
    vote(tx, actor=sam, post=post, positions=[0])  # who opened it votes too
    for positions in ([], [7]):
        with pytest.raises(Invalid):
            vote(tx, actor=bea, post=post, positions=positions)

    mine, theirs = (poll(tx, Viewer(who.id), post.id) for who in (amel, leo))
    assert (mine["voted"], mine["own_votes"], mine["voters_count"]) == (True, [], 2)
    assert (theirs["voted"], theirs["own_votes"]) == (False, [])
    assert {option["votes_count"] for option in mine["options"]} == {None}
    assert tx.connection.scalar(select(func.count(Vote.id))) == 0
    week_is_over(tx, asked)
    close_vote(tx, asked.id)
    assert result(tx, asked) == [(2, 0), (0, 0), (0, 0)]


async def test_votes_from_elsewhere_are_counted_apart(tx: Tx) -> None:
    (amel, *_), asked = place(tx)
    eva, noe = stranger(tx, "eva@north.test"), stranger(tx, "noe@north.test")
    post = question(tx, asked)
    votes(tx, amel, asked, 0)
    for who, title in ((eva, "Un compost"), (eva, "Un banc"), (noe, "Un compost"), (noe, "Rien")):
        vote_arrived(tx, actor=who, post=post, title=title, uri=f"{who.uri}/{title}")
    assert {one["replies"]["totalItems"] for one in said(tx, post)["oneOf"]} == {0}

    week_is_over(tx, asked)
    close_vote(tx, asked.id)

    assert result(tx, asked) == [(1, 0), (0, 0), (0, 2)]
    assert need_consultation(tx, None, asked.id).asked.outside_count == 2
    ended = said(tx, question(tx, asked))
    assert [one["replies"]["totalItems"] for one in ended["oneOf"]] == [1, 0, 0]
    assert (ended["votersCount"], "closed" in ended) == (1, True)
    assert ("Update", "https://north.test/inbox") in deliveries(tx)
    assert tx.connection.scalar(select(func.count(Vote.id))) == 0
    assert not vote_arrived(tx, actor=eva, post=post, title="Un banc", uri="https://north.test/9")


@on_one_engine
async def test_the_end_is_told_to_those_who_took_part(tx: Tx) -> None:
    (amel, bea, *_), asked = place(tx)
    votes(tx, amel, asked, 0)
    assert next_poll_end(tx) is None  # it is no ordinary question: its end is a job
    week_is_over(tx, asked)

    assert close_polls(tx) == 0
    close_vote(tx, asked.id)

    assert notifications(tx, amel) == [("poll", "sam")]
    assert notifications(tx, bea) == []


@on_one_engine
async def test_who_leaves_later_has_voted_all_the_same(tx: Tx) -> None:
    (amel, bea, *_), asked = place(tx)
    votes(tx, bea, asked, 1)
    bea.suspended_at = tx.now
    week_is_over(tx, asked)
    close_vote(tx, asked.id)

    assert result(tx, asked)[1] == (1, 0)


async def test_of_many_at_once_one_ballot_counts(db: Database) -> None:
    """Twenty times the same member, ten times another, and the close among them."""

    def begin(tx: Tx) -> tuple[list[int], int]:
        people, asked = place(tx)
        return [person.id for person in people], asked.id

    people, id_ = await db.write(begin)

    def by(voter: int, position: int) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            choice = BallotChoice((position,))
            cast_ballot(tx, voter_id=voter, consultation_id=id_, choice=choice)

        return work

    rush = [db.write(by(people[0], n % 3)) for n in range(20)]
    rush += [db.write(by(people[1], 1)) for _ in range(10)]
    await asyncio.gather(*rush)

    def counted(tx: Tx) -> tuple[int, int, int]:
        took_part = select(func.count()).select_from(Elector).where(Elector.has_voted)
        asked = tx.session.get_one(Consultation, id_)
        return ballots(tx), tx.connection.scalar(took_part) or 0, asked.ballots_count

    assert await db.read(counted) == (2, 2, 2)

    def end(tx: Tx) -> bool:
        tx.session.get_one(Consultation, id_).closes_at = tx.now - timedelta(seconds=1)
        return close_vote(tx, id_)

    late = [db.write(by(people[2], 0)) for _ in range(5)]
    ended = await asyncio.gather(
        *late, db.write(end), *late_ones(db, by, people[3]), return_exceptions=True
    )

    def sums(tx: Tx) -> tuple[int, int, int]:
        shown = need_consultation(tx, Viewer(people[0]), id_)
        voted = sum(one.votes for one in shown.answers)
        took_part = select(func.count()).select_from(Elector).where(Elector.has_voted)
        return voted, shown.asked.ballots_count, tx.connection.scalar(took_part) or 0

    assert True in ended
    voted, counted_ballots, took_part = await db.read(sums)
    assert voted == counted_ballots == took_part
    assert await db.read(ballots) == 0


def late_ones(db: Database, by: Callable[[int, int], Callable[[Tx], None]], who: int) -> list:  # type: ignore[type-arg]
    """Somebody votes while it closes."""
    return [db.write(by(who, 2)) for _ in range(5)]


def said(tx: Tx, post: Post) -> dict:  # type: ignore[type-arg]
    """The question as servers get it."""
    return note(tx.here, whole_post(tx, post))
