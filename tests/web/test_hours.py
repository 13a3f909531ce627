"""Hours are those of the place, wherever one is read or typed; their clock is named in doubt."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select

from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.polls import Choice
from microfed.outbound.render_posts import note
from microfed.queries.whole_posts import whole_post
from microfed.store.announcements import Announcement
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
from microfed.words import all_words
from tests.fediverse import Fediverse
from tests.web.conftest import BROWSER, Town, fill, send, sign_in
from tests.web.test_consultations import asks, proposes

PARIS = "Europe/Paris"


@pytest.fixture
async def town(fediverse: Fediverse) -> AsyncIterator[Town]:
    """A place in Paris."""
    instance = await fediverse.instance("here.test", name="Belleville", timezone=PARIS)
    transport = httpx.ASGITransport(instance.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://here.test", headers=BROWSER
    ) as browser:
        yield Town(instance, browser)


def test_a_clock_is_named_where_it_may_be_doubted() -> None:
    words = {language: all_words()[language] for language in ("fr", "en")}
    noon = datetime(2027, 7, 14, 12, tzinfo=UTC)

    assert words["en"].at(PARIS).span(noon, None, PARIS) == "Wednesday 14 July 2027, 14:00"
    assert words["en"].span(noon, None, PARIS).endswith("14:00 (Paris time)")
    assert words["fr"].span(noon, None, "Africa/Cairo").endswith("15:00 (heure locale, Le Caire)")
    # It is the same hour in Brussels, another one in London
    assert words["en"].at(PARIS).span(noon, None, "Europe/Brussels").endswith("14:00")
    assert words["en"].at(PARIS).span(noon, None, "Europe/London").endswith("13:00 (London time)")
    assert words["en"].span(noon, None, "Etc/GMT+3").endswith("09:00 (UTC−3)")
    assert words["en"].at(PARIS).moment(noon) == "14 July 2027, 14:00 (Paris time)"
    assert words["en"].moment(noon) == "14 July 2027, 12:00 (UTC)"
    # A day is the day there
    late = datetime(2027, 7, 14, 23, tzinfo=UTC)
    assert words["en"].at(PARIS).day(late) == "15 July 2027"
    assert words["en"].at(PARIS).ago(late, late + timedelta(days=9)) == "15 July"
    assert words["en"].at("America/Lima").date(datetime(2027, 7, 14, tzinfo=UTC)) == "14 July 2027"


def test_an_hour_that_comes_twice_says_which_it_is() -> None:
    words, first = all_words()["en"].at(PARIS), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)

    assert words.span(first, None, PARIS) == "Sunday 25 October 2026, 02:30 (UTC+2)"
    assert words.moment(first + timedelta(hours=1)) == "25 October 2026, 02:30 (UTC+1)"


async def test_a_vote_ends_by_the_clock_of_the_place(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await asks(town)
    ids = await proposes(town, where, "Un banc", "Un potager")
    chosen = {f"proposal{id_}": "on" for id_ in ids}
    await send(town, where, deed="open", method="one", lasts="7", **chosen)
    noon = datetime(2027, 7, 14, 12, tzinfo=UTC)

    def at_noon(tx: Tx) -> None:
        tx.session.scalars(select(Consultation)).one().closes_at = noon

    town.change(at_noon)
    assert "14 July 2027, 14:00 (Paris time)" in (await town.get(where)).text


async def test_a_poll_says_the_hour_until_which_one_can_vote(town: Town) -> None:
    fill(town)
    id_ = town.says("leo", "Thé ?", poll=Choice(("Oui", "Non"), timedelta(days=1)))

    page = (await town.get(f"/@leo/{id_}")).text

    assert "One can vote until" in page and "(Paris time)" in page


async def test_what_is_announced_at_the_desk_is_meant_by_the_clock_of_the_place(
    town: Town,
) -> None:
    fill(town)
    await sign_in(town, "amel")
    given = {"deed": "announce", "text": "Fête", "starts": "2030-06-01T18:00"}
    await send(town, "/desk/announcements", **given)

    def made(tx: Tx) -> Announcement:
        return tx.session.scalars(select(Announcement)).one()

    found = town.change(made)
    assert found.starts_at == datetime(2030, 6, 1, 16, tzinfo=UTC)
    page = (await town.get(f"/desk/announcements?change={found.id}")).text
    assert 'value="2030-06-01T18:00"' in page and "Paris time" in page

    gap = await send(town, "/desk/announcements", **{**given, "starts": "2030-03-31T02:30"})
    assert gap.status_code == 422 and "the clocks go forward" in gap.text
    assert 'value="2030-03-31T02:30"' in gap.text and ">Fête</textarea>" in gap.text


async def test_an_hour_that_comes_twice_is_explained_on_the_page_of_the_event(
    town: Town,
) -> None:
    fill(town)
    await sign_in(town, "bea")
    form = {"title": "Nuit", "day": "2027-10-31", "hour": "02:30", "audience": "public"}
    assert "By the clock of the place: Paris time" in (await town.get("/agenda/new")).text

    where = (await send(town, "/agenda/new", **form, every="")).headers["location"]

    page = (await town.get(where)).text
    assert "02:30 (UTC+2)" in page and "this hour comes twice" in page


async def test_what_goes_elsewhere_names_the_clock(town: Town) -> None:
    fill(town)

    def work(tx: Tx) -> tuple[str, str]:
        bea = tx.session.get_one(Actor, town.people["bea"])
        plan = Plan("Bal", datetime(2027, 7, 14, 12, tzinfo=UTC), zone=PARIS)
        post = publish_event(tx, author=bea, plan=plan, audience=Audience.PUBLIC)
        document = note(tx.here, whole_post(tx, post))
        return str(document["summary"]), str(document["content"])

    for said in town.change(work):
        assert "14:00 (heure locale, Paris)" in said
