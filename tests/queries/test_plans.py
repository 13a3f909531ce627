"""Lists are found by an index, not by walking past everything that came from elsewhere."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert

from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.follows import request_follow
from microfed.operations.members import add_member
from microfed.queries.cards import public_cards
from microfed.queries.events import agenda
from microfed.queries.latest import around_ids, latest_public_ids
from microfed.queries.pages import Page
from microfed.store.database import Database, Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.sizes import learn_sizes
from microfed.vocab.audience import Audience
from tests.migrated import HERE, founded_file
from tests.people import stranger

Question = Callable[[Tx], object]
SAID_HERE: dict[str, Question] = {
    "the front page": lambda tx: latest_public_ids(tx, None, limit=20),
    "the local timeline of apps": lambda tx: public_cards(tx, None, Page(limit=20), is_local=True),
}
OF_FEW: dict[str, Question] = {
    "what is said around": lambda tx: around_ids(tx, limit=20),
    "the agenda": lambda tx: agenda(tx, None),
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(founded_file(tmp_path / "here.db"), HERE)
    yield database
    database.close()


def plans(tx: Tx, question: Question) -> list[str]:
    """Return how SQLite goes about each thing it is asked."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_rest: object) -> None:
        asked.append((statement, values))

    event.listen(tx.connection, "before_cursor_execute", note)
    question(tx)
    event.remove(tx.connection, "before_cursor_execute", note)
    return [
        step.detail
        for statement, values in asked
        for step in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]


@pytest.mark.parametrize("question", SAID_HERE)
def test_what_was_said_here_is_found_by_its_index(database: Database, question: str) -> None:
    with database.reading() as tx:
        steps = plans(tx, SAID_HERE[question])

    assert any("ix_posts_local_id" in step for step in steps), steps


@pytest.fixture
def lively(database: Database) -> Database:
    """A place, and somebody elsewhere, who say much; one of it is an event."""
    with database.writing() as tx:
        ada = add_member(tx, name="ada")
        eva = stranger(tx, "eva@north.test")
        eva.is_discoverable = True
        follow = request_follow(tx, follower=ada, target=eva)
        assert follow is not None
        follow.accepted_at = tx.now
        _say_much(tx, ada, eva)
        plan = Plan("Repair café", tx.now + timedelta(days=3), zone="Europe/Paris")
        publish_event(tx, author=ada, plan=plan, audience=Audience.PUBLIC)
        learn_sizes(tx)
    return database


@pytest.mark.parametrize("question", OF_FEW)
def test_what_few_posts_are_is_found_without_walking_past_all(
    lively: Database, question: str
) -> None:
    with lively.reading() as tx:
        steps = plans(tx, OF_FEW[question])

    assert [step for step in steps if step.startswith("SCAN posts")] == [], steps


@pytest.mark.parametrize("is_local", [True, False])
def test_twenty_posts_are_shown_without_looking_at_all_people_first(
    lively: Database, is_local: bool
) -> None:
    with lively.reading() as tx:
        steps = plans(tx, lambda tx: public_cards(tx, None, Page(limit=20), is_local=is_local))

    assert [step for step in steps if "BLOOM" in step or "TEMP" in step] == [], steps


def _say_much(tx: Tx, ada: Actor, eva: Actor) -> None:
    tx.flush()
    rows = [
        {
            "id": number,
            "uri": f"{author.uri}/posts/{number}",
            "actor_id": author.id,
            "is_local": author is ada,
            "audience": Audience.PUBLIC,
            "content": "<p>Bonjour</p>",
            "thread_id": number,
        }
        for number, author in enumerate([ada, eva] * 300, start=1)
    ]
    tx.connection.execute(insert(Post), rows)
