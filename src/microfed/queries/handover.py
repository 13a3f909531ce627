"""What whoever takes the place over needs to know, as far as the place knows it itself."""

from dataclasses import dataclass

from sqlalchemy import Select, func, select

from microfed.outbound.allies import allies
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import Actor, Member
from microfed.store.subscriptions import RuleList


@dataclass(frozen=True, slots=True)
class Handover:
    """How the place stands, for the one who comes after."""

    admins: tuple[str, ...]
    without_second_step: tuple[str, ...]  # of them
    members: int
    waiting: int  # to be let in
    reports: int
    appeals: int
    allies: tuple[str, ...]
    rules: int
    lists: tuple[str, ...]


def handover(tx: Tx) -> Handover:
    """Return how the place stands."""
    admins = tx.connection.execute(
        select(Member.id, Actor.username)
        .join(Actor, Actor.id == Member.id)
        .where(
            Member.role == "admin",
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
        .order_by(Member.id)
    ).all()
    return Handover(
        admins=tuple(f"@{name}" for _, name in admins),
        without_second_step=tuple(
            f"@{name}" for id_, name in admins if not signs_in_in_two_steps(tx, id_)
        ),
        members=_count(
            tx,
            select(func.count(Member.id))
            .join(Actor, Actor.id == Member.id)
            .where(Member.approved_at.is_not(None), Actor.gone_at.is_(None)),
        ),
        waiting=_count(tx, select(func.count(Member.id)).where(Member.approved_at.is_(None))),
        reports=_count(tx, select(func.count(Report.id)).where(Report.handled_at.is_(None))),
        appeals=_count(
            tx,
            select(func.count(Strike.id)).where(
                Strike.appealed_at.is_not(None), Strike.answered_at.is_(None)
            ),
        ),
        allies=tuple(ally.host for ally in allies(tx)),
        rules=_count(tx, select(func.count(DomainRule.id))),
        lists=tuple(tx.connection.scalars(select(RuleList.url).order_by(RuleList.id))),
    )


def _count(tx: Tx, query: Select[int]) -> int:
    return tx.connection.scalar(query) or 0
