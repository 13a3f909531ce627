"""Impatient fingers, slow lines, ended sessions: nothing is said twice, nothing typed is lost."""

import re

import pytest
from sqlalchemy import func, select

from microfed.operations.invitations import invite, link_of
from microfed.store.aid import Aid
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.posts import Post
from tests.web.conftest import PASSWORD, Town, fill, send, sign_in
from tests.web.test_plain_to_read import drill

LONG = "Des mots tapés longuement,\nsur un petit clavier."
EVENT = {"title": "Fête", "day": "2030-12-24", "hour": "18:00", "audience": "local", "words": LONG}
FORMS = {
    "/agenda/new": EVENT,
    "/entraide/new": {
        "kind": "offer",
        "category": "loan",
        "title": "Scie",
        "audience": "local",
        "words": LONG,
    },
    "/consultations/new": {"title": "Un banc ?", "audience": "local", "words": LONG},
}


def _count(town: Town, table: type) -> int:
    return int(
        town.change(lambda tx: tx.connection.scalar(select(func.count()).select_from(table)))
    )


@pytest.mark.parametrize(
    ("path", "table"),
    [("/entraide/new", Aid), ("/consultations/new", Consultation), ("/agenda/new", Event)],
)
async def test_what_is_sent_twice_is_there_once(town: Town, path: str, table: type) -> None:
    fill(town)
    await sign_in(town, "leo")
    form = {**FORMS[path]}
    if table is Event:
        soon = town.change(lambda tx: tx.now).year
        form["day"] = f"{soon + 1}-06-01"

    first, second = [await send(town, path, **form) for _ in range(2)]

    assert first.status_code == 303, first.text
    assert second.headers["location"] == first.headers["location"]
    assert _count(town, table) == 1


async def test_an_answer_sent_twice_arrives_once(town: Town) -> None:
    fill(town)
    path = f"/entraide/{drill(town)}"
    await sign_in(town, "leo")
    before = _count(town, Post)

    first, second = [await send(town, path, deed="answer", words="Samedi ?") for _ in range(2)]

    assert first.headers["location"] == second.headers["location"]
    assert _count(town, Post) == before + 1


@pytest.mark.parametrize("path", sorted(FORMS))
async def test_whoever_was_signed_out_meanwhile_loses_no_word(town: Town, path: str) -> None:
    fill(town)

    given_back = await send(town, path, **FORMS[path])
    await sign_in(town, "leo")

    assert given_back.status_code == 401
    assert "tapés longuement," in given_back.text and f'action="{path}"' in given_back.text
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', given_back.text)
    assert {**dict(hidden), "back": ""}.items() >= {
        (name, value) for name, value in FORMS[path].items() if value != LONG
    }


async def test_a_form_of_another_page_or_with_a_secret_is_not_given_back(town: Town) -> None:
    fill(town)

    other = await town.browser.post(
        "/agenda/new", data=EVENT, headers={"Origin": "https://other.test"}
    )
    secret = await send(town, "/settings/password", password="caché", new="aussi")

    for answer in (other, secret):
        assert answer.status_code in (401, 403)
        assert "tapés longuement" not in answer.text and "caché" not in answer.text


async def test_whoever_types_their_own_name_is_proposed_one_that_works(town: Town) -> None:
    fill(town)
    path = town.change(lambda tx: _link(tx, town))

    first = await send(town, path, step="1", name="Léo", display_name="Léo Petit")
    second = await send(town, path, step="1", name="Zoé O’Hara", display_name="Zoé")

    assert first.status_code == second.status_code == 422
    assert 'value="leo2"' in first.text and 'value="zoe_ohara"' in second.text
    assert "Is the one below fine?" in second.text


def _link(tx: Tx, town: Town) -> str:
    made = invite(tx, inviter_id=town.people["leo"], who_may="members", uses=3)
    return link_of(tx, made).removeprefix("https://here.test")


async def test_the_last_step_pressed_twice_leads_home(town: Town) -> None:
    fill(town)
    path = town.change(lambda tx: _link(tx, town))
    form = {"step": "3", "name": "zoe", "agreed": "1", "password": PASSWORD, "again": PASSWORD}

    answers = [await send(town, path, **form) for _ in range(2)]

    assert [answer.headers.get("location") for answer in answers] == ["/home", "/home"]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/circles", {"title": "Famille"}),
        ("/lists", {"title": "Famille"}),
        ("/groups/new", {"name": "tricot", "title": "Tricot", "about": "", "mode": "open"}),
    ],
)
async def test_what_is_made_twice_is_made_once(town: Town, path: str, form: dict[str, str]) -> None:
    fill(town)
    await sign_in(town, "leo")

    first, second = [await send(town, path, **form) for _ in range(2)]

    assert first.status_code == 303, first.text
    assert second.headers.get("location") == first.headers["location"]
