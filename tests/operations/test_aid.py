"""Mutual aid: offers and needs, from the first word to the last."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from microfed.errors import Forbidden, Invalid
from microfed.operations.aid import answer_aid, edit_aid, expire_aid, publish_aid, set_state
from microfed.operations.aid_rows import Terms, remember_aid
from microfed.outbound.render_activities import create
from microfed.queries.aid import Wanted, aid_of, board
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import whole_post
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.posts import Post
from microfed.store.queues import Job
from microfed.vocab.aid import read_proposal
from microfed.vocab.audience import Audience
from tests.people import neighbour

DRILL = Terms("offer", "loan", "Perceuse à prêter", "Avec ses mèches.", "Belleville")


def titles(tx: Tx, viewer: Viewer | None, wanted: Wanted | None = None) -> list[str]:
    return [aid.title for _, aid in board(tx, viewer, wanted or Wanted())]


async def test_an_offer_stands_on_the_board_and_says_itself_in_words(tx: Tx) -> None:
    amel = neighbour(tx, "amel")

    post = publish_aid(tx, author=amel, terms=DRILL, audience=Audience.PUBLIC)

    assert titles(tx, None) == ["Perceuse à prêter"]
    assert "Je propose : Perceuse à prêter (prêt)" in post.content
    said = create(tx.here, whole_post(tx, post))["object"]
    assert said["content"].count(f'href="https://here.test/entraide/{post.id}"') == 1
    assert f'href="{post.url}"' not in said["content"]  # one link is enough
    assert [tag["name"] for tag in said["tag"]] == ["#Entraide"]
    read = read_proposal(said)
    assert read is not None
    assert (read.kind, read.category, read.title, read.place, read.state) == (
        *("offer", "loan", "Perceuse à prêter", "Belleville"),
        "open",
    )


async def test_a_post_without_an_offer_says_nothing_of_mutual_aid(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    post = publish_aid(tx, author=amel, terms=DRILL, audience=Audience.PUBLIC)
    answer = answer_aid(tx, author=neighbour(tx, "marc"), post=post, words="J’en ai besoin")

    said = create(tx.here, whole_post(tx, answer))

    assert "proposal" not in said["object"]
    assert "Proposal" not in str(said["@context"])


async def test_the_board_is_filtered_by_kind_category_state_and_words(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    publish_aid(tx, author=amel, terms=DRILL, audience=Audience.PUBLIC)
    french = Terms("need", "knowledge", "Cours de français", place="Ménilmontant")
    post = publish_aid(tx, author=amel, terms=french, audience=Audience.PUBLIC)
    set_state(tx, author=amel, post=post, state="under_way")

    assert titles(tx, None) == ["Cours de français", "Perceuse à prêter"]
    assert titles(tx, None, Wanted(kind="offer")) == ["Perceuse à prêter"]
    assert titles(tx, None, Wanted(category="knowledge")) == ["Cours de français"]
    assert titles(tx, None, Wanted(state="open")) == ["Perceuse à prêter"]
    assert titles(tx, None, Wanted(words="mèches belleville")) == ["Perceuse à prêter"]
    assert titles(tx, None, Wanted(words="100%")) == []
    assert titles(tx, None, Wanted(kind="'; DROP TABLE")) != []


async def test_what_is_for_the_place_is_seen_by_members_alone(tx: Tx) -> None:
    amel, marc = neighbour(tx, "amel"), neighbour(tx, "marc")

    publish_aid(tx, author=amel, terms=DRILL, audience=Audience.LOCAL)

    assert titles(tx, None) == []
    assert titles(tx, Viewer(marc.id)) == ["Perceuse à prêter"]


async def test_it_goes_from_open_to_done_and_its_words_say_so(tx: Tx) -> None:
    amel, marc = neighbour(tx, "amel"), neighbour(tx, "marc")
    post = publish_aid(tx, author=amel, terms=DRILL, audience=Audience.PUBLIC)

    with pytest.raises(Forbidden):
        set_state(tx, author=marc, post=post, state="done")
    for state in ("under_way", "done"):
        set_state(tx, author=amel, post=post, state=state)

    assert titles(tx, None) == []
    assert titles(tx, None, Wanted(state="done")) == ["Perceuse à prêter"]
    assert "[Fait] Je propose" in post.content
    with pytest.raises(Invalid, match="over"):
        answer_aid(tx, author=marc, post=post, words="Trop tard ?")


async def test_an_answer_is_a_conversation_between_two(tx: Tx) -> None:
    amel, marc = neighbour(tx, "amel"), neighbour(tx, "marc")
    post = publish_aid(tx, author=amel, terms=DRILL, audience=Audience.PUBLIC)

    answer = answer_aid(tx, author=marc, post=post, words="Samedi ?")

    assert (answer.audience, answer.in_reply_to_id) == (Audience.PEOPLE, post.id)
    with pytest.raises(Invalid, match="own"):
        answer_aid(tx, author=amel, post=post, words="Moi ?")


async def test_it_expires_when_its_day_has_come_unless_it_was_put_off(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    day = tx.now + timedelta(days=3)
    post = publish_aid(tx, author=amel, terms=replace(DRILL, until=day), audience=Audience.PUBLIC)
    later = replace(DRILL, until=day + timedelta(days=3))
    edit_aid(tx, author=amel, post=post, terms=later)
    planned = select(Job.due_at).where(Job.kind == "expire_aid").order_by(Job.due_at)
    assert len(list(tx.connection.scalars(planned))) == 2
    aid = aid_of(tx, post.id)
    assert aid is not None

    assert not expire_aid(tx, post.id)  # the first job comes too early
    aid.expires_at = tx.now
    assert titles(tx, None) == []  # its time is over, even before the job was done
    assert expire_aid(tx, post.id)

    assert titles(tx, None, Wanted(state="expired")) == ["Perceuse à prêter"]
    assert "[Terminé]" in post.content
    set_state(tx, author=amel, post=post, state="open")
    assert titles(tx, None) == ["Perceuse à prêter"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "theft"),
        ("category", "weapons"),
        ("title", "  "),
        ("title", "x" * 121),
        ("place", "x" * 121),
        ("words", "x" * 4_001),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field_and_nothing_stays(
    tx: Tx, field: str, value: str
) -> None:
    amel = neighbour(tx, "amel")

    with pytest.raises(Invalid) as refused:
        publish_aid(
            tx, author=amel, terms=replace(DRILL, **{field: value}), audience=Audience.PUBLIC
        )

    assert field in refused.value.details
    assert tx.session.scalar(select(Post.id)) is None


@pytest.mark.parametrize("days", [-1, 0, 400])
async def test_a_day_that_passed_or_is_far_away_is_refused(tx: Tx, days: int) -> None:
    amel = neighbour(tx, "amel")
    terms = replace(DRILL, until=tx.now + timedelta(days=days))

    with pytest.raises(Invalid) as refused:
        publish_aid(tx, author=amel, terms=terms, audience=Audience.PUBLIC)

    assert "until" in refused.value.details


@pytest.mark.parametrize(
    "proposal",
    [
        None,
        7,
        "https://elsewhere.test/p/1",
        [],
        {"type": "Proposal"},
        {"type": "Proposal", "purpose": ["offer"], "name": {"a": 1}},
        {"type": "Proposal", "purpose": "steal", "name": "x"},
        {"type": "Note", "purpose": "offer", "name": "x"},
        {"type": "Proposal", "purpose": "offer", "name": "  \n "},
    ],
)
async def test_a_proposal_without_sense_makes_no_row(tx: Tx, proposal: object) -> None:
    post = publish_aid(tx, author=neighbour(tx, "amel"), terms=DRILL, audience=Audience.PUBLIC)

    remember_aid(tx, post_id=post.id, document={"proposal": proposal})

    assert tx.connection.scalar(select(Aid.id)) is None


def test_hostile_words_in_a_proposal_are_cut_and_bare() -> None:
    read = read_proposal(
        {
            "proposal": {
                "type": "Proposal",
                "purpose": "request",
                "name": "a" * 100_000,
                "endTime": "the day after tomorrow",
                "publishes": [7, {"action": "conquer", "finished": True}],
                "location": "nowhere",
            }
        }
    )

    assert read is not None
    assert (len(read.title), read.category, read.until, read.place, read.state) == (
        *(120, "service", None, ""),
        "done",
    )
