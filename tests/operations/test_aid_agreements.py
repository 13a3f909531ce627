"""With whom an offer is under way, and that both say it is done: among those who live here."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.operations.agreeing import agree, decline, say_done, step_back
from microfed.operations.aid import answer_aid, edit_aid, publish_aid, put_off, set_state, terms_of
from microfed.operations.aid_rows import Terms
from microfed.queries.aid import aid_of, state_of
from microfed.queries.aid_agreements import answerers, own_agreement
from microfed.queries.bilan import counted
from microfed.store.aid import Aid, AidAgreement
from microfed.store.database import Database, Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.store.queues import Delivery, Notification
from microfed.vocab.audience import Audience
from tests.people import neighbour

DRILL = Terms("offer", "loan", "Perceuse à prêter", "Avec ses mèches.", "Belleville")


@pytest.fixture
def leo(tx: Tx) -> Actor:
    return neighbour(tx, "leo")


@pytest.fixture
def amel(tx: Tx) -> Actor:
    return neighbour(tx, "amel")


@pytest.fixture
def drill(tx: Tx, leo: Actor) -> Post:
    return publish_aid(tx, author=leo, terms=DRILL, audience=Audience.PUBLIC)


def told(tx: Tx, of: Actor) -> list[str]:
    asked = select(Notification.kind).where(Notification.owner_id == of.id)
    return [kind for kind in tx.session.scalars(asked.order_by(Notification.id)) if "aid" in kind]


def standing(tx: Tx, post: Post, who: Actor) -> tuple[str, str]:
    aid, bond = aid_of(tx, post.id), own_agreement(tx, post.id, who.id)
    assert aid is not None and bond is not None
    return aid.state, bond.state


async def test_it_is_under_way_with_whom_its_author_picks_and_done_when_both_say_so(
    tx: Tx, leo: Actor, amel: Actor, drill: Post
) -> None:
    answer = answer_aid(tx, author=amel, post=drill, words="Samedi ?")
    assert standing(tx, drill, amel) == ("open", "proposed")
    marc = neighbour(tx, "marc")
    answer_aid(tx, author=marc, post=drill, words="Sinon moi !")
    first, second = answerers(tx, drill)
    assert (first.person.username, first.talk) == ("amel", answer.id)
    assert (second.person.username, second.state) == ("marc", "proposed")

    agree(tx, author=leo, post=drill, person_id=amel.id)
    assert standing(tx, drill, amel) == ("under_way", "accepted")
    assert told(tx, amel) == ["aid_agreed"]

    say_done(tx, person=amel, post=drill)
    assert standing(tx, drill, amel) == ("under_way", "accepted")
    assert told(tx, leo) == ["aid_done"]
    set_state(tx, author=leo, post=drill, state="done")

    assert standing(tx, drill, amel) == ("done", "done")
    since = tx.now - timedelta(days=30)
    helped = [counted(tx, who.id, since=since)["helped"].total for who in (leo, amel, marc)]
    assert helped == [1, 1, 0]


async def test_saying_yes_or_done_twice_changes_nothing(
    tx: Tx, leo: Actor, amel: Actor, drill: Post
) -> None:
    answer_aid(tx, author=amel, post=drill, words="Samedi ?")
    answer_aid(tx, author=amel, post=drill, words="Ou dimanche ?")
    for _ in range(2):
        agree(tx, author=leo, post=drill, person_id=amel.id)
    answer_aid(tx, author=amel, post=drill, words="Merci !")
    for _ in range(2):
        say_done(tx, person=amel, post=drill)
        set_state(tx, author=leo, post=drill, state="done")

    assert standing(tx, drill, amel) == ("done", "done")
    assert len(tx.session.scalars(select(AidAgreement)).all()) == 1
    assert told(tx, amel) == ["aid_agreed"]
    # All of it stayed in the house.
    assert tx.session.scalars(select(Delivery)).all() == []


async def test_only_its_author_agrees_and_only_with_who_answered(
    tx: Tx, leo: Actor, amel: Actor, drill: Post
) -> None:
    marc = neighbour(tx, "marc")
    answer_aid(tx, author=amel, post=drill, words="Samedi ?")

    with pytest.raises(Forbidden):
        agree(tx, author=amel, post=drill, person_id=amel.id)
    for nobody in (marc.id, leo.id, 7):
        with pytest.raises(NotFound):
            agree(tx, author=leo, post=drill, person_id=nobody)
    with pytest.raises(Forbidden):
        say_done(tx, person=amel, post=drill)  # nothing was agreed on yet
    with pytest.raises(NotFound):
        step_back(tx, person=marc, post=drill)
    assert standing(tx, drill, amel) == ("open", "proposed")


async def test_who_steps_back_or_is_not_wanted_leaves_it_open(
    tx: Tx, leo: Actor, amel: Actor, drill: Post
) -> None:
    answer_aid(tx, author=amel, post=drill, words="Samedi ?")
    agree(tx, author=leo, post=drill, person_id=amel.id)

    step_back(tx, person=amel, post=drill)

    assert standing(tx, drill, amel) == ("open", "withdrawn")
    assert told(tx, leo) == ["aid_off"]
    with pytest.raises(Invalid, match="stepped back"):
        agree(tx, author=leo, post=drill, person_id=amel.id)
    answer_aid(tx, author=amel, post=drill, words="Finalement si !")
    agree(tx, author=leo, post=drill, person_id=amel.id)
    decline(tx, author=leo, post=drill, person_id=amel.id)
    assert standing(tx, drill, amel) == ("open", "refused")
    assert told(tx, amel) == ["aid_agreed", "aid_off"]


async def test_of_two_under_way_one_may_step_back(tx: Tx, leo: Actor, drill: Post) -> None:
    both = [neighbour(tx, name) for name in ("amel", "marc")]
    for one in both:
        answer_aid(tx, author=one, post=drill, words="Moi !")
        agree(tx, author=leo, post=drill, person_id=one.id)

    step_back(tx, person=both[0], post=drill)
    assert standing(tx, drill, both[1]) == ("under_way", "accepted")

    set_state(tx, author=leo, post=drill, state="open")  # it came to nothing with the other too
    assert standing(tx, drill, both[1]) == ("open", "refused")


async def test_what_is_over_is_agreed_on_by_nobody(
    tx: Tx, leo: Actor, amel: Actor, drill: Post
) -> None:
    answer_aid(tx, author=amel, post=drill, words="Samedi ?")
    tx.session.get_one(Aid, drill.id).expires_at = tx.now

    with pytest.raises(Invalid, match="over"):
        agree(tx, author=leo, post=drill, person_id=amel.id)

    assert standing(tx, drill, amel) == ("open", "proposed")
    assert state_of(tx.session.get_one(Aid, drill.id), tx.now) == "expired"


async def test_it_is_put_off_by_a_month_for_a_year_at_most(tx: Tx, leo: Actor, drill: Post) -> None:
    aid = tx.session.get_one(Aid, drill.id)
    first = aid.expires_at
    put_off(tx, author=leo, post=drill)
    assert aid.expires_at == first + timedelta(days=30) and aid.until is None

    for _ in range(10):
        put_off(tx, author=leo, post=drill)
    with pytest.raises(Invalid):
        put_off(tx, author=leo, post=drill)
    aid.state, aid.expires_at = "expired", tx.now
    put_off(tx, author=leo, post=drill)
    assert (aid.state, aid.expires_at) == ("open", tx.now + timedelta(days=30))
    set_state(tx, author=leo, post=drill, state="done")
    with pytest.raises(Invalid):
        put_off(tx, author=leo, post=drill)
    with pytest.raises(Forbidden):
        put_off(tx, author=neighbour(tx, "marc"), post=drill)


async def test_others_cannot_say_it_better(tx: Tx, drill: Post) -> None:
    aid = tx.session.get_one(Aid, drill.id)

    with pytest.raises(Forbidden):
        edit_aid(tx, author=neighbour(tx, "marc"), post=drill, terms=terms_of(aid))


def test_of_a_yes_and_a_step_back_at_once_both_are_heard(db: Database) -> None:
    with db.writing() as tx:
        leo, amel = neighbour(tx, "leo"), neighbour(tx, "amel")
        ids = publish_aid(tx, author=leo, terms=DRILL, audience=Audience.PUBLIC).id, leo.id, amel.id

    def does(deed: str) -> None:
        with suppress(Invalid), db.writing() as tx:
            post = tx.session.get_one(Post, ids[0])
            one, other = tx.session.get_one(Actor, ids[1]), tx.session.get_one(Actor, ids[2])
            if deed == "answer":
                answer_aid(tx, author=other, post=post, words="Samedi ?")
            elif deed == "agree":
                agree(tx, author=one, post=post, person_id=other.id)
            else:
                step_back(tx, person=other, post=post)

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            does("answer")
            deeds = [pool.submit(partial(does, deed)) for deed in ("agree", "step_back") * 2]
            for deed in deeds:
                deed.result()  # whoever came second waited, and nothing broke

    with db.reading() as tx:
        rows = tx.session.scalars(select(AidAgreement)).all()
        assert [row.state for row in rows] == ["withdrawn"]
        assert tx.session.get_one(Aid, ids[0]).state == "open"
