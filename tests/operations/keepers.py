"""Two who look after the place, and somebody who lives there."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from microfed.errors import Conflict
from microfed.store.database import Database, Tx
from microfed.store.moderation import Deed, Report, Strike
from microfed.store.people import Actor, Member
from tests.people import neighbour

Work = Callable[[Tx, Actor], Any]


class Keepers:
    """Ada and Bo look after the place; Leo lives there."""

    def __init__(self, db: Database) -> None:
        self.db = db
        with db.writing() as tx:
            self.ada, self.bo = (neighbour(tx, name, role="admin").id for name in ("ada", "bo"))
            self.leo = neighbour(tx, "leo").id

    def find(self, tx: Tx) -> Actor:
        return tx.session.get_one(Actor, self.leo)

    async def both(self, first: Work, second: Work) -> list[Any]:
        """Each sees how things stand before either does something, where that is possible."""
        # SQLite writes one after the other; there nobody can stand beside.
        together = None if self.db.is_sqlite else threading.Barrier(2)

        def by(id_: int, work: Work) -> Callable[[Tx], Any]:
            def do(tx: Tx) -> Any:
                keeper = tx.session.get_one(Actor, id_)
                self.find(tx)  # what is read now is old when it comes to it
                tx.session.get(Member, self.leo)
                tx.session.scalars(select(Report)).all()
                tx.session.scalars(select(Strike)).all()
                if together is not None:
                    together.wait(20)
                return work(tx, keeper)

            return do

        return await asyncio.gather(
            self.db.write(by(self.ada, first)),
            self.db.write(by(self.bo, second)),
            return_exceptions=True,
        )

    def deeds(self) -> list[str]:
        with self.db.reading() as tx:
            return list(tx.connection.scalars(select(Deed.action).order_by(Deed.id)))

    def count(self, query: Any) -> int:
        with self.db.reading() as tx:
            return int(tx.connection.scalar(query) or 0)


def one_and_a_conflict(answers: list[Any]) -> None:
    assert sorted(isinstance(answer, Exception) for answer in answers) == [False, True], answers
    (error,) = [answer for answer in answers if isinstance(answer, Exception)]
    assert isinstance(error, Conflict), error
    assert "already" in str(error)
