"""Lists of others are read as drafts: nothing of them holds until somebody confirms it."""

import pytest
from sqlalchemy import select

from microfed.errors import Conflict, Forbidden, Invalid
from microfed.operations.domains import list_rules, rule_domain
from microfed.operations.follows import request_follow
from microfed.operations.subscriptions import (
    ask_again,
    decide,
    list_failed,
    list_was_read,
    order_lists_daily,
    subscribe,
    unsubscribe,
)
from microfed.queries.subscriptions import draft_of, subscriptions
from microfed.store.database import Tx
from microfed.store.moderation import Deed
from microfed.store.queues import Job
from microfed.store.subscriptions import RuleList
from tests.people import neighbour, stranger

URL = "https://lists.test/blocks.csv"
LIST = """#domain,#severity,#public_comment
bad.test,suspend,spam
loud.test,silence,
here.test,suspend,us
"""


def read(tx: Tx, text: str = LIST, url: str = URL) -> int:
    found = subscribe(tx, by=None, url=url)
    list_was_read(tx, list_id=found.id, text=text)
    return found.id


def draft(tx: Tx, list_id: int) -> dict[str, str]:
    return {line.host: line.change for line in draft_of(tx, list_id)}


async def test_a_list_is_a_draft_until_an_admin_confirms_it(tx: Tx) -> None:
    ada = neighbour(tx, "ada", role="admin")
    request_follow(tx, follower=ada, target=stranger(tx, "bob@bad.test"))
    id_ = read(tx)

    assert list_rules(tx) == []
    assert draft(tx, id_) == {"bad.test": "none>block", "loud.test": "none>limit"}
    assert [line.followed for line in draft_of(tx, id_)] == [1, 0]
    (one,) = subscriptions(tx)
    assert one.counts == {"block": 1, "limit": 1}

    decide(
        tx, by=ada, list_id=id_, chosen={"bad.test": "none>block"}, left={"loud.test": "none>limit"}
    )

    assert list_rules(tx) == [("bad.test", "block", "spam")]
    assert draft(tx, id_) == {}
    deeds = tx.connection.scalars(select(Deed.action).order_by(Deed.id)).all()
    assert deeds == ["list_subscribe", "domain_block"]


async def test_what_was_left_is_not_asked_again_until_it_is_wanted_or_grows(tx: Tx) -> None:
    id_ = read(tx)
    decide(tx, by=None, list_id=id_, chosen={}, left=draft(tx, id_))
    assert draft(tx, id_) == {}

    read(tx, LIST.replace("loud.test,silence", "loud.test,suspend"))
    assert draft(tx, id_) == {"loud.test": "none>block"}
    ask_again(tx, by=None, list_id=id_)
    assert sorted(draft(tx, id_)) == ["bad.test", "loud.test"]


async def test_a_rule_of_ours_is_made_stricter_by_a_list_and_never_weaker(tx: Tx) -> None:
    for host, action in (("bad.test", "limit"), ("loud.test", "block"), ("ally.test", "allow")):
        rule_domain(tx, domain=host, action=action)

    id_ = read(tx, LIST + "ally.test,suspend,\n")

    assert draft(tx, id_) == {"bad.test": "limit>block"}


async def test_what_a_list_lets_go_of_is_let_go_only_where_it_came_from_it(tx: Tx) -> None:
    # Given rules from a list, one that was there before, one that is another by now
    rule_domain(tx, domain="old.test", action="block")
    more = "old.test,suspend,\nchanged.test,silence,\nshared.test,suspend,\n"
    id_ = read(tx, LIST + more)
    read(tx, "shared.test,suspend", url="https://other.test/list.csv")
    decide(tx, by=None, list_id=id_, chosen=draft(tx, id_), left={})
    rule_domain(tx, domain="changed.test", action="block")

    # When the list holds none of them any more
    read(tx, "#domain,#severity\nloud.test,silence\n")

    # Then the one alone that is still as it came from it may go
    assert draft(tx, id_) == {"bad.test": "block>none"}
    decide(tx, by=None, list_id=id_, chosen=draft(tx, id_), left={})
    assert {host for host, _, _ in list_rules(tx)} == {
        *("old.test", "changed.test", "loud.test", "shared.test")
    }


async def test_a_draft_that_changed_meanwhile_is_not_confirmed_blindly(tx: Tx) -> None:
    id_ = read(tx)
    seen = draft(tx, id_)
    rule_domain(tx, domain="bad.test", action="limit")

    with pytest.raises(Conflict):
        decide(tx, by=None, list_id=id_, chosen=seen, left={})

    assert list_rules(tx) == [("bad.test", "limit", "")]


async def test_a_list_that_fails_leaves_what_it_said_and_says_why(tx: Tx) -> None:
    id_ = read(tx)

    list_failed(tx, list_id=id_, why="it answers 404")
    list_was_read(tx, list_id=id_, text="")
    (one,) = subscriptions(tx)

    assert (one.error, one.rules, len(one.draft)) == ("this list is empty", 3, 2)


async def test_bad_lines_are_told_by_their_number(tx: Tx) -> None:
    read(tx, "#domain,#severity\nbad.test,suspend\nno name,suspend\nodd.test,laugh\n")
    read(tx, '[{"domain": "ok.test"}, 7, {"domain": "*"}]', url="https://gts.test/list.json")

    csv, json = subscriptions(tx)
    assert csv.unread == ("3: no name", "4: odd.test (laugh)")
    assert json.unread == ("2: 7", "3: *")


async def test_a_list_is_read_each_day_and_once_however_often_it_is_ordered(tx: Tx) -> None:
    id_ = subscribe(tx, by=None, url=URL).id
    order_lists_daily(tx)
    jobs = select(Job.kind, Job.arguments)
    assert tx.connection.execute(jobs).all() == [("read_rule_list", {"list_id": id_})]

    read(tx)
    tx.session.get_one(RuleList, id_).tried_at = tx.now.replace(year=2020)
    tx.flush()
    order_lists_daily(tx)

    assert len(tx.connection.execute(jobs).all()) == 1


async def test_only_an_admin_subscribes_and_only_to_an_address(tx: Tx) -> None:
    leo = neighbour(tx, "leo")

    with pytest.raises(Forbidden):
        subscribe(tx, by=leo, url=URL)
    for url in ("", "lists.test", "ftp://lists.test/x", "https://[", "file:///etc/passwd"):
        with pytest.raises(Invalid):
            subscribe(tx, by=None, url=url)


async def test_rules_stay_when_a_subscription_ends(tx: Tx) -> None:
    id_ = read(tx)
    decide(tx, by=None, list_id=id_, chosen=draft(tx, id_), left={})

    unsubscribe(tx, by=None, list_id=id_)

    assert [host for host, _, _ in list_rules(tx)] == ["bad.test", "loud.test"]
    assert subscriptions(tx) == []
