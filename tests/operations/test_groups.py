"""Groups: who joins, who speaks, and who reads it, on both databases."""

import pytest
from sqlalchemy import select

from microfed.errors import Conflict, Forbidden, Invalid, NotFound
from microfed.operations.farewells import leave_for_good
from microfed.operations.follow_rows import find_follow
from microfed.operations.follows import request_follow, unfollow
from microfed.operations.group_care import let_in, turn_away
from microfed.operations.groups import Terms, invite, make_group
from microfed.operations.place import choose_group_makers
from microfed.operations.posts import edit_post, write_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.outbound.home import HomeEntry
from microfed.queries.arrivals import arrivals
from microfed.queries.groups import is_moderator, said_in_group, standing
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience
from tests.people import deliveries, neighbour, notifications, stranger


def home(tx: Tx, of: Actor) -> list[str]:
    """What stands in a neighbour's home, each as often as it stands there."""
    tx.flush()
    ids = tx.connection.scalars(select(HomeEntry.post_id).where(HomeEntry.owner_id == of.id))
    posts = [tx.session.get_one(Post, id_) for id_ in ids.all()]
    shown = [tx.session.get_one(Post, post.boost_of_id or post.id) for post in posts]
    return sorted(post.source or "" for post in shown)


def choir(tx: Tx, founder: Actor, mode: str = "open") -> Actor:
    return make_group(tx, founder=founder, name="chorale", terms=Terms("La chorale", mode=mode))


def test_who_makes_a_group_is_in_it_and_looks_after_it(tx: Tx) -> None:
    ada = neighbour(tx, "ada")

    group = choir(tx, ada)

    assert (group.kind, group.uri) == ("Group", "https://here.test/users/chorale")
    known = standing(tx, group_id=group.id, actor_id=ada.id)
    assert known.is_member and known.is_moderator
    assert group.followers_count == 1
    assert deliveries(tx) == []


def test_what_a_group_cannot_be_called(tx: Tx) -> None:
    ada = neighbour(tx, "ada")

    for name, terms, field in (
        ("cho rale", Terms("x"), "name"),
        ("", Terms("x"), "name"),
        ("admin", Terms("x"), "name"),
        ("chorale", Terms("  "), "title"),
        ("chorale", Terms("x" * 61), "title"),
        ("chorale", Terms("x", about="x" * 1001), "about"),
        ("chorale", Terms("x", mode="secret"), "mode"),
    ):
        with pytest.raises(Invalid) as refused:
            make_group(tx, founder=ada, name=name, terms=terms)
        assert field in refused.value.details
    with pytest.raises(Conflict):
        make_group(tx, founder=ada, name="Ada", terms=Terms("Ada"))


def test_an_admin_decides_who_makes_groups(tx: Tx) -> None:
    ada, boss = neighbour(tx, "ada"), neighbour(tx, "boss", role="admin")
    choose_group_makers(tx, by=boss, makers="organisers")

    with pytest.raises(Forbidden):
        choir(tx, ada)
    assert choir(tx, boss).username == "chorale"


def test_members_read_what_is_said_in_the_group_once(tx: Tx) -> None:
    ada, bea, eva = (neighbour(tx, name) for name in ("ada", "bea", "eva"))
    group = choir(tx, ada)
    for one in (bea, eva):
        request_follow(tx, follower=one, target=group)
    request_follow(tx, follower=eva, target=ada)  # who reads Ada anyway

    post = write_post(tx, author=ada, draft=Draft("Répétition à 20 h", group=group))

    assert Audience(post.audience) is Audience.PUBLIC
    assert said_in_group(tx, None, group.id, limit=9) == [post.id]
    assert [home(tx, one) for one in (ada, bea, eva)] == [["Répétition à 20 h"]] * 3
    assert notifications(tx, of=ada)[-1] == ("follow", "eva")  # nobody tells Ada of the group


