"""Consultations in the browser: asked, talked over, voted on, decided."""

import re
from datetime import timedelta

from sqlalchemy import select

from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.queues import Job
from tests.web.conftest import Town, fill, send, sign_in
from tests.web.settings.test_going import do_jobs

BENCH = {"title": "Que faire de la cour ?", "words": "Elle est vide.", "audience": "local"}


async def asks(town: Town, **more: str) -> str:
    """Whoever is signed in asks the place; returns the page's address."""
    answer = await send(town, "/consultations/new", **{**BENCH, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def proposes(town: Town, where: str, *all_words: str) -> list[str]:
    """They propose; returns the numbers of all proposals, as the form to open the vote has them."""
    for words in all_words:
        done = await send(town, where, deed="propose", words=words)
        assert done.status_code == 303, done.text
    return re.findall(r'name="proposal(\d+)"', (await town.get(where)).text)


async def end(town: Town, where: str) -> None:
    """The time is over, and the worker does the job that waited for it."""

    def work(tx: Tx) -> None:
        asked = tx.session.get_one(Consultation, int(where.rpartition("/")[2]))
        asked.closes_at = tx.now - timedelta(seconds=1)
        job = tx.session.scalars(select(Job).where(Job.key == f"close_vote:{asked.id}")).one()
        job.due_at = asked.closes_at

    town.change(work)
    await do_jobs(town)


async def test_a_consultation_goes_from_the_question_to_the_decision(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    where = await asks(town)
    assert re.fullmatch(r"/consultations/\d+", where)
    await proposes(town, where, "Un banc", "Un potager")
    assert "Admins and organisers open the vote" in (await town.get(where)).text
    assert "Que faire de la cour" in (await town.get("/consultations")).text

    await sign_in(town, "amel")
    ids = await proposes(town, where, "Un compost")
    opened = await send(
        town, where, deed="open", method="one", lasts="7", **{f"proposal{id_}": "on" for id_ in ids}
    )
    assert opened.status_code == 303, opened.text
    town.add("late")

    for who, choice, again in (("bea", "1", "0"), ("leo", "1", "1"), ("amel", "0", "blank")):
        await sign_in(town, who)
        assert "you can vote" in (await town.get("/consultations")).text
        assert f'href="{where}"' in (await town.get("/home")).text
        for number in (choice, again):
            voted = await send(town, where, deed="vote", choice=number)
            assert voted.status_code == 303, voted.text
        page = (await town.get(where)).text
        assert "You have voted" in page and "checked" not in page
        assert "you can vote" not in (await town.get("/consultations")).text
        assert f'href="{where}"' not in (await town.get("/home")).text
    assert "3 people of 3 have voted." in page and "Un banc" in page

    await sign_in(town, "late")
    refused = await send(town, where, deed="vote", choice="0")
    assert refused.status_code == 403
    for page in (refused.text, (await town.get(where)).text):
        assert "You came to live here after this vote was opened" in page

    await end(town, where)
    await sign_in(town, "bea")
    over = await send(town, where, deed="vote", choice="1")
    assert over.status_code == 422 and "The vote is over" in over.text
    page = (await town.get(where)).text
    assert "Undecided, with the same number of votes" in page
    assert "3 of 3 who could vote did: 100 in a hundred." in page
    assert re.search(r"Blank ballots</th><td[^>]*>1<", page)
    assert page.count('role="img"') == 3 and "<title" in page
    assert "Decided" in (await town.get("/consultations")).text


async def test_what_is_wrong_is_said_and_what_was_typed_stays(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    for wrong in ({"title": " "}, {"audience": "people"}, {"words": "x" * 4_001}):
        again = await send(town, "/consultations/new", **{**BENCH, **wrong})
        assert again.status_code == 422
        assert 'role="alert"' in again.text and "cour" in again.text + "cour" * ("title" in wrong)
    where = await asks(town)
    for _ in range(2):  # pressed twice, it is proposed once
        proposed = await send(town, where, deed="propose", words="Un banc")
        assert proposed.status_code == 303
    await sign_in(town, "leo")
    twice = await send(town, where, deed="propose", words="un banc")
    assert twice.status_code == 422 and 'value="un banc"' in twice.text
    early = await send(town, where, deed="vote", choice="0")
    assert early.status_code == 422
    theirs = await send(town, where, deed="open", method="one", lasts="7")
    assert theirs.status_code == 403 and "Ask one of them" in theirs.text

    await sign_in(town, "amel")
    for wrong in ({"method": "dice"}, {"lasts": "9999"}, {"proposal1": "on"}, {}):
        fields = {"deed": "open", "method": "one", "lasts": "7", **wrong}
        assert (await send(town, where, **fields)).status_code == 422
    assert (await send(town, where, deed="burn")).status_code == 400
    assert (await send(town, "/consultations/1", deed="vote", choice="0")).status_code == 404
    assert (await town.get("/consultations/x")).status_code == 404


async def test_an_objection_needs_its_reason_and_is_shown_without_a_name(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await asks(town, audience="public")
    (id_,) = await proposes(town, where, "Fermer la cour la nuit")
    fields = {"deed": "open", "method": "consent", "lasts": "7", f"proposal{id_}": "on"}
    assert (await send(town, where, **fields)).status_code == 303

    await sign_in(town, "leo")
    bare = await send(town, where, deed="vote", choice="2", reason=" ")
    assert bare.status_code == 422 and "Say why you object" in bare.text
    assert (await send(town, where, deed="vote")).status_code == 422
    done = await send(town, where, deed="vote", choice="2", reason="Le chat rentre à minuit")
    assert done.status_code == 303
    await end(town, where)

    town.browser.cookies.clear()
    page = (await town.get(where)).text
    assert "Not adopted: 1 person objects." in page
    assert "Le chat rentre à minuit" in page
    assert "Léo" not in page
