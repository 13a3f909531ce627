"""What a post says from now on is for those who may read it still."""

from datetime import timedelta

from sqlalchemy import delete

from microfed.ids import id_at
from microfed.operations.blocks import block
from microfed.operations.event_answers import event_was_answered
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.posts import edit_post, write_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post, whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor, Follow
from microfed.store.posts import Like, Post
from microfed.store.queues import Delivery
from microfed.vocab.audience import Audience
from tests.people import deliveries, neighbour, stranger


def follows(tx: Tx, name: str, amel: Actor) -> Actor:
    """Somebody on a server of their own follows Amel."""
    who = stranger(tx, f"{name}@{name}.test")
    tx.session.add(
        Follow(uri=f"{who.uri}#f", follower_id=who.id, target_id=amel.id, accepted_at=tx.now)
    )
    tx.flush()
    return who


def likes(tx: Tx, who: Actor, post: Post) -> None:
    tx.session.add(Like(id=id_at(tx.now), uri=f"{who.uri}#l", actor_id=who.id, post_id=post.id))
    tx.flush()


def sent(tx: Tx, kind: str) -> list[str]:
    """To which servers something of that kind goes; what went before is forgotten."""
    found = sorted(inbox.split("/")[2] for name, inbox in deliveries(tx) if name == kind)
    tx.connection.execute(delete(Delivery))
    return found


async def test_new_words_reach_neither_who_follows_no_more_nor_who_was_shut_out(tx: Tx) -> None:
    # Given a date for followers that three like and one comes to; then one stays a follower
    amel = neighbour(tx, "amel")
    noe, eva, max_, jo = (follows(tx, name, amel) for name in ("noe", "eva", "max", "jo"))
    plan = Plan("Repas", tx.now + timedelta(days=2), place="chez Amel")
    post = publish_event(tx, author=amel, plan=plan, audience=Audience.FOLLOWERS)
    for who in (noe, eva, max_):
        likes(tx, who, post)
    event_was_answered(tx, by=jo, post=post, wish="going", way="word")
    assert sent(tx, "Create") == ["eva.test", "jo.test", "max.test", "noe.test"]
    tx.connection.execute(delete(Follow).where(Follow.follower_id.in_((eva.id, jo.id))))
    block(tx, blocker=amel, blocked=max_)

    # When it is said better: only who may read it hears it, and who comes
    edit_post(tx, author=amel, post=post, draft=Draft("Repas, au 12", kind="event"))
    assert sent(tx, "Update") == ["jo.test", "noe.test"]

    # And that it is taken back, all are told who had it
    delete_post(tx, author=amel, post=post)
    assert sent(tx, "Delete") == ["eva.test", "jo.test", "max.test", "noe.test"]


async def test_who_was_named_in_private_and_then_shut_out_hears_no_more_of_it(tx: Tx) -> None:
    amel, noe, max_ = (
        neighbour(tx, "amel"),
        *(stranger(tx, f"{n}@{n}.test") for n in ("noe", "max")),
    )
    plan = Plan("Repas", tx.now + timedelta(days=2), words="@noe@noe.test @max@max.test")
    post = publish_event(tx, author=amel, plan=plan, audience=Audience.PEOPLE)
    for who in (noe, max_):
        likes(tx, who, post)
    block(tx, blocker=amel, blocked=max_)
    sent(tx, "Create")

    draft = Draft("Au 12 @noe@noe.test @max@max.test", kind="event")
    edit_post(tx, author=amel, post=post, draft=draft)

    assert sent(tx, "Update") == ["noe.test"]


async def test_who_was_spoken_to_reads_the_correction_though_it_names_them_no_more(tx: Tx) -> None:
    amel, leo = neighbour(tx, "amel"), neighbour(tx, "leo")
    noe = stranger(tx, "noe@noe.test")
    draft = Draft("@leo @noe@noe.test à huit heures", audience=Audience.PEOPLE)
    post = write_post(tx, author=amel, draft=draft)
    assert sent(tx, "Create") == ["noe.test"]

    edit_post(tx, author=amel, post=post, draft=Draft("À neuf heures"))

    assert sent(tx, "Update") == ["noe.test"]
    assert need_visible_post(tx, Viewer(leo.id), id_=post.id).source == "À neuf heures"
    assert [one.is_silent for one in whole_post(tx, post).named] == [True, True]
    edit_post(tx, author=amel, post=post, draft=Draft("@leo à neuf heures"))
    silent = {one.uri: one.is_silent for one in whole_post(tx, post).named}
    assert silent == {leo.uri: False, noe.uri: True}


async def test_whom_a_public_correction_names_no_more_is_not_addressed(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    stranger(tx, "noe@noe.test")
    draft = Draft("@noe@noe.test à huit heures", audience=Audience.PUBLIC)
    post = write_post(tx, author=amel, draft=draft)

    edit_post(tx, author=amel, post=post, draft=Draft("À neuf heures"))

    assert not whole_post(tx, post).named
