"""A member's own balance: what is counted, what they write down, and that it is theirs alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.aid import answer_aid, publish_aid, set_state
from microfed.operations.aid_rows import Terms
from microfed.operations.bilan import Account, forget_balance, strike_out, write_down
from microfed.operations.event_answers import answer_event
from microfed.operations.farewells import leave_for_good
from microfed.operations.introductions import answer as meets
from microfed.operations.introductions import propose
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.queries.archives import LISTS
from microfed.queries.bilan import Figure, balance, counted
from microfed.store.bilan import BilanEntry
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor, Follow, Member
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.operations.test_events import planned
from tests.people import neighbour, stranger

# What no engine does otherwise is tried on one.
on_one_engine = pytest.mark.parametrize("tx", ["sqlite"], indirect=True)


def says(tx: Tx, who: Actor, source: str, to: Post | None = None, **more: Any) -> Post:
    return write_post(tx, author=who, draft=Draft(source=source, in_reply_to=to, **more))


def figures(tx: Tx, who: Actor) -> dict[str, Figure]:
    tx.flush()
    return counted(tx, who.id, since=tx.now - timedelta(days=30))


def heard(tx: Tx, who: Actor, said: Post) -> Post:
    """Somebody elsewhere answered a post."""
    answer = Post(
        id=id_at(tx.now),
        uri=f"{who.uri}/notes/{said.id}",
        actor_id=who.id,
        audience=Audience.PUBLIC,
        in_reply_to_id=said.id,
        in_reply_to_uri=said.uri,
        in_reply_to_actor_id=said.actor_id,
        thread_id=said.thread_id,
    )
    tx.session.add(answer)
    tx.flush()
    return answer


def ally(tx: Tx, host: str) -> None:
    """A place is in our ring."""
    us = tx.session.scalars(select(Actor).where(Actor.kind == "Application")).one()
    place = stranger(tx, f"place@{host}", type="Application")
    for one, other in ((us, place), (place, us)):
        tx.session.add(
            Follow(uri=f"{one.uri}#f", follower_id=one.id, target_id=other.id, accepted_at=tx.now)
        )
    tx.flush()


async def test_a_relation_counts_when_both_spoke(tx: Tx) -> None:
    amel, bea, leo = (neighbour(tx, name) for name in ("amel", "bea", "leo"))
    question = says(tx, amel, "Qui a une échelle ?")
    says(tx, leo, "@amel bonjour")
    assert figures(tx, amel)["people"] == Figure(0, 0, 0)

    answer = says(tx, bea, "Moi.", question)
    says(tx, amel, "Merci !", answer)

    assert figures(tx, amel)["people"] == Figure(1, 0, 0)
    assert figures(tx, amel)["answered"] == Figure(1, 0, 0)
    assert figures(tx, amel)["was_answered"] == Figure(1, 0, 0)
    assert figures(tx, bea)["was_answered"] == Figure(1, 0, 0)
    assert figures(tx, leo)["people"] == Figure(0, 0, 0)


async def test_each_thing_counts_once_where_the_nearest_lives(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    ally(tx, "menil.test")
    noe, eva = stranger(tx, "noe@menil.test"), stranger(tx, "eva@north.test")
    for people in ((noe, eva, bea), (noe, eva), (eva,)):
        said = says(tx, amel, "Le marché rouvre.")
        for person in people:
            if person is bea:
                says(tx, bea, "Enfin !", said)
            else:
                says(tx, amel, "Oui.", heard(tx, person, said))

    assert figures(tx, amel)["was_answered"] == Figure(1, 1, 1)
    assert figures(tx, amel)["people"] == Figure(0, 1, 1)


@on_one_engine
async def test_what_is_older_than_the_period_counts_no_more(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")
    said = says(tx, amel, "Bonjour")
    says(tx, amel, "Et toi ?", says(tx, bea, "Bonjour !", said))

    later = counted(tx, amel.id, since=tx.now + timedelta(minutes=1))

    assert {figure.total for figure in later.values()} == {0}


async def test_help_counts_for_both_once_it_is_done(tx: Tx) -> None:
    amel, bea, leo = (neighbour(tx, name) for name in ("amel", "bea", "leo"))
    drill = Terms("offer", "loan", "Perceuse")
    post = publish_aid(tx, author=amel, terms=drill, audience=Audience.LOCAL)
    answer_aid(tx, author=bea, post=post, words="Samedi ?")
    assert figures(tx, bea)["helped"] == Figure(0, 0, 0)

    set_state(tx, author=amel, post=post, state="done")

    assert figures(tx, amel)["helped"] == figures(tx, bea)["helped"] == Figure(1, 0, 0)
    assert figures(tx, leo)["helped"] == Figure(0, 0, 0)


async def test_a_meeting_counts_once_it_took_place_with_others(tx: Tx) -> None:
    amel, bea, leo, eva = (neighbour(tx, name) for name in ("amel", "bea", "leo", "eva"))
    noe = stranger(tx, "noe@north.test")
    plans = [planned(tx, amel) for _ in range(4)]
    for post in (plans[0], plans[1], plans[3]):
        answer_event(tx, actor=bea, post=post, wish="going")
    answer_event(tx, actor=leo, post=plans[0], wish="declined")
    tx.session.add(EventAnswer(event_id=plans[2].id, actor_id=noe.id, state="going", since=tx.now))
    assert figures(tx, amel)["shared"] == Figure(0, 0, 0)  # they are still to come

    for post in plans:
        tx.session.get_one(Event, post.id).starts_at = tx.now - timedelta(days=1)
    tx.session.get_one(Event, plans[3].id).state = "cancelled"

    assert figures(tx, amel)["shared"] == Figure(2, 0, 1)
    assert figures(tx, bea)["shared"] == Figure(2, 0, 0)
    assert figures(tx, leo)["shared"] == figures(tx, eva)["shared"] == Figure(0, 0, 0)


async def test_an_introduction_counts_for_the_three_once_both_said_yes(tx: Tx) -> None:
    amel, bea, leo, eva = (neighbour(tx, name) for name in ("amel", "bea", "leo", "eva"))
    made = propose(tx, proposer=amel, one=bea, other=leo, reason="Le violon")
    meets(tx, who=bea, id_=made.id, says="yes")
    assert figures(tx, bea)["met"] == Figure(0, 0, 0)

    meets(tx, who=leo, id_=made.id, says="yes")

    for who in (amel, bea, leo):
        assert figures(tx, who)["met"] == Figure(1, 0, 0)
    assert figures(tx, eva)["met"] == Figure(0, 0, 0)


async def test_time_and_what_it_brought_are_in_the_members_own_figures(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    today = tx.now.date()
    here = Account(today, "here", 30, brought=("help", "smile"), words="Léo a réparé le vélo")
    write_down(tx, owner_id=amel.id, account=here)
    old = replace(here, day=today - timedelta(days=8), brought=("meeting",))
    write_down(tx, owner_id=amel.id, account=old)
    there = Account(today, "networks", 120, name="Facebook", brought=("smile",))
    write_down(tx, owner_id=amel.id, account=there)
    write_down(tx, owner_id=neighbour(tx, "bea").id, account=here)

    found = balance(tx, amel.id, days=30)

    assert (found.here.minutes, found.here.by_hour) == (60, 3.0)
    assert (found.networks.minutes, found.networks.by_hour) == (120, 0.5)
    assert [(week.here, week.networks) for week in found.weeks][-2:] == [(30, 0), (30, 120)]
    assert len(found.entries) == 3 and len(found.weeks) == 5
    assert LISTS["bilan"](tx, amel.id)[1] in (
        [today.isoformat(), "here", "", "30", "help, smile", "Léo a réparé le vélo"],
        [today.isoformat(), "networks", "Facebook", "120", "smile", ""],
    )
    assert len(LISTS["bilan_counted"](tx, amel.id)) == 1 + 2 * len(found.figures)


@on_one_engine
async def test_a_line_that_makes_no_sense_is_refused(tx: Tx) -> None:
    amel, today = neighbour(tx, "amel"), tx.now.date()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("side", {"side": "work"}),
        ("day", {"day": today + timedelta(days=2)}),
        ("day", {"day": today - timedelta(days=400)}),
        ("minutes", {"minutes": 10_081}),
        ("minutes", {"minutes": -1}),
        ("minutes", {"minutes": 0}),
        ("brought", {"brought": ("gold",)}),
        ("name", {"name": "x" * 61}),
        ("words", {"words": "x" * 501}),
    ]
    for field, more in wrong:
        with pytest.raises(Invalid) as refused:
            account = replace(Account(today, "here", 10), **more)
            write_down(tx, owner_id=amel.id, account=account)
        assert field in refused.value.details, more

    assert balance(tx, amel.id, days=90).entries == []


@on_one_engine
async def test_lines_are_taken_back_one_by_one_or_all_and_by_their_owner_alone(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea", role="admin")
    account = Account(tx.now.date(), "here", 10)
    first, _, _ = (write_down(tx, owner_id=amel.id, account=account) for _ in range(3))
    write_down(tx, owner_id=bea.id, account=account)

    with pytest.raises(NotFound):
        strike_out(tx, owner_id=bea.id, id_=first.id)
    strike_out(tx, owner_id=amel.id, id_=first.id)
    assert len(balance(tx, amel.id, days=30).entries) == 2

    assert forget_balance(tx, owner_id=amel.id) == 2
    assert balance(tx, amel.id, days=30).entries == []
    assert len(balance(tx, bea.id, days=30).entries) == 1


@on_one_engine
async def test_whoever_leaves_for_good_leaves_no_balance_behind(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    write_down(tx, owner_id=amel.id, account=Account(tx.now.date(), "here", 10))

    leave_for_good(tx, who=amel)

    assert tx.session.get(Member, amel.id) is not None
    assert tx.connection.scalar(select(func.count(BilanEntry.id))) == 0
