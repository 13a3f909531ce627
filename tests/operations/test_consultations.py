"""Consultations: from the question to the opening of the vote."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.operations.consultations import (
    Ballotage,
    begin_consultation,
    open_vote,
    propose,
    take_back,
)
from microfed.operations.posts import edit_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.outbound.render_activities import create
from microfed.queries.consultations import consultations, need_consultation
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import whole_post
from microfed.store.consultations import Elector
from microfed.store.database import Tx
from microfed.store.people import Actor, Block, Member
from microfed.store.posts import Post
from microfed.store.queues import Job
from microfed.vocab.audience import Audience
from tests.operations.voting import WEEK, talked_over, voted_on
from tests.people import neighbour

# What no engine does otherwise is tried on one.
on_one_engine = pytest.mark.parametrize("tx", ["sqlite"], indirect=True)


def titles(tx: Tx, viewer: Viewer | None) -> dict[str, list[str]]:
    return {
        phase: [line.title for line in lines]
        for phase, lines in consultations(tx, viewer).items()
        if lines
    }


@on_one_engine
async def test_a_member_asks_the_place_and_all_propose(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")

    asked, _ = talked_over(tx, by=amel)
    propose(tx, author=bea, consultation_id=asked.id, words="  Un   arbre ")

    shown = need_consultation(tx, Viewer(bea.id), asked.id)
    assert (shown.phase, shown.author) == ("discussion", "amel")
    assert [(one.words, one.author, one.is_mine) for one in shown.proposals][-1] == (
        *("Un arbre", "bea"),
        True,
    )
    assert shown.thread is not None
    assert f"https://here.test/consultations/{asked.id}" in shown.thread.post.content
    assert titles(tx, Viewer(bea.id)) == {"discussion": ["La cour"]}
    assert titles(tx, None) == {}


@on_one_engine
async def test_what_makes_no_sense_is_refused_with_its_field(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    asked, _ = talked_over(tx, by=neighbour(tx, "bea"))
    for field, title, words, audience in (
        ("title", " ", "", Audience.LOCAL),
        ("title", "x" * 121, "", Audience.LOCAL),
        ("words", "x", "x" * 4_001, Audience.LOCAL),
        ("audience", "x", "", Audience.PEOPLE),
    ):
        with pytest.raises(Invalid) as refused:
            begin_consultation(tx, author=amel, title=title, words=words, audience=audience)
        assert field in refused.value.details
    for field, words in (("words", " "), ("words", "x" * 201), ("twice", "un BANC")):
        with pytest.raises(Invalid) as refused:
            propose(tx, author=amel, consultation_id=asked.id, words=words)
        assert field in refused.value.details


@on_one_engine
async def test_who_proposes_the_same_twice_has_proposed_it_once(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    asked, ids = talked_over(tx, by=amel)

    again = propose(tx, author=amel, consultation_id=asked.id, words="un BANC ")

    assert again.id == ids[0]


@on_one_engine
async def test_no_one_fills_the_list_alone(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    asked, _ = talked_over(tx, by=amel)
    for words in ("4", "5"):
        propose(tx, author=amel, consultation_id=asked.id, words=words)

    with pytest.raises(Invalid, match="at most 5"):
        propose(tx, author=amel, consultation_id=asked.id, words="6")
    propose(tx, author=bea, consultation_id=asked.id, words="6")
    for n in range(4):
        talked_over(tx, by=amel, title=str(n))
    with pytest.raises(Invalid) as refused:
        talked_over(tx, by=amel, title="6")
    assert "base" in refused.value.details


@on_one_engine
async def test_a_proposal_is_taken_back_by_who_made_it(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea", role="admin")
    asked, ids = talked_over(tx, by=amel)

    with pytest.raises(NotFound):
        take_back(tx, who=bea, consultation_id=asked.id, proposal_id=ids[0])
    take_back(tx, who=amel, consultation_id=asked.id, proposal_id=ids[0])

    assert len(need_consultation(tx, Viewer(amel.id), asked.id).proposals) == 2


async def test_only_those_who_organise_open_the_vote(tx: Tx) -> None:
    amel, sam = neighbour(tx, "amel"), neighbour(tx, "sam", role="organiser")
    asked, ids = talked_over(tx, by=amel)
    ballotage = Ballotage("one", tuple(ids), WEEK)

    with pytest.raises(Forbidden):
        open_vote(tx, opener=amel, consultation_id=asked.id, ballotage=ballotage)
    open_vote(tx, opener=sam, consultation_id=asked.id, ballotage=ballotage)

    shown = need_consultation(tx, Viewer(amel.id), asked.id)
    assert (shown.phase, shown.opened_by, shown.asked.electors_count) == ("voting", "sam", 2)
    assert [one.title for one in shown.answers] == ["Un banc", "Un potager", "Un compost"]
    assert (shown.is_elector, shown.has_voted) == (True, False)
    tx.session.expire_all()
    (job,) = tx.session.scalars(select(Job).where(Job.kind == "close_vote")).all()
    assert job.due_at == shown.asked.closes_at


@on_one_engine
async def test_a_vote_that_makes_no_sense_is_not_opened(tx: Tx) -> None:
    sam = neighbour(tx, "sam", role="organiser")
    asked, ids = talked_over(tx, by=sam)
    other, others = talked_over(tx, by=sam, title="Autre")
    for field, ballotage in (
        ("method", Ballotage("lots", tuple(ids), WEEK)),
        ("proposals", Ballotage("one", tuple(ids[:1]), WEEK)),
        ("proposals", Ballotage("several", (), WEEK)),
        ("proposals", Ballotage("one", (ids[0], *others), WEEK)),
        ("one", Ballotage("consent", tuple(ids), WEEK)),
        ("one", Ballotage("consent", tuple(others[:1]), WEEK)),
        ("lasts", Ballotage("one", tuple(ids), timedelta(minutes=1))),
        ("lasts", Ballotage("one", tuple(ids), timedelta(days=100))),
    ):
        with pytest.raises(Invalid) as refused:
            open_vote(tx, opener=sam, consultation_id=asked.id, ballotage=ballotage)
        assert field in refused.value.details, ballotage
    assert other.opened_at is None


@on_one_engine
async def test_once_it_is_open_nothing_that_is_voted_on_changes(tx: Tx) -> None:
    amel, sam = neighbour(tx, "amel"), neighbour(tx, "sam", role="organiser")
    asked = voted_on(tx, by=amel, opener=sam)
    question = tx.session.get_one(Post, asked.vote_post_id)
    again = Ballotage("one", (1, 2), WEEK)

    with pytest.raises(Invalid, match="stays as it is"):
        propose(tx, author=amel, consultation_id=asked.id, words="Trop tard")
    with pytest.raises(Invalid):
        open_vote(tx, opener=sam, consultation_id=asked.id, ballotage=again)
    with pytest.raises(Forbidden, match="stays as it is"):
        edit_post(tx, author=sam, post=question, draft=Draft(source="Autre chose"))


async def test_the_electorate_is_who_lives_here_at_the_opening(tx: Tx) -> None:
    amel, sam = neighbour(tx, "amel"), neighbour(tx, "sam", role="organiser")
    away, pending, frozen = (neighbour(tx, name) for name in ("away", "pending", "frozen"))
    tx.session.get_one(Member, pending.id).approved_at = None
    tx.session.get_one(Member, frozen.id).suspended_at = tx.now
    away.gone_at = tx.now

    asked = voted_on(tx, by=amel, opener=sam)
    late = neighbour(tx, "late")

    ids = set(tx.connection.scalars(select(Elector.member_id)))
    assert ids == {amel.id, sam.id} and asked.electors_count == 2
    assert not need_consultation(tx, Viewer(late.id), asked.id).is_elector


@on_one_engine
async def test_a_vote_is_the_places_whatever_becomes_of_its_post(tx: Tx) -> None:
    amel, sam = neighbour(tx, "amel"), neighbour(tx, "sam", role="organiser")
    bea = neighbour(tx, "bea")
    tx.session.add(Block(blocker_id=amel.id, blocked_id=bea.id))
    asked, ids = talked_over(tx, by=amel, audience=Audience.PUBLIC)
    assert titles(tx, Viewer(bea.id)) == {}
    assert titles(tx, None) == {"discussion": ["La cour"]}

    open_vote(
        tx, opener=sam, consultation_id=asked.id, ballotage=Ballotage("one", tuple(ids), WEEK)
    )
    assert titles(tx, Viewer(bea.id)) == {"voting": ["La cour"]}
    delete_post(tx, author=amel, post=tx.session.get_one(Post, asked.post_id))
    tx.session.expire_all()

    assert titles(tx, Viewer(bea.id)) == {"voting": ["La cour"]}
    assert need_consultation(tx, Viewer(bea.id), asked.id).is_elector
    assert titles(tx, None) == {}


@on_one_engine
async def test_what_was_taken_back_before_the_vote_is_gone(tx: Tx) -> None:
    sam = neighbour(tx, "sam", role="organiser")
    asked, ids = talked_over(tx, by=sam)
    delete_post(tx, author=sam, post=tx.session.get_one(Post, asked.post_id))
    tx.session.expire_all()

    assert titles(tx, Viewer(sam.id)) == {}
    with pytest.raises(NotFound):
        need_consultation(tx, Viewer(sam.id), asked.id)
    ballotage = Ballotage("one", tuple(ids), WEEK)
    with pytest.raises(NotFound):
        open_vote(tx, opener=sam, consultation_id=asked.id, ballotage=ballotage)
    assert tx.connection.scalar(select(func.count()).select_from(Elector)) == 0


@on_one_engine
async def test_elsewhere_the_vote_is_a_question_with_an_end(tx: Tx) -> None:
    amel, sam = neighbour(tx, "amel"), neighbour(tx, "sam", role="organiser")
    asked = voted_on(tx, by=amel, opener=sam, method="several", audience=Audience.PUBLIC)

    discussed, question = (
        create(tx.here, whole_post(tx, tx.session.get_one(Post, id_)))["object"]
        for id_ in (asked.post_id, asked.vote_post_id)
    )

    page = f"https://here.test/consultations/{asked.id}"
    assert discussed["type"] == "Note" and page in discussed["content"]
    assert question["type"] == "Question" and page in question["content"]
    assert [one["name"] for one in question["anyOf"]] == ["Un banc", "Un potager", "Un compost"]
    assert {one["replies"]["totalItems"] for one in question["anyOf"]} == {0}
    assert "endTime" in question and "closed" not in question
    assert question["to"] == ["https://www.w3.org/ns/activitystreams#Public"]
    assert tx.session.get_one(Actor, sam.id).uri == question["attributedTo"]