def test_naming_the_group_is_speaking_in_it_for_its_members_alone(tx: Tx) -> None:
    ada, bea = neighbour(tx, "ada"), neighbour(tx, "bea")
    group = choir(tx, ada)

    write_post(tx, author=bea, draft=Draft("@chorale bonjour"))
    assert said_in_group(tx, None, group.id, limit=9) == []

    request_follow(tx, follower=bea, target=group)
    post = write_post(tx, author=bea, draft=Draft("@chorale me voilà"))
    assert said_in_group(tx, None, group.id, limit=9) == [post.id]
    with pytest.raises(Forbidden):
        write_post(tx, author=neighbour(tx, "zoe"), draft=Draft("moi", group=group))


def test_what_is_not_for_everyone_is_not_passed_on(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    group = choir(tx, ada)

    for audience in (Audience.FOLLOWERS, Audience.LOCAL, Audience.PEOPLE, Audience.RING):
        write_post(tx, author=ada, draft=Draft("@chorale psst", audience=audience))

    assert said_in_group(tx, Viewer(ada.id), group.id, limit=9) == []


def test_servers_hear_both_forms_and_of_what_becomes_of_it(tx: Tx) -> None:
    ada, bob = neighbour(tx, "ada"), stranger(tx, "bob@south.test")
    group = choir(tx, ada)
    request_follow(tx, follower=bob, target=group, uri="https://south.test/f/1")
    before = len(deliveries(tx))

    post = write_post(tx, author=ada, draft=Draft("Un", group=group))
    shared = "https://south.test/inbox"
    # Bob does not follow Ada: he hears of it by the group, in two ways.
    assert deliveries(tx)[before:] == [("Announce", shared)] * 2
    before = len(deliveries(tx))

    edit_post(tx, author=ada, post=post, draft=Draft("Deux"))
    assert deliveries(tx)[before:] == [("Update", shared), ("Announce", shared)]

    delete_post(tx, author=ada, post=post)  # which makes the Update moot
    last = [("Undo", shared), ("Announce", shared), ("Delete", shared)]
    assert deliveries(tx)[before + 1 :] == last


def test_answers_are_passed_on_and_stand_in_nobodys_home(tx: Tx) -> None:
    ada, bea, eva = (neighbour(tx, name) for name in ("ada", "bea", "eva"))
    group = choir(tx, ada)
    for one in (bea, eva):
        request_follow(tx, follower=one, target=group)
    post = write_post(tx, author=ada, draft=Draft("Qui vient ?", group=group))

    answer = write_post(tx, author=bea, draft=Draft("Moi", in_reply_to=post))

    assert answer.group_id == group.id
    assert home(tx, eva) == ["Qui vient ?"]
    passed = select(Post.id).where(Post.boost_of_id == answer.id, Post.actor_id == group.id)
    assert tx.connection.scalar(passed) is not None


def test_a_look_at_the_door(tx: Tx) -> None:
    ada, bea, eva = (neighbour(tx, name) for name in ("ada", "bea", "eva"))
    group = choir(tx, ada, "approval")

    asked = request_follow(tx, follower=bea, target=group)
    assert asked is not None and asked.accepted_at is None
    assert notifications(tx, of=ada) == [("group_request", "bea")]
    with pytest.raises(Forbidden):
        let_in(tx, group=group, by=eva, who=bea)
    let_in(tx, group=group, by=ada, who=bea)
    assert standing(tx, group_id=group.id, actor_id=bea.id).is_member

    request_follow(tx, follower=eva, target=group)
    turn_away(tx, group=group, by=ada, who=eva)
    assert find_follow(tx, follower=eva, target=group) is None
    invite(tx, actor=group, by=ada, person=eva)
    request_follow(tx, follower=eva, target=group)
    assert standing(tx, group_id=group.id, actor_id=eva.id).is_member


def test_the_last_one_who_looks_after_it_leaves_the_keys_behind(tx: Tx) -> None:
    ada, bea = neighbour(tx, "ada"), neighbour(tx, "bea")
    group = choir(tx, ada)
    request_follow(tx, follower=bea, target=group)

    unfollow(tx, follower=ada, target=group)

    assert is_moderator(tx, group_id=group.id, actor_id=bea.id)
    assert not is_moderator(tx, group_id=group.id, actor_id=ada.id)
    assert ("group_care", "ada") in notifications(tx, of=bea)


def test_two_groups_that_name_each_other_do_not_answer_each_other(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    one = choir(tx, ada)
    other = make_group(tx, founder=ada, name="jardin", terms=Terms("Le jardin"))
    request_follow(tx, follower=one, target=other)
    request_follow(tx, follower=other, target=one)

    post = write_post(tx, author=ada, draft=Draft("@chorale @jardin bonjour"))

    passed = select(Post.actor_id).where(Post.boost_of_id == post.id)
    assert sorted(tx.connection.scalars(passed)) == sorted([one.id, other.id])


def test_a_private_group_does_not_exist_for_others(tx: Tx) -> None:
    ada, bea, eva = (neighbour(tx, name) for name in ("ada", "bea", "eva"))
    group = choir(tx, ada, "private")

    with pytest.raises(NotFound):
        request_follow(tx, follower=bea, target=group)
    with pytest.raises(NotFound):
        write_post(tx, author=bea, draft=Draft("moi aussi", group=group))
    named = write_post(tx, author=bea, draft=Draft("@chorale existe ?"))
    assert "href" not in named.content

    invite(tx, actor=group, by=ada, person=eva)
    assert notifications(tx, of=eva) == [("group_invitation", "ada")]
    request_follow(tx, follower=eva, target=group)
    said = write_post(tx, author=ada, draft=Draft("@chorale entre nous, @bea et @eva"))
    assert (Audience(said.audience), said.group_id) == (Audience.GROUP, group.id)
    assert notifications(tx, of=eva)[-1] == ("mention", "ada")
    assert notifications(tx, of=bea) == []
    assert (home(tx, eva), home(tx, bea)) == ([said.source], [named.source])
    assert (eva.following_count, ada.following_count) == (0, 0)


def test_open_streams_bring_private_words_to_members_alone(tx: Tx) -> None:
    ada, bea, eva = (neighbour(tx, name) for name in ("ada", "bea", "eva"))
    group = choir(tx, ada, "private")
    invite(tx, actor=group, by=ada, person=eva)
    request_follow(tx, follower=eva, target=group)
    request_follow(tx, follower=bea, target=ada)  # who reads Ada anyway
    said = write_post(tx, author=ada, draft=Draft("entre nous #secret @bea", group=group))

    arrived = arrivals(tx, {said.id}, {ada.id, bea.id, eva.id})[said.id]

    assert set(arrived.lookers) == {ada.id, eva.id}
    assert not (arrived.is_open or arrived.is_public or arrived.is_near or arrived.is_listed)
    assert notifications(tx, of=bea) == []
    ids = {ada.id, bea.id, eva.id}
    unfollow(tx, follower=eva, target=group)
    assert set(arrivals(tx, {said.id}, ids)[said.id].lookers) == {ada.id}


def test_whoever_leaves_the_place_leaves_the_keys_behind(tx: Tx) -> None:
    ada, bea = neighbour(tx, "ada"), neighbour(tx, "bea")
    group = choir(tx, ada)
    request_follow(tx, follower=bea, target=group)

    leave_for_good(tx, who=ada)

    assert is_moderator(tx, group_id=group.id, actor_id=bea.id)


def test_an_answer_to_a_few_is_never_made_wider_by_a_group(tx: Tx) -> None:
    ada, bea = neighbour(tx, "ada"), neighbour(tx, "bea")
    group, secret = choir(tx, ada), "secret"
    make_group(tx, founder=ada, name=secret, terms=Terms("Le secret", mode="private"))
    request_follow(tx, follower=ada, target=bea)
    asked = write_post(tx, author=bea, draft=Draft("psst", audience=Audience.FOLLOWERS))

    answer = write_post(tx, author=ada, draft=Draft("oui @secret", in_reply_to=asked, group=group))
    direct = Draft("@bea au sujet de @secret", audience=Audience.PEOPLE)

    assert (Audience(answer.audience), answer.group_id) == (Audience.FOLLOWERS, None)
    assert write_post(tx, author=ada, draft=direct).group_id is None
