"""An ally that means no good, and places that keep to themselves: the ring opens to nobody."""

from typing import Any

import pytest

from microfed.operations.alliances import end_alliance, list_alliances, propose_alliance
from microfed.operations.place import choose_federation
from microfed.outbound.allies import allies
from microfed.queries.people import need_actor
from microfed.vocab.audience import Audience
from tests.federation.stranger import PUBLIC, Stranger, make_stranger
from tests.federation.test_ring import (
    Quarter,
    actor,
    asks,
    do,
    knows,
    may_read,
    post_at,
    quarter,
    says,
)
from tests.fediverse import AS2

pytestmark = pytest.mark.anyio
__all__ = ["quarter"]


async def evil_ally(q: Quarter) -> tuple[Stranger, Stranger]:
    """A place of another software that Belleville's admin allied with, and who lives there."""
    place = make_stranger(q.fediverse, "place@evil.test", type="Application")
    mallory = make_stranger(q.fediverse, "mallory@evil.test")
    await place.sends(q.belleville, place.activity("Follow", 1, "https://belleville.test/actor"))
    await q.settle()
    do(q.belleville, lambda tx: propose_alliance(tx, place=need_actor(tx, place.uri)))
    await q.settle()
    follow = next(one for one in place.board.inbox if one["type"] == "Follow")
    await place.sends(q.belleville, place.activity("Accept", 2, follow))
    await q.settle()
    assert "evil.test" in {ally.host for ally in do(q.belleville, allies)}
    q.fediverse.network.sent.clear()
    return place, mallory


async def test_an_ally_that_means_no_good_gets_its_own_copy_and_opens_it_to_nobody_of_ours(
    quarter: Quarter,
) -> None:
    q = quarter
    place, mallory = await evil_ally(q)
    root = says(q.belleville, q.amel, "Fuite rue Piat", audience=Audience.RING)
    await q.settle()
    [create] = [one for one in place.board.inbox if one["type"] == "Create"]
    note: dict[str, Any] = create["object"]

    # When it passes it on, addresses it anew, changes it, and says that we began what it says
    wide = {**note, "to": [PUBLIC], "cc": []}
    own = mallory.note(7, "<p>au nom de Belleville</p>", to=["https://belleville.test/ring"], cc=[])
    for number, (doer, activity) in enumerate(
        (
            (mallory, mallory.activity("Announce", "a", root, to=[PUBLIC])),
            (place, place.activity("Announce", "b", root, to=[PUBLIC])),
            (mallory, {**create, "to": [PUBLIC], "cc": [], "object": wide}),
            (mallory, mallory.activity("Create", "c", wide)),
            (mallory, mallory.activity("Update", "d", {**wide, "content": "<p>autre</p>"})),
            (mallory, mallory.activity("Create", "e", own)),
        )
    ):
        for to in (q.belleville, q.menil, q.jourdain):
            there = activity
            if activity["id"].startswith("https://evil.test/"):
                there = {**activity, "id": f"{activity['id']}{number}{to.host}"}
            await doer.sends(to, there)
    await q.settle()

    # Then it is what it was, for whom it was, and nobody else has it
    for home in (q.belleville, q.menil):
        assert do(home, lambda tx: post_at(tx, root).audience) == Audience.RING
        assert "Fuite" in do(home, lambda tx: post_at(tx, root).content)
        assert do(home, lambda tx: post_at(tx, root).boosts_count) == 0
        assert not may_read(home, root, None)
    for home in (q.belleville, q.menil, q.jourdain):
        assert not knows(home, own["id"])
    assert not knows(q.jourdain, root)
    assert await asks(q.jourdain, q.jo.uri, root) == 404


async def test_a_question_signed_before_the_end_of_an_alliance_is_not_answered_after_it(
    quarter: Quarter,
) -> None:
    q = quarter
    place, _ = await evil_ally(q)
    root = says(q.belleville, q.amel, "Entre nous", audience=Audience.RING)
    await q.settle()
    headers = {**place.asks(q.belleville, root), "Accept": AS2}
    assert (await q.belleville.client.get(root, headers=headers)).status_code == 200

    do(q.belleville, lambda tx: end_alliance(tx, place=actor(tx, place.uri)))

    assert (await q.belleville.client.get(root, headers=headers)).status_code == 404
    for guess in (root, f"{root}/activity", f"{root}/replies", f"{root}/likes"):
        headers = {**place.asks(q.belleville, guess), "Accept": AS2}
        assert (await q.belleville.client.get(guess, headers=headers)).status_code == 404


async def test_who_asked_and_was_not_answered_gets_nothing(quarter: Quarter) -> None:
    q = quarter
    lonely = make_stranger(q.fediverse, "place@lonely.test", type="Application")
    # It follows us, and says that we follow it; and the other way round another says yes unasked
    follow = lonely.activity("Follow", 1, "https://belleville.test/actor")
    await lonely.sends(q.belleville, follow)
    invented = {
        "id": "https://belleville.test/activities/1",
        "type": "Follow",
        "actor": "https://belleville.test/actor",
        "object": lonely.uri,
    }
    await lonely.sends(q.belleville, lonely.activity("Accept", 2, invented))
    await q.settle()
    states = {one.host: one.state for one in do(q.belleville, list_alliances)}
    assert states["lonely.test"] == "offered"

    root = says(q.belleville, q.amel, "Entre nous", audience=Audience.RING)
    await q.settle()

    assert "lonely.test" not in q.places_that_got("Entre nous")
    headers = {**lonely.asks(q.belleville, root), "Accept": AS2}
    assert (await q.belleville.client.get(root, headers=headers)).status_code == 404


async def test_a_place_speaks_with_allies_alone_or_with_nobody_and_forgets_nothing(
    quarter: Quarter,
) -> None:
    q = quarter
    before = says(q.menil, q.marc, "avant", audience=Audience.RING)
    await q.settle()

    # When Belleville speaks with allies alone
    do(q.belleville, lambda tx: choose_federation(tx, by=None, mode="ring"))
    ring = says(q.belleville, q.amel, "dans l'anneau", audience=Audience.RING)
    public = says(q.belleville, q.amel, "pour tout le monde", audience=Audience.PUBLIC)
    await q.settle()
    assert q.places_that_got("dans l'anneau") == {"menil.test"}
    assert q.places_that_got("pour tout le monde") == {"menil.test"}
    assert may_read(q.menil, ring, q.marc.uri) and may_read(q.menil, public, q.marc.uri)
    assert await asks(q.jourdain, q.jo.uri, ring) == 404

    # And when it speaks with nobody
    do(q.belleville, lambda tx: choose_federation(tx, by=None, mode="closed"))
    says(q.belleville, q.amel, "chez nous", audience=Audience.RING)
    says(q.belleville, q.amel, "à tous", audience=Audience.PUBLIC)
    await q.settle()
    assert q.places_that_got("chez nous") == q.places_that_got("à tous") == set()
    assert await asks(q.menil, q.marc.uri, ring) in (403, 404)
    for known in (before, ring, public):
        assert may_read(q.belleville, known, q.ana.uri)
