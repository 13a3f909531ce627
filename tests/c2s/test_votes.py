"""A client votes as a federated vote is shaped: in polls here and elsewhere, and on what the place
decides. What cannot be counted is refused with a reason, and changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from microfed.operations.ballots import close_vote
from microfed.operations.polls import options_of, votes_by
from microfed.queries.whole_posts import find_post
from microfed.store.consultations import Ballot, Consultation, VoteOption
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.polls import Poll
from microfed.store.posts import Post
from tests.c2s.conftest import find
from tests.federation.world import World
from tests.fediverse import PUBLIC, Fediverse, Instance, Neighbour
from tests.operations.voting import voted_on

pytestmark = pytest.mark.anyio


@pytest.fixture
async def north(world: World) -> Instance:
    return world.north


async def asks(who: Neighbour, *answers: str, key: str = "oneOf", **more: Any) -> str:
    """Somebody asks; return the id of the question."""
    options = [{"type": "Note", "name": answer} for answer in answers]
    question = {"type": "Question", "content": "<p>?</p>", key: options, "to": [PUBLIC], **more}
    made: str = (await who.does(question))["object"]["id"]
    return made


def choice(poll: str, *answers: str, **more: Any) -> dict[str, Any]:
    notes = [{"type": "Note", "name": one, "inReplyTo": poll, **more} for one in answers]
    return {"type": "Create", "object": notes if len(notes) > 1 else notes[0]}


def counts(place: Instance, poll: str) -> list[int]:
    with place.house.db.reading() as tx:
        post = find_post(tx, poll)
        assert post is not None
        return [count for _, count in options_of(tx, post.id)]


def said_by(place: Instance, who: Neighbour) -> int:
    with place.house.db.reading() as tx:
        return len(tx.session.scalars(select(Post.id).where(Post.actor_id == who.id)).all())


async def test_a_question_is_asked_and_answered(ada: Neighbour, bea: Neighbour) -> None:
    ends = "2030-01-01T00:00:00Z"
    await ada.does(
        {"type": "Question", "content": "?", "oneOf": [{"name": "A"}, {"name": "B"}]}
        | {"endTime": ends},
        expects=422,  # longer than a month
    )
    poll = await asks(ada, "Soup", "Bread")

    voted = await bea.does(choice(poll, "Bread"))

    assert (voted["type"], voted["object"]["name"]) == ("Create", "Bread")
    assert voted["to"] == voted["object"]["to"] == [ada.uri]
    assert counts(ada.instance, poll) == [0, 1]
    assert said_by(ada.instance, bea) == 0  # it is no post


async def test_a_bare_note_votes_whoever_it_names(ada: Neighbour, bea: Neighbour) -> None:
    poll = await asks(ada, "Soup", "Bread")

    voted = await bea.does({"type": "Note", "name": "Soup", "inReplyTo": poll, "to": [PUBLIC]})

    assert voted["to"] == [ada.uri]
    assert (counts(ada.instance, poll), said_by(ada.instance, bea)) == ([1, 0], 0)


async def test_several_answers_are_chosen_at_once_or_one_by_one(
    ada: Neighbour, bea: Neighbour
) -> None:
    poll = await asks(ada, "Soup", "Bread", "Tea", key="anyOf")

    at_once = await bea.does(choice(poll, "Soup", "Bread"))
    await bea.does(choice(poll, "Tea"))

    assert [one["name"] for one in at_once["object"]] == ["Soup", "Bread"]
    assert counts(ada.instance, poll) == [1, 1, 1]
    again = await bea.does(choice(poll, "Tea"), expects=422)
    assert again["detail"] == "you have voted already"
    assert counts(ada.instance, poll) == [1, 1, 1]


@pytest.mark.parametrize(
    ("wrong", "status", "why"),
    [
        ({"name": "Cake"}, 422, "there is no such answer"),
        ({"name": "bread"}, 422, "there is no such answer"),
        ({"inReplyTo": "https://north.test/users/ada/posts/1"}, 404, "out of reach"),
        ({"attributedTo": "https://north.test/users/ada"}, 403, "speaks for its owner"),
        ({"id": "https://south.test/votes/1"}, 403, "not yours to give"),
    ],
)
async def test_what_cannot_be_counted_is_refused(
    ada: Neighbour, bea: Neighbour, wrong: dict[str, str], status: int, why: str
) -> None:
    poll = await asks(ada, "Soup", "Bread")

    vote = choice(poll, "Soup")
    vote["object"] |= wrong
    refused = await bea.does(vote, expects=status)

    assert why in refused["detail"]
    assert (counts(ada.instance, poll), said_by(ada.instance, bea)) == ([0, 0], 0)


async def test_of_one_answer_alone_there_are_not_two_nor_a_second_vote(
    ada: Neighbour, bea: Neighbour
) -> None:
    poll, other = await asks(ada, "Soup", "Bread"), await asks(ada, "Soup", "Tea")

    both = await bea.does(choice(poll, "Soup", "Bread"), expects=422)
    assert both["detail"] == "only one answer can be chosen"
    mixed = choice(poll, "Soup")
    mixed["object"] = [mixed["object"], choice(other, "Soup")["object"]]
    assert "one question" in (await bea.does(mixed, expects=422))["detail"]
    half = choice(poll, "Soup")
    half["object"] = [half["object"], poll]
    await bea.does(half, expects=422)
    assert counts(ada.instance, poll) == [0, 0]

    await bea.does(choice(poll, "Soup"))
    assert (await bea.does(choice(poll, "Bread"), expects=422))[
        "detail"
    ] == "you have voted already"
    own = await ada.does(choice(poll, "Soup"), expects=422)
    assert own["detail"] == "one cannot vote in one's own poll"
    assert counts(ada.instance, poll) == [1, 0]


async def test_it_is_too_late_and_nothing_is_asked(ada: Neighbour, bea: Neighbour) -> None:
    poll = await asks(ada, "Soup", "Bread")
    with ada.instance.house.db.writing() as tx:
        tx.session.get_one(Poll, find(tx, poll).id).ends_at = tx.now
    note = (await ada.says("<p>No question</p>"))["object"]["id"]

    late = await bea.does(choice(poll, "Soup"), expects=422)
    nothing = await bea.does(choice(note, "Soup"), expects=422)

    assert late["detail"] == "this poll has ended"
    assert "nothing is asked" in nothing["detail"]
    assert counts(ada.instance, poll) == [0, 0]


async def test_a_question_for_others_does_not_exist(ada: Neighbour, bea: Neighbour) -> None:
    poll = await asks(ada, "Soup", "Bread", to=[ada.uri])

    await bea.does(choice(poll, "Soup"), expects=404)

    assert counts(ada.instance, poll) == [0, 0]


async def test_a_vote_goes_to_another_server_and_only_to_who_asked(
    fediverse: Fediverse, ada: Neighbour, dan: Neighbour
) -> None:
    poll = await asks(dan, "Soup", "Bread", key="anyOf")

    await ada.does(choice(poll, "Soup", "Bread"))
    await fediverse.settle()

    assert counts(dan.instance, poll) == [1, 1]
    with ada.instance.house.db.reading() as tx:
        mine = votes_by(tx, actor_id=ada.id, poll_id=find(tx, poll).id)
    assert mine == [0, 1]
    twice = await ada.does(choice(poll, "Soup"), expects=422)
    assert twice["detail"] == "you have voted already"


def opened(place: Instance, who: Neighbour, method: str) -> tuple[int, str]:
    """The place votes; return the consultation and the id of its question."""

    def work(tx: Tx) -> tuple[int, str]:
        opener = tx.session.get_one(Actor, who.id)
        asked = voted_on(tx, by=opener, opener=opener, method=method)
        return asked.id, tx.session.get_one(Post, asked.vote_post_id).uri

    with place.house.db.writing() as tx:
        return work(tx)


def result(place: Instance, id_: int) -> list[int]:
    with place.house.db.writing() as tx:
        asked = tx.session.get_one(Consultation, id_)
        asked.closes_at = tx.now - timedelta(seconds=1)
        tx.flush()
        close_vote(tx, id_)
        rows = select(VoteOption).where(VoteOption.consultation_id == id_)
        found = tx.session.scalars(rows.order_by(VoteOption.position)).all()
        return [one.votes_count for one in found]


async def test_what_the_place_votes_on_is_a_ballot_chosen_anew_until_the_end(
    north: Instance, bea: Neighbour
) -> None:
    cy = north.add("cy", role="organiser")
    id_, poll = opened(north, cy, "several")
    late = north.add("late")

    await bea.does(choice(poll, "Un banc"))
    kept = await bea.does(choice(poll, "Un banc", "Un compost"))
    await cy.does(choice(poll, "Un compost"))

    refused = await late.does(choice(poll, "Un banc"), expects=403)
    assert "lived here when the vote was opened" in refused["detail"]
    wrong = await bea.does(choice(poll, "Une statue"), expects=422)
    assert wrong["detail"] == "there is no such answer"
    with north.house.db.reading() as tx:
        assert len(tx.session.scalars(select(Ballot)).all()) == 2
    found = await north.get(kept["object"][0]["id"], headers={"Accept": "application/json"})
    assert "Un banc" not in found.text  # the answer is not kept anywhere
    assert result(north, id_) == [1, 0, 2]
    over = await bea.does(choice(poll, "Un banc"), expects=422)
    assert over["detail"] == "the vote is over"
    assert result(north, id_) == [1, 0, 2]


async def test_one_ballot_has_one_answer_where_the_place_says_so(
    north: Instance, bea: Neighbour
) -> None:
    cy = north.add("cy", role="organiser")
    id_, poll = opened(north, cy, "one")

    both = await bea.does(choice(poll, "Un banc", "Un compost"), expects=422)
    assert both["detail"] == "only one answer can be chosen"
    await bea.does(choice(poll, "Un banc"))
    await bea.does(choice(poll, "Un potager"))

    assert result(north, id_) == [0, 1, 0]
