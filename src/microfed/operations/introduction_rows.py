"""The rows of introductions: held while they change, and what two operations ask of them."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import func, select

from microfed.ids import first_id_at
from microfed.operations.jobs import add_job
from microfed.store.database import Tx
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import Actor, Block

LASTS = timedelta(days=14)
KEPT = timedelta(days=90)
MOST_A_DAY = 5
LONGEST_REASON = 1_000


def made_today(tx: Tx, proposer_id: int) -> int:
    """Return how many introductions somebody proposed within a day."""
    made = select(func.count(Introduction.id)).where(
        Introduction.proposer_id == proposer_id,
        Introduction.id >= first_id_at(tx.now - timedelta(days=1)),
    )
    return tx.connection.scalar(made) or 0


def is_apart(tx: Tx, ids: Collection[int]) -> bool:
    """Say whether one of these people has shut out another."""
    found = select(Block.id).where(Block.blocker_id.in_(ids), Block.blocked_id.in_(ids)).limit(1)
    return tx.connection.scalar(found) is not None


def locked(tx: Tx, id_: int) -> Introduction | None:
    """Return an introduction, held until this is done."""
    tx.flush()
    asked = select(Introduction).where(Introduction.id == id_).with_for_update()
    return tx.session.scalar(asked, execution_options={"populate_existing": True})


def sides(tx: Tx, made: Introduction) -> list[IntroductionSide]:
    """Return both sides as they stand now."""
    asked = (
        select(IntroductionSide)
        .where(IntroductionSide.introduction_id == made.id)
        .order_by(IntroductionSide.actor_id)
    )
    return list(tx.session.scalars(asked, execution_options={"populate_existing": True}))


def plan_expiry(tx: Tx, made: Introduction) -> None:
    """Have it end when its time is over."""
    arguments = {"introduction_id": made.id}
    add_job(
        *(tx, "expire_introduction"), key=str(made.id), arguments=arguments, due_at=made.expires_at
    )


def forget_links(tx: Tx, made: Introduction) -> None:
    """The links that were sent are good no more."""
    for one in sides(tx, made):
        one.token_hash = None
    tx.flush()


def side(tx: Tx, made: Introduction, who: Actor, is_asked: bool) -> IntroductionSide:
    """Return the row of one of the two."""
    return IntroductionSide(
        introduction_id=made.id, actor_id=who.id, asked_at=tx.now if is_asked else None
    )
