"""Votes of one member that come at the same moment: one is counted, the others are refused."""

import asyncio
from datetime import timedelta

import pytest

from microfed.errors import Invalid
from microfed.operations.polls import Choice, options_of, vote
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.store.database import Database, Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from tests.people import neighbour

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("is_multiple", [False, True])
async def test_of_many_votes_at_once_one_is_counted(db: Database, is_multiple: bool) -> None:
    def asked(tx: Tx) -> tuple[int, int]:
        ada, bea = neighbour(tx, "ada"), neighbour(tx, "bea")
        choice = Choice(("Soup", "Bread"), timedelta(days=1), is_multiple)
        return write_post(tx, author=ada, draft=Draft(source="?", poll=choice)).id, bea.id

    post_id, bea_id = await db.write(asked)

    def chooses(tx: Tx, position: int) -> None:
        post, bea = tx.session.get_one(Post, post_id), tx.session.get_one(Actor, bea_id)
        vote(tx, actor=bea, post=post, positions=[position])

    tries = [db.write(lambda tx, at=at: chooses(tx, at)) for at in [0, 1] * 5]  # type: ignore[misc]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)

    assert len([one for one in outcomes if isinstance(one, Invalid)]) == len(tries) - 1
    counts = await db.read(lambda tx: options_of(tx, post_id))
    assert sum(count for _, count in counts) == 1
