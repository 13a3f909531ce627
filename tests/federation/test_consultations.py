"""A vote of one place, seen from others: a question one may answer, counted apart."""

from datetime import timedelta

import pytest

from microfed.operations.ballots import close_vote
from microfed.queries.consultations import need_consultation
from microfed.queries.visibility import Viewer
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.store.polls import Poll
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.federation.test_ring import Quarter, do, knows
from tests.federation.test_ring import quarter as quarter
from tests.fediverse import Instance, Neighbour
from tests.mastodon.conftest import Phone
from tests.operations.voting import voted_on

pytestmark = pytest.mark.anyio


def phone(who: Neighbour) -> Phone:
    return Phone(who.instance.client, who.token, str(who.id), who.name)


def opened(quarter: Quarter, audience: Audience) -> tuple[int, str]:
    """Amel's place votes; return the consultation and the address of its question."""

    def work(tx: Tx) -> tuple[int, str]:
        amel = tx.session.get_one(Actor, quarter.amel.id)
        tx.session.get_one(Member, amel.id).role = "organiser"
        asked = voted_on(tx, by=amel, opener=amel, audience=audience)
        return asked.id, tx.session.get_one(Post, asked.vote_post_id).uri

    return do(quarter.belleville, work)


def end(place: Instance, id_: int) -> None:
    def work(tx: Tx) -> None:
        asked = tx.session.get_one(Consultation, id_)
        asked.closes_at = tx.now - timedelta(seconds=1)
        tx.session.get_one(Poll, asked.vote_post_id).ends_at = asked.closes_at
        tx.flush()
        close_vote(tx, id_)

    do(place, work)


async def poll_of(who: Neighbour, uri: str) -> dict:  # type: ignore[type-arg]
    found = await phone(who).get("/api/v2/search", q=uri, resolve="true", type="statuses")
    (status,) = found["statuses"]
    shown: dict = status["poll"]  # type: ignore[type-arg]
    return shown


@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.RING])
async def test_people_elsewhere_answer_and_are_counted_apart(
    quarter: Quarter, audience: Audience
) -> None:
    # Given a vote of Belleville, that came to Ménil
    id_, uri = opened(quarter, audience)
    await quarter.settle()
    assert knows(quarter.menil, uri)
    assert knows(quarter.jourdain, uri) is (audience is Audience.PUBLIC)
    seen = await poll_of(quarter.marc, uri)
    assert [one["title"] for one in seen["options"]] == ["Un banc", "Un potager", "Un compost"]
    assert (seen["expired"], seen["multiple"]) == (False, False)

    # When Marc answers with his app in Ménil, and Ana and Amel with theirs in Belleville
    await phone(quarter.marc).post(f"/api/v1/polls/{seen['id']}/votes", choices=[2])
    await quarter.settle()
    mine = await poll_of(quarter.ana, uri)
    assert (mine["voted"], mine["own_votes"]) == (False, [])
    for who, choice in ((quarter.ana, 1), (quarter.ana, 0), (quarter.amel, 0)):
        voted = await phone(who).post(f"/api/v1/polls/{mine['id']}/votes", choices=[choice])
        assert (voted["voted"], voted["own_votes"]) == (True, [])
        assert {one["votes_count"] for one in voted["options"]} == {None}
    end(quarter.belleville, id_)
    await quarter.settle()

    # Then the members decide, and Ménil hears how
    def counted(tx: Tx) -> tuple[list[tuple[int, int]], int, int]:
        one = need_consultation(tx, Viewer(quarter.ana.id), id_)
        votes = [(answer.votes, answer.outside) for answer in one.answers]
        return votes, one.asked.ballots_count, one.asked.outside_count

    assert do(quarter.belleville, counted) == ([(2, 0), (0, 0), (0, 1)], 2, 1)
    over = await poll_of(quarter.marc, uri)
    assert over["expired"] is True
    assert [one["votes_count"] for one in over["options"]] == [2, 0, 0]


async def test_a_late_comer_hears_in_their_app_why_they_cannot_vote(quarter: Quarter) -> None:
    _, uri = opened(quarter, Audience.LOCAL)
    zoe = quarter.belleville.add("zoe")
    poll = await poll_of(zoe, uri)

    refused = await phone(zoe).post(f"/api/v1/polls/{poll['id']}/votes", expects=403, choices=[0])

    assert "lived here when the vote was opened" in refused["error"]
    await quarter.settle()
    assert not knows(quarter.menil, uri)
