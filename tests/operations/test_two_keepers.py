"""Two who look after the place do something at the same moment: one does it, the other is told."""

import pytest
from sqlalchemy import func, select

from microfed.operations.appeals import answer_appeal, appeal
from microfed.operations.handling import settle
from microfed.operations.moderation import act
from microfed.operations.newcomers import approve, reject
from microfed.operations.reports import report
from microfed.queries.moderation import need_row
from microfed.store.database import Database, Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import Actor, Member
from tests.operations.keepers import Keepers, Work, one_and_a_conflict

pytestmark = pytest.mark.anyio


@pytest.fixture
def keepers(db: Database) -> Keepers:
    return Keepers(db)


async def test_both_settle_a_report(keepers: Keepers) -> None:
    with keepers.db.writing() as tx:
        id_ = report(
            tx, reporter=tx.session.get_one(Actor, keepers.ada), target=keepers.find(tx)
        ).id

    def work(tx: Tx, by: Actor) -> None:
        settle(tx, by=by, report=need_row(tx, Report, id_))

    one_and_a_conflict(await keepers.both(work, work))

    assert keepers.deeds() == ["settle"]


async def test_one_lets_in_whom_the_other_turns_away(keepers: Keepers) -> None:
    with keepers.db.writing() as tx:
        tx.session.get_one(Member, keepers.leo).approved_at = None

    answers = await keepers.both(
        lambda tx, by: approve(tx, by=by, target=keepers.find(tx)),
        lambda tx, by: reject(tx, by=by, target=keepers.find(tx)),
    )

    one_and_a_conflict(answers)
    lives_here = keepers.count(select(func.count(Member.id)).where(Member.id == keepers.leo))
    assert (keepers.deeds(), lives_here) in ((["approve"], 1), (["reject"], 0))


async def test_both_let_somebody_in(keepers: Keepers) -> None:
    with keepers.db.writing() as tx:
        tx.session.get_one(Member, keepers.leo).approved_at = None

    def work(tx: Tx, by: Actor) -> None:
        approve(tx, by=by, target=keepers.find(tx))

    one_and_a_conflict(await keepers.both(work, work))

    assert keepers.deeds() == ["approve"]


@pytest.mark.parametrize("action", ["suspend", "freeze", "silence"])
async def test_both_do_the_same_to_somebody(keepers: Keepers, action: str) -> None:
    def work(tx: Tx, by: Actor) -> None:
        act(tx, by=by, target=keepers.find(tx), action=action, text="assez")

    one_and_a_conflict(await keepers.both(work, work))

    assert keepers.deeds() == [action]
    assert keepers.count(select(func.count(Strike.id))) == 1


async def test_one_grants_the_objection_that_the_other_refuses(keepers: Keepers) -> None:
    with keepers.db.writing() as tx:
        leo, ada = keepers.find(tx), tx.session.get_one(Actor, keepers.ada)
        strike = act(tx, by=ada, target=leo, action="silence")
        appeal(tx, who=leo, strike=strike, text="Ce n'était pas moi")
        id_ = strike.id

    def work(is_granted: bool) -> Work:
        return lambda tx, by: answer_appeal(
            tx, by=by, strike=need_row(tx, Strike, id_), is_granted=is_granted
        )

    one_and_a_conflict(await keepers.both(work(True), work(False)))

    last = keepers.deeds()[-1]
    quiet = select(func.count(Actor.id)).where(
        Actor.id == keepers.leo, Actor.silenced_at.is_not(None)
    )
    assert (last, keepers.count(quiet)) in (("grant_appeal", 0), ("refuse_appeal", 1))
