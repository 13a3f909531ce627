"""Two who look after the place decide at the same moment: what each sees is what holds."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from microfed.errors import Forbidden, Refused
from microfed.here import digest_of
from microfed.operations.announcements import (
    Notice,
    announce_here,
    change_announcement,
    take_down,
)
from microfed.operations.appeals import answer_appeal, appeal
from microfed.operations.domains import forget_rule, rule_domain
from microfed.operations.handling import act_on_report, remove_posts, reopen, settle, take_up
from microfed.operations.moderation import act, give_role, lift
from microfed.operations.newcomers import erase
from microfed.operations.place import need_unchanged, write_rules
from microfed.operations.posts import write_post
from microfed.operations.reports import report
from microfed.operations.saying import Draft
from microfed.operations.undoing import undo_deed
from microfed.operations.weekly import write_words
from microfed.queries.moderation import need_row, rows_by_id
from microfed.store.announcements import Announcement
from microfed.store.database import Database, Tx
from microfed.store.moderation import Deed, Report, Strike
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from tests.operations.keepers import Keepers, Work, one_and_a_conflict

# SQLite takes one writer after the other; here two stand side by side until one of them decides.
pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("db", ["postgresql"], indirect=True),
]


@pytest.fixture
def keepers(db: Database) -> Keepers:
    return Keepers(db)


def made(keepers: Keepers, work: Callable[[Tx, Actor], Any]) -> Any:
    """Ada does something beforehand."""
    with keepers.db.writing() as tx:
        return work(tx, tx.session.get_one(Actor, keepers.ada))


def a_report(keepers: Keepers) -> int:
    def work(tx: Tx, ada: Actor) -> int:
        post = write_post(tx, author=keepers.find(tx), draft=Draft(source="Vide-grenier"))
        return report(tx, reporter=ada, target=keepers.find(tx), posts=[post]).id

    return int(made(keepers, work))


async def test_both_take_a_report_up(keepers: Keepers) -> None:
    id_ = a_report(keepers)

    def work(tx: Tx, by: Actor) -> None:
        take_up(tx, by=by, report=need_row(tx, Report, id_))

    one_and_a_conflict(await keepers.both(work, work))

    assert keepers.deeds() == ["take_up"]


async def test_both_do_something_about_the_same_report(keepers: Keepers) -> None:
    id_ = a_report(keepers)

    def work(action: str) -> Work:
        return lambda tx, by: act_on_report(
            tx, by=by, report=need_row(tx, Report, id_), action=action
        )

    one_and_a_conflict(await keepers.both(work("warn"), work("silence")))

    assert keepers.count(select(func.count(Strike.id))) == 1
    assert len(keepers.deeds()) == 2


async def test_both_take_the_same_posts_away(keepers: Keepers) -> None:
    id_ = a_report(keepers)

    def work(tx: Tx, by: Actor) -> None:
        found = need_row(tx, Report, id_)
        remove_posts(tx, by=by, posts=rows_by_id(tx, Post, found.post_ids))

    one_and_a_conflict(await keepers.both(work, work))

    assert keepers.deeds() == ["remove_post"]


async def test_both_look_at_a_settled_report_again(keepers: Keepers) -> None:
    id_ = a_report(keepers)
    made(keepers, lambda tx, ada: settle(tx, by=ada, report=need_row(tx, Report, id_)))

    def work(tx: Tx, by: Actor) -> None:
        reopen(tx, by=by, report=need_row(tx, Report, id_))

    one_and_a_conflict(await keepers.both(work, work))

    assert keepers.deeds() == ["settle", "reopen"]


async def test_one_grants_the_objection_while_the_other_lets_them_back(keepers: Keepers) -> None:
    def objects(tx: Tx, ada: Actor) -> int:
        leo = keepers.find(tx)
        strike = act(tx, by=ada, target=leo, action="suspend")
        appeal(tx, who=leo, strike=strike, text="Ce n'était pas moi")
        return strike.id

    id_ = made(keepers, objects)

    def answer(tx: Tx, by: Actor) -> None:
        answer_appeal(tx, by=by, strike=need_row(tx, Strike, id_), is_granted=True)

    answers = await keepers.both(
        answer, lambda tx, by: lift(tx, by=by, target=keepers.find(tx), action="suspend")
    )

    # Whoever came second is told: by a refusal, or by there being nothing left to take back.
    assert sum(isinstance(one, Refused) or one is False for one in answers) == 1, answers
    assert keepers.deeds().count("lift_suspend") == 1
    strike = select(func.count(Strike.id)).where(Strike.is_appeal_granted)
    assert keepers.count(strike) == 1


async def test_both_undo_the_same_line(keepers: Keepers) -> None:
    made(keepers, lambda tx, ada: act(tx, by=ada, target=keepers.find(tx), action="silence"))
    (line,) = made(keepers, lambda tx, _: tx.connection.scalars(select(Deed.id)).all())

    one_and_a_conflict(
        await keepers.both(
            lambda tx, by: undo_deed(tx, by=by, id_=line),
            lambda tx, by: undo_deed(tx, by=by, id_=line),
        )
    )

    assert keepers.deeds() == ["silence", "lift_silence"]


async def test_two_admins_who_shut_each_other_out_leave_one_of_them(keepers: Keepers) -> None:
    def out(whom: int) -> Work:
        return lambda tx, by: act(
            tx, by=by, target=tx.session.get_one(Actor, whom), action="suspend"
        )

    answers = await keepers.both(out(keepers.bo), out(keepers.ada))

    assert sorted(isinstance(one, Forbidden) for one in answers) == [False, True], answers
    assert keepers.deeds() == ["suspend"]


async def test_two_admins_who_step_each_other_down_leave_one_of_them(keepers: Keepers) -> None:
    def down(whom: int) -> Work:
        return lambda tx, by: give_role(
            tx, by=by, target=tx.session.get_one(Actor, whom), role="member"
        )

    answers = await keepers.both(down(keepers.bo), down(keepers.ada))

    assert sorted(isinstance(one, Forbidden) for one in answers) == [False, True], answers
    admins = select(func.count(Member.id)).where(Member.role == "admin")
    assert keepers.count(admins) == 1


async def test_both_give_somebody_a_role(keepers: Keepers) -> None:
    def work(role: str) -> Work:
        return lambda tx, by: give_role(
            tx, by=by, target=keepers.find(tx), role=role, seen="member"
        )

    one_and_a_conflict(await keepers.both(work("organiser"), work("admin")))

    assert len(keepers.deeds()) == 1


async def test_both_delete_an_account_for_good_at_the_command_line(keepers: Keepers) -> None:
    made(keepers, lambda tx, ada: act(tx, by=ada, target=keepers.find(tx), action="suspend"))

    def work(tx: Tx, _by: Actor) -> None:
        erase(tx, by=None, target=keepers.find(tx))

    one_and_a_conflict(await keepers.both(work, work))

    assert keepers.deeds() == ["suspend", "erase"]


async def test_both_make_a_rule_for_a_server(keepers: Keepers) -> None:
    def work(action: str) -> Work:
        return lambda tx, by: rule_domain(
            tx, by=by, domain="bad.example", action=action, seen="none"
        )

    one_or_other = await keepers.both(work("block"), work("limit"))

    assert sum(isinstance(one, Exception) for one in one_or_other) == 1, one_or_other
    assert len(keepers.deeds()) == 1


async def test_both_let_a_rule_go(keepers: Keepers) -> None:
    made(keepers, lambda tx, ada: rule_domain(tx, by=ada, domain="bad.example", action="block").id)

    answers = await keepers.both(
        lambda tx, by: forget_rule(tx, by=by, domain="bad.example"),
        lambda tx, by: forget_rule(tx, by=by, domain="bad.example"),
    )

    assert sorted(answers) == [False, True]
    assert keepers.deeds() == ["domain_block", "domain_forget"]


async def test_both_write_the_rules(keepers: Keepers) -> None:
    def work(rule: str) -> Work:
        def write(tx: Tx, by: Actor) -> None:
            need_unchanged(tx, name="rules", seen=digest_of(""))
            write_rules(tx, by=by, rules=[rule])

        return write

    answers = await keepers.both(work("On se dit bonjour."), work("On se tait."))

    assert sum(isinstance(one, Refused) for one in answers) == 1, answers
    assert keepers.deeds() == ["write_rules"]


async def test_both_write_what_the_letter_begins_with(keepers: Keepers) -> None:
    def work(text: str) -> Work:
        return lambda tx, by: write_words(tx, by=by, text=text, seen=digest_of(""))

    answers = await keepers.both(work("Bonjour"), work("Bonsoir"))

    assert sum(isinstance(one, Refused) for one in answers) == 1, answers


async def test_one_corrects_the_announcement_that_the_other_takes_down(keepers: Keepers) -> None:
    id_ = made(keepers, lambda tx, ada: announce_here(tx, by=ada, notice=Notice("Fête")).id)

    def correct(tx: Tx, by: Actor) -> None:
        found = need_row(tx, Announcement, id_)
        change_announcement(tx, found, by=by, notice=Notice("Bal"), seen=digest_of("Fête"))

    answers = await keepers.both(
        correct, lambda tx, by: take_down(tx, need_row(tx, Announcement, id_), by=by)
    )

    # Corrected and then taken down, or taken down and no more to be corrected: never half of both.
    assert keepers.deeds()[-1] == "take_down_announcement"
    assert keepers.count(select(func.count(Announcement.id))) == 0
    assert all(one is None or isinstance(one, Refused) for one in answers), answers


async def test_both_correct_an_announcement(keepers: Keepers) -> None:
    id_ = made(keepers, lambda tx, ada: announce_here(tx, by=ada, notice=Notice("Fête")).id)

    def work(text: str) -> Work:
        return lambda tx, by: change_announcement(
            tx, need_row(tx, Announcement, id_), by=by, notice=Notice(text), seen=digest_of("Fête")
        )

    answers = await keepers.both(work("Bal"), work("Goûter"))

    assert sum(isinstance(one, Refused) for one in answers) == 1, answers
    assert keepers.deeds() == ["announce", "change_announcement"]
