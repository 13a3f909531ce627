"""Guests when something or somebody goes: an event is taken away, its organiser leaves or is shut
out, a guest is blocked, shut out or moves house."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from microfed.operations.blocks import block
from microfed.operations.domains import rule_domain
from microfed.operations.elsewhere_gone import post_is_gone
from microfed.operations.event_answers import answer_event, event_was_answered
from microfed.operations.event_guests import ask_guest
from microfed.operations.event_reminders import remind
from microfed.operations.event_telling import (
    say_that_it_is_off,
    write_to_people_elsewhere,
)
from microfed.operations.events import cancel_event, edit_event, free_places
from microfed.operations.farewells import leave_for_good
from microfed.operations.handling import remove_posts
from microfed.operations.moderation import act
from microfed.operations.moves import person_moved
from microfed.operations.people import person_is_gone
from microfed.operations.taking_back import delete_post
from microfed.queries.events import agenda, fed_publicly, fed_to
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.letters import Mail
from microfed.store.people import Actor
from microfed.store.posts import Mention, Post
from microfed.store.queues import Activity, Job
from tests.operations.test_events import cafe, kept, planned, told
from tests.people import neighbour, stranger


def states(tx: Tx) -> dict[str, str]:
    """Who answered, and how it stands."""
    tx.flush()
    rows = tx.connection.execute(
        select(Actor.username, EventAnswer.state).join(Actor, Actor.id == EventAnswer.actor_id)
    )
    return {row.username: row.state for row in rows}


def comes(tx: Tx, who: Actor, post: Post, way: str = "join") -> None:
    """Somebody elsewhere says yes."""
    uri = f"{who.uri}/joins/{post.id}"
    event_was_answered(tx, by=who, post=post, wish="going", way=way, uri=uri)


def do_jobs(tx: Tx) -> None:
    """Do what guests are told by, and what fills places."""
    deeds: dict[str, Callable[..., Any]] = {
        "event_is_off": lambda **given: say_that_it_is_off(tx, given),
        "tell_elsewhere": lambda **given: write_to_people_elsewhere(tx, **given),
        "free_places": lambda post_id: free_places(tx, post_id),
    }
    tx.flush()
    for job in tx.session.scalars(select(Job).where(Job.kind.in_(deeds))).all():
        tx.session.delete(job)
        deeds[job.kind](**job.arguments)
    tx.flush()


def heard(tx: Tx, who: Actor) -> list[str]:
    """What was said to somebody in private, newest last."""
    asked = (
        select(Post.content)
        .join(Mention, Mention.post_id == Post.id)
        .where(Mention.actor_id == who.id, Post.audience == "people")
    )
    return list(tx.connection.scalars(asked.order_by(Post.id)))


def feast(tx: Tx) -> tuple[Post, dict[str, Actor]]:
    """Amel plans something; people of every kind come, and one waits."""
    people = {name: neighbour(tx, name) for name in ("amel", "bea", "leo")}
    people |= {name: stranger(tx, f"{name}@south.test") for name in ("moby", "mastoid", "friend")}
    post = planned(tx, people["amel"], capacity=4, takes_mail=True)
    answer_event(tx, actor=people["bea"], post=post, wish="going")
    for name, way in (("moby", "join"), ("mastoid", "poll"), ("friend", "word")):
        comes(tx, people[name], post, way)
    answer_event(tx, actor=people["leo"], post=post, wish="going")
    ask_guest(tx, post=post, name="Zoé", address="zoe@mail.test", language="fr")
    tx.session.scalars(select(EventAnswer).where(EventAnswer.name == "Zoé")).one().state = "waiting"
    assert states(tx)["leo"] == "waiting"
    return post, people


def by_its_author(tx: Tx, post: Post, people: dict[str, Actor]) -> None:
    delete_post(tx, author=people["amel"], post=post)


def by_a_keeper(tx: Tx, post: Post, people: dict[str, Actor]) -> None:
    remove_posts(tx, by=None, posts=[post])


def by_leaving(tx: Tx, post: Post, people: dict[str, Actor]) -> None:
    leave_for_good(tx, who=people["amel"])


def by_shutting_out(tx: Tx, post: Post, people: dict[str, Actor]) -> None:
    act(tx, by=None, target=people["amel"], action="suspend")


@pytest.mark.parametrize("goes", [by_its_author, by_a_keeper, by_leaving, by_shutting_out])
async def test_whoever_would_have_come_is_told_that_it_is_gone(
    tx: Tx, goes: Callable[[Tx, Post, dict[str, Actor]], None]
) -> None:
    post, people = feast(tx)
    id_, starts = post.id, int(kept(tx, post).starts_at.timestamp())
    before = {said for who in people.values() for said in heard(tx, who)}

    goes(tx, post, people)
    do_jobs(tx)

    for name in ("bea", "leo", "moby", "mastoid", "friend"):
        (news,) = [said for said in heard(tx, people[name]) if said not in before]
        assert "Repair café" in news and ("Called off" in news or "Annulé" in news), name
    assert heard(tx, people["amel"]) == []
    subjects = list(tx.connection.scalars(select(Mail.subject).where(Mail.kind == "event_off")))
    assert len(subjects) == 1 and "Repair café" in subjects[0]
    assert "mention" in told(tx, people["bea"])
    assert (agenda(tx, None), fed_publicly(tx), fed_to(tx, people["bea"].id)) == ([], [], [])
    assert remind(tx, id_, starts=starts) == 0


async def test_who_is_shut_out_and_let_in_again_has_called_it_off_for_everyone(tx: Tx) -> None:
    post, people = feast(tx)
    act(tx, by=None, target=people["amel"], action="suspend")

    assert kept(tx, post).state == "cancelled"
    assert "Annulé" in post.content
    tx.flush()
    kinds = list(tx.connection.scalars(select(Activity.kind).order_by(Activity.id)))
    assert "Update" in kinds


async def test_what_was_called_off_or_is_over_is_taken_away_without_a_word(tx: Tx) -> None:
    post, people = feast(tx)
    cancel_event(tx, author=people["amel"], post=post)
    do_jobs(tx)
    mails = len(tx.session.scalars(select(Mail)).all())
    said = len(heard(tx, people["mastoid"]))

    delete_post(tx, author=people["amel"], post=post)
    do_jobs(tx)

    assert len(tx.session.scalars(select(Mail)).all()) == mails
    assert len(heard(tx, people["mastoid"])) == said
    assert "Annulé" in heard(tx, people["mastoid"])[-1]
    assert heard(tx, people["bea"]) == []  # her news says it


async def test_people_elsewhere_who_see_no_news_of_events_hear_of_changes_in_private(
    tx: Tx,
) -> None:
    post, people = feast(tx)

    edit_event(
        tx, author=people["amel"], post=post, plan=cafe(tx, place="Salle des fêtes", capacity=4)
    )
    do_jobs(tx)

    for name in ("mastoid", "friend"):
        assert "Salle des fêtes" in heard(tx, people[name])[-1]
    assert heard(tx, people["moby"]) == []  # reads it in the event itself


async def test_an_event_elsewhere_that_is_taken_away_is_told_to_neighbours(tx: Tx) -> None:
    for gone in ("post", "person", "keeper"):
        bob, bea = stranger(tx, f"bob@{gone}.test"), neighbour(tx, f"bea_{gone}")
        post = _elsewhere(tx, bob)
        answer_event(tx, actor=bea, post=post, wish="going")
        if gone == "post":
            post_is_gone(tx, by=bob, uri=post.uri)
        elif gone == "person":
            person_is_gone(tx, bob)
        else:
            remove_posts(tx, by=None, posts=[post])
        do_jobs(tx)

        assert "Bal" in heard(tx, bea)[-1], gone


def _elsewhere(tx: Tx, bob: Actor) -> Post:
    post = Post(
        id=planned(tx, neighbour(tx, f"n{bob.id}")).id + 1,
        uri=f"{bob.uri}/events/1",
        actor_id=bob.id,
        is_local=False,
        kind="event",
        audience="public",
        content="<p>Bal</p>",
        version=1,
    )
    tx.session.add(post)
    tx.flush()
    starts = cafe(tx).starts_at
    tx.session.add(
        Event(id=post.id, title="Bal", starts_at=starts, zone="UTC", join_mode="free", sequence=0)
    )
    tx.flush()
    return post


GONE: dict[str, Callable[[Tx, Actor, Actor], Any]] = {
    "blocked": lambda tx, amel, guest: block(tx, blocker=amel, blocked=guest),
    "blocks": lambda tx, amel, guest: block(tx, blocker=guest, blocked=amel),
    "suspended": lambda tx, amel, guest: act(tx, by=None, target=guest, action="suspend"),
    "left": lambda tx, amel, guest: (
        leave_for_good(tx, who=guest) if guest.is_local else person_is_gone(tx, guest)
    ),
}


@pytest.mark.parametrize("how", GONE)
@pytest.mark.parametrize("where", ["here", "elsewhere"])
async def test_the_place_of_a_guest_who_goes_is_the_next_ones(tx: Tx, how: str, where: str) -> None:
    amel, leo = neighbour(tx, "amel"), neighbour(tx, "leo")
    guest = neighbour(tx, "bea") if where == "here" else stranger(tx, "bea@south.test")
    post = planned(tx, amel, capacity=1)
    if guest.is_local:
        answer_event(tx, actor=guest, post=post, wish="going")
    else:
        comes(tx, guest, post)
    answer_event(tx, actor=leo, post=post, wish="going")
    assert states(tx) == {"bea": "going", "leo": "waiting"}

    GONE[how](tx, amel, guest)
    assert "bea" not in states(tx)
    do_jobs(tx)

    assert states(tx) == {"leo": "going"}
    assert "event" in told(tx, leo)
    kinds = list(tx.connection.scalars(select(Activity.kind)))
    assert ("Reject" in kinds) == (where == "elsewhere" and how != "left")


async def test_a_whole_server_that_is_shut_out_gives_its_places_back(tx: Tx) -> None:
    amel, leo = neighbour(tx, "amel"), neighbour(tx, "leo")
    post = planned(tx, amel, capacity=1)
    comes(tx, stranger(tx, "bea@south.test"), post)
    answer_event(tx, actor=leo, post=post, wish="going")

    rule_domain(tx, domain="south.test", action="block")
    do_jobs(tx)

    assert states(tx) == {"leo": "going"}


async def test_who_is_shut_out_by_their_own_server_gives_their_place_back(tx: Tx) -> None:
    amel, leo = neighbour(tx, "amel"), neighbour(tx, "leo")
    post = planned(tx, amel, capacity=1)
    comes(tx, stranger(tx, "bea@south.test"), post)
    answer_event(tx, actor=leo, post=post, wish="going")

    stranger(tx, "bea@south.test", suspended=True)
    do_jobs(tx)

    assert states(tx) == {"leo": "going"}


@pytest.mark.parametrize("answered_twice", [False, True])
async def test_who_moves_house_takes_their_one_place_along(tx: Tx, answered_twice: bool) -> None:
    amel, leo = neighbour(tx, "amel"), neighbour(tx, "leo")
    post = planned(tx, amel, capacity=2 if answered_twice else 1)
    old = stranger(tx, "bea@south.test")
    new = stranger(tx, "beatrice@east.test", alsoKnownAs=[old.uri])
    comes(tx, old, post)
    if answered_twice:
        comes(tx, new, post)
    answer_event(tx, actor=leo, post=post, wish="going")

    person_moved(tx, who=old, target_uri=new.uri)
    do_jobs(tx)

    expected = "going" if answered_twice else "waiting"
    assert states(tx) == {"beatrice": "going", "leo": expected}


async def test_a_neighbour_who_blocks_an_organiser_elsewhere_says_so_to_the_event(tx: Tx) -> None:
    bob, bea = stranger(tx, "bob@south.test"), neighbour(tx, "bea")
    answer_event(tx, actor=bea, post=_elsewhere(tx, bob), wish="going")

    block(tx, blocker=bea, blocked=bob)

    assert states(tx) == {}
    assert "Leave" in list(tx.connection.scalars(select(Activity.kind)))


async def test_whom_an_organiser_blocks_cannot_answer_anew(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), stranger(tx, "bea@south.test")
    post = planned(tx, amel, capacity=1)
    block(tx, blocker=amel, blocked=bea)
    comes(tx, bea, post)  # in the very moment: the door that asks who may see it comes before

    free_places(tx, post.id)

    assert states(tx) == {}
