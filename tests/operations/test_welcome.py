"""The first weeks of somebody new: a card, people to greet, and following the neighbourhood."""

from datetime import timedelta

import pytest

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.operations.blocks import block
from microfed.operations.farewells import leave_for_good
from microfed.operations.follow_rows import find_follow
from microfed.operations.invitations import invite, link_of, move_in_at_the_door
from microfed.operations.newcomers import approve
from microfed.operations.place import choose_registration
from microfed.operations.welcome import (
    drop_old_cards,
    follow_neighbourhood,
    greet,
    know_the_way,
    put_up_card,
    take_down_card,
)
from microfed.queries.welcome import cards_up, count_to_follow, people_to_greet, welcome_of
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.store.welcome import NewcomerCard
from tests.people import neighbour, notifications, stranger


def moved_in_long_ago(tx: Tx, who: Actor) -> None:
    tx.session.get_one(Member, who.id).approved_at = tx.now - timedelta(days=60)
    tx.flush()


def shown(tx: Tx, to: Actor) -> list[tuple[str, str]]:
    return [(card.person.username, card.words) for card in cards_up(tx, to.id)]


def days_left(tx: Tx, who: Actor) -> int:
    left = tx.session.get_one(NewcomerCard, who.id).until - tx.now
    return round(left / timedelta(days=1))


def test_a_card_hangs_for_two_weeks_where_its_owner_wished_for_it(tx: Tx) -> None:
    amel, leo = neighbour(tx, "amel"), neighbour(tx, "leo")
    assert shown(tx, amel) == []

    put_up_card(tx, member_id=leo.id, words="Rue Piat, je joue du violon.")
    put_up_card(tx, member_id=leo.id, words="Rue Piat, je joue de l’alto.")

    assert shown(tx, amel) == [("leo", "Rue Piat, je joue de l’alto.")]
    assert shown(tx, leo) == []
    assert days_left(tx, leo) == 14
    tx.session.get_one(NewcomerCard, leo.id).until = tx.now
    tx.flush()
    assert shown(tx, amel) == []
    assert drop_old_cards(tx) == 1


def test_a_card_can_be_taken_down_and_goes_with_whoever_goes(tx: Tx) -> None:
    amel, leo, bea = (neighbour(tx, name) for name in ("amel", "leo", "bea"))
    for one in (leo, bea):
        put_up_card(tx, member_id=one.id, words="Bonjour")

    take_down_card(tx, member_id=leo.id)
    take_down_card(tx, member_id=leo.id)
    leave_for_good(tx, who=bea)

    assert shown(tx, amel) == []
    assert tx.session.get(NewcomerCard, bea.id) is None


def test_who_lives_here_for_long_is_no_newcomer(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    moved_in_long_ago(tx, amel)

    with pytest.raises(Forbidden):
        put_up_card(tx, member_id=amel.id, words="Encore moi")

    assert welcome_of(tx, amel.id, {}) is None


def test_a_card_is_not_shown_between_two_of_whom_one_shut_the_other_out(tx: Tx) -> None:
    amel, leo, bea = (neighbour(tx, name) for name in ("amel", "leo", "bea"))
    put_up_card(tx, member_id=leo.id, words="Bonjour")

    block(tx, blocker=amel, blocked=leo)
    block(tx, blocker=leo, blocked=bea)

    assert shown(tx, amel) == shown(tx, bea) == []
    with pytest.raises(NotFound):
        greet(tx, author=bea, whom_id=leo.id, words="Bonjour")


def test_the_card_wished_for_at_the_door_hangs_from_the_day_one_is_let_in(tx: Tx) -> None:
    amel, keeper = neighbour(tx, "amel"), neighbour(tx, "keeper", role="admin")
    choose_registration(tx, by=None, mode="approval")
    made = invite(tx, inviter_id=amel.id, who_may="members")
    id_, waits = move_in_at_the_door(
        tx,
        token=link_of(tx, made)[-24:],
        name="leo",
        display_name="Léo",
        email="",
        password_hash="x",
        language="fr",
        reason="Rue Piat",
        wants_card=True,
    )
    assert waits and shown(tx, amel) == []
    tx.session.get_one(NewcomerCard, id_).until = tx.now + timedelta(days=1)
    tx.flush()

    approve(tx, by=keeper, target=tx.session.get_one(Actor, id_))

    tx.session.expire_all()
    assert shown(tx, amel) == [("leo", "Rue Piat")]
    assert days_left(tx, tx.session.get_one(Actor, id_)) == 14
    assert people_to_greet(tx, id_) == [(amel.id, "sponsor"), (keeper.id, "caretaker")]


def test_five_people_to_greet_are_named_by_rule(tx: Tx) -> None:
    keepers = [neighbour(tx, f"keeper{n}", role="organiser") for n in range(4)]
    for name in ("quiet", "old"):
        neighbour(tx, name)
    newcomers = [neighbour(tx, f"new{n}") for n in range(2)]
    for one in newcomers:
        put_up_card(tx, member_id=one.id, words="")
    leo = neighbour(tx, "leo")

    # Two who look after the place, then who is new too, the newest first, then more of the former
    named = [keepers[0], keepers[1], newcomers[1], newcomers[0], keepers[2]]
    assert [id_ for id_, _ in people_to_greet(tx, leo.id)] == [one.id for one in named]

    # Whom one has written to needs no greeting
    post = greet(tx, author=leo, whom_id=keepers[0].id, words="Bonjour !")
    assert [id_ for id_, _ in people_to_greet(tx, leo.id)][-1] == keepers[3].id
    assert keepers[0].id not in [id_ for id_, _ in people_to_greet(tx, leo.id)]
    assert notifications(tx, of=keepers[0]) == [("mention", "leo")]
    assert post.audience == "people"
    with pytest.raises(Invalid):
        greet(tx, author=leo, whom_id=keepers[1].id, words=" \n")


def test_one_click_follows_all_who_live_here_and_wish_to_be_found_and_a_second_nobody(
    tx: Tx,
) -> None:
    names = ("amel", "bea", "hidden", "blocked", "waiting", "locked")
    people = {name: neighbour(tx, name) for name in names}
    people["hidden"].is_discoverable = False
    people["locked"].is_locked = True
    tx.session.get_one(Member, people["waiting"].id).approved_at = None
    stranger(tx, "eva@north.test", discoverable=True)
    leo = neighbour(tx, "leo")
    block(tx, blocker=people["blocked"], blocked=leo)
    tx.flush()
    assert count_to_follow(tx, leo.id) == 3

    assert follow_neighbourhood(tx, follower=leo) == 3
    assert follow_neighbourhood(tx, follower=leo) == 0

    follows = {
        name: find_follow(tx, follower=leo, target=target) for name, target in people.items()
    }
    stands = {name for name, one in follows.items() if one and one.accepted_at is not None}
    assert stands == {"amel", "bea"}
    assert follows["locked"] is not None  # who must be asked is asked
    assert notifications(tx, of=people["amel"]) == [("follow", "leo")]
    assert notifications(tx, of=people["locked"]) == [("follow_request", "leo")]


def test_who_knows_the_way_is_greeted_no_longer(tx: Tx) -> None:
    amel, leo = neighbour(tx, "amel", role="admin"), neighbour(tx, "leo")
    member = tx.session.get_one(Member, leo.id)
    first = welcome_of(tx, leo.id, member.preferences)
    assert first is not None and [one.person.id for one in first.greet] == [amel.id]
    assert (first.my_card, first.to_follow) == (None, 1)

    know_the_way(tx, member_id=leo.id)

    assert welcome_of(tx, leo.id, member.preferences) is None
