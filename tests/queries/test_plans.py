"""Lists are found by an index, not by walking past everything that came from elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from microfed.queries.cards import public_cards
from microfed.queries.latest import latest_public_ids
from microfed.queries.pages import Page
from microfed.store.database import Database, Tx
from microfed.store.migrate import migrate
from tests.migrated import HERE

QUESTIONS: dict[str, Callable[[Tx], object]] = {
    "the front page": lambda tx: latest_public_ids(tx, None, limit=20),
    "the local timeline of apps": lambda tx: public_cards(tx, None, Page(limit=20), is_local=True),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_was_said_here_is_found_by_its_index(tmp_path: Path, question: str) -> None:
    migrate(url := f"sqlite:///{tmp_path}/here.db")
    database = Database(url, HERE)
    asked: list[tuple[str, Any]] = []

    with database.reading() as tx:
        event.listen(
            tx.connection,
            "before_cursor_execute",
            lambda _c, _cursor, statement, values, *_: asked.append((statement, values)),
        )
        QUESTIONS[question](tx)
        statement, values = asked[0]
        plan = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    database.close()

    assert any("ix_posts_local_id" in step.detail for step in plan), plan
