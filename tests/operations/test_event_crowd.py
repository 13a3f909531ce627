"""Two hundred people answer at the same moment, and there are ten places."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from microfed.operations.blocks import block
from microfed.operations.event_answers import answer_was_taken_back, event_was_answered
from microfed.operations.event_rows import Plan
from microfed.operations.events import free_places, publish_event
from microfed.store.database import Database, Tx
from microfed.store.events import EventAnswer
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.queues import Activity
from microfed.vocab.audience import Audience
from tests.people import neighbour, stranger

pytestmark = pytest.mark.anyio
CROWD, PLACES = 200, 10


def states(db: Database) -> Counter[str]:
    with db.reading() as tx:
        return Counter(tx.connection.scalars(select(EventAnswer.state)))


async def at_once(db: Database, deeds: Iterable[Callable[[Tx], None]]) -> None:
    """Do all of them as so many requests would, each in a transaction of its own."""
    await asyncio.gather(*(db.write(deed) for deed in deeds))


async def test_of_two_hundred_at_once_ten_come_and_the_others_wait(db: Database) -> None:
    with db.writing() as tx:
        amel = neighbour(tx, "amel")
        starts = tx.now + timedelta(days=2)
        plan = Plan("Grande fête", starts, zone="Europe/Paris", capacity=PLACES)
        id_ = publish_event(tx, author=amel, plan=plan, audience=Audience.PUBLIC).id
        crowd = [stranger(tx, f"p{number}@south.test").id for number in range(CROWD)]

    def answers(actor_id: int, tx: Tx) -> None:
        event_was_answered(
            tx,
            by=tx.session.get_one(Actor, actor_id),
            post=tx.session.get_one(Post, id_),
            wish="going",
            way="join",
            uri=f"https://south.test/joins/{actor_id}",
        )

    await at_once(db, [partial(answers, actor_id) for actor_id in crowd])

    assert states(db) == {"going": PLACES, "waiting": CROWD - PLACES}
    with db.reading() as tx:
        yes = select(Activity.id).where(Activity.kind == "Accept")
        assert len(list(tx.connection.scalars(yes))) == PLACES
        going = select(EventAnswer.actor_id).where(EventAnswer.state == "going")
        leaving = [actor_id for actor_id in tx.connection.scalars(going) if actor_id is not None]

    def leaves(actor_id: int, tx: Tx) -> None:
        by, post = tx.session.get_one(Actor, actor_id), tx.session.get_one(Post, id_)
        assert answer_was_taken_back(tx, by=by, post=post, uri=None)

    await at_once(db, [partial(leaves, actor_id) for actor_id in leaving])

    assert states(db) == {"going": PLACES, "waiting": CROWD - 2 * PLACES}


async def test_while_some_are_blocked_and_others_leave_no_place_is_lost_or_given_twice(
    db: Database,
) -> None:
    with db.writing() as tx:
        amel = neighbour(tx, "amel")
        host_id = amel.id
        starts = tx.now + timedelta(days=2)
        plan = Plan("Grande fête", starts, zone="Europe/Paris", capacity=PLACES)
        post = publish_event(tx, author=amel, plan=plan, audience=Audience.PUBLIC)
        id_ = post.id
        crowd = [stranger(tx, f"p{number}@south.test") for number in range(4 * PLACES)]
        for one in crowd:
            uri = f"{one.uri}/joins/1"
            event_was_answered(tx, by=one, post=post, wish="going", way="join", uri=uri)
        ids = [one.id for one in crowd]

    def blocked(actor_id: int, tx: Tx) -> None:
        host, guest = (tx.session.get_one(Actor, one) for one in (host_id, actor_id))
        block(tx, blocker=host, blocked=guest)

    def leaves(actor_id: int, tx: Tx) -> None:
        by, post = tx.session.get_one(Actor, actor_id), tx.session.get_one(Post, id_)
        answer_was_taken_back(tx, by=by, post=post, uri=None)

    # Of those who come and of those who wait, every other is blocked or leaves
    deeds = [partial(blocked if number % 2 else leaves, one) for number, one in enumerate(ids[:20])]
    fills = [lambda tx: free_places(tx, id_)] * 5
    await at_once(db, [deed for pair in zip(deeds, fills * 4, strict=True) for deed in pair])
    with db.writing() as tx:
        free_places(tx, id_)

    assert states(db) == {"going": PLACES, "waiting": PLACES}
