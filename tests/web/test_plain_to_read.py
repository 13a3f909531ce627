"""What somebody meets on these pages reads well: short links, whole sentences, a way on."""

from datetime import UTC, datetime, timedelta

import pytest

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.invitations import invite
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import with_short_links
from microfed.vocab.audience import Audience
from microfed.words import all_words
from tests.operations.voting import voted_on
from tests.web.conftest import Town, fill, sign_in


def _actor(tx: Tx, town: Town, name: str) -> Actor:
    return tx.session.get_one(Actor, town.people[name])


def drill(town: Town) -> int:
    """Béa lends a drill."""
    terms = Terms("offer", "loan", "Perceuse", words="Avec ses mèches.\nÀ rendre propre.")
    return int(
        town.change(
            lambda tx: (
                publish_aid(
                    tx, author=_actor(tx, town, "bea"), terms=terms, audience=Audience.PUBLIC
                ).id
            )
        )
    )


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://example.fr", "example.fr"),
        ("https://www.example.fr/", "example.fr"),
        ("https://example.fr/adresse?a=1&amp;b=2", "example.fr/adresse?a=1&amp;b=2"),
        (
            "http://localhost:8000/consultations/117700230405591694",
            "localhost:8000/consultations/1…",
        ),
        (
            "https://a-host-with-a-name-longer-than-forty-letters.example/a/b",
            "a-host-with-a-name-longer-than-forty-letters.example/…",
        ),
    ],
)
def test_a_bare_address_is_short_and_its_host_is_whole(address: str, shown: str) -> None:
    link = '<p>Voir <a href="{0}" rel="nofollow noopener noreferrer">{1}</a> !</p>'

    assert with_short_links(link.format(address, address)) == link.format(address, shown)


def test_a_link_with_words_of_its_own_keeps_them() -> None:
    said = '<p><a href="https://example.fr/a" rel="tag">#<span>entraide</span></a></p>'

    assert with_short_links(said) == said


def test_a_moment_is_told_by_the_clock_of_the_place_without_seconds() -> None:
    moment = datetime(2026, 12, 6, 23, 36, 28, tzinfo=UTC)

    assert all_words()["fr"].at("Europe/Paris").moment(moment).startswith("7 décembre 2026, 00:36")
    assert all_words()["en"].at("Europe/Paris").moment(moment).startswith("7 December 2026, 00:36")


def test_the_first_of_a_month_is_said_as_people_say_it() -> None:
    first = datetime(2026, 12, 1, 8, tzinfo=UTC)

    assert all_words()["fr"].day(first) == "1er décembre 2026"
    assert all_words()["fr"].weekday(first) == "mardi 1er décembre 2026"
    assert all_words()["fr"].ago(first, first + timedelta(days=11)) == "1er décembre"
    assert all_words()["fr"].day(first + timedelta(days=10)) == "11 décembre 2026"
    assert all_words()["en"].day(first) == "1 December 2026"


async def test_the_board_says_each_thing_once(town: Town) -> None:
    fill(town)
    offer = drill(town)

    board = (await town.get("/entraide")).text
    one = (await town.get(f"/entraide/{offer}")).text

    for page in (board, one):
        assert page.count(">Perceuse<") == 1
        assert "À rendre propre." in page and f"here.test/entraide/{offer}" not in page


async def test_on_the_board_one_answers_its_author_alone(town: Town) -> None:
    fill(town)
    offer = drill(town)
    await sign_in(town, "leo")

    board = (await town.get("/entraide")).text
    one = (await town.get(f"/entraide/{offer}")).text

    assert f'href="/entraide/{offer}#words"' in board
    assert 'id="words"' in one


async def test_news_of_what_was_said_do_not_run_into_each_other(town: Town) -> None:
    fill(town)

    def work(tx: Tx) -> None:
        starts = tx.now + timedelta(days=3)
        plan = Plan("Café-réparation", starts, zone="UTC", words="Venez.", place="rue Piat")
        author = _actor(tx, town, "amel")
        post = publish_event(tx, author=author, plan=plan, audience=Audience.LOCAL)
        answer_event(tx, actor=_actor(tx, town, "leo"), post=post, wish="going")

    town.change(work)
    await sign_in(town, "amel")

    news = (await town.get("/news")).text

    assert ">Café-réparation " in news and "rue Piat Venez." in news


async def test_whoever_lives_here_and_has_not_signed_in_is_led_to_the_door_and_back(
    town: Town,
) -> None:
    said, offer = fill(town), drill(town)
    event, vote = town.change(lambda tx: _goes_on(tx, town))
    town.change(lambda tx: need_visible_post(tx, None, id_=offer))

    for path in (
        f"/entraide/{offer}",
        f"/agenda/{event}",
        f"/consultations/{vote}",
        f"/@amel/{said['answer']}",
    ):
        page = (await town.get(path)).text
        assert f'href="/sign-in?next={path}"' in page, path


def _goes_on(tx: Tx, town: Town) -> tuple[int, int]:
    amel = _actor(tx, town, "amel")
    plan = Plan("Fête", tx.now + timedelta(days=1), zone="UTC")
    event = publish_event(tx, author=amel, plan=plan, audience=Audience.PUBLIC)
    return event.id, voted_on(tx, by=amel, opener=amel, audience=Audience.PUBLIC).id


@pytest.mark.parametrize(
    ("path", "onward"),
    [
        ("/reset/nothing", "/forgotten"),
        ("/invite/nothing", "/about"),
        ("/lettre/confirm/nothing", "/lettre"),
        ("/agenda/answer/nothing", "/agenda"),
        ("/confirm/nothing", "/"),
    ],
)
async def test_a_link_that_is_good_no_more_leads_on(town: Town, path: str, onward: str) -> None:
    page = await town.get(path)

    assert page.status_code == 410
    assert f'<a class="button" href="{onward}">' in page.text


@pytest.mark.parametrize(("came", "said"), [(0, "0 personne sur 20 est"), (2, "2 personnes sur")])
async def test_an_invitation_says_how_many_came(town: Town, came: int, said: str) -> None:
    fill(town)

    def work(tx: Tx) -> None:
        made = invite(tx, inviter_id=town.people["leo"], who_may="members", uses=20)
        made.uses = came

    town.change(work)
    town.browser.cookies.set("language", "fr")
    await sign_in(town, "leo")

    assert said in (await town.get("/invitations")).text
