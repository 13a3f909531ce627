"""What holds for every page: its headers, its weight, and that each of its words is translated."""

import re
from datetime import timedelta

import httpx
import pytest

from microfed.ids import id_at
from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.ballots import close_vote
from microfed.operations.circles import make_circle
from microfed.operations.event_rows import Plan
from microfed.operations.event_times import Repeat
from microfed.operations.events import publish_event
from microfed.operations.filters import KeywordWish, make_filter
from microfed.operations.follows import request_follow
from microfed.operations.groups import Terms as GroupTerms
from microfed.operations.groups import make_group
from microfed.operations.hosts import host_failed
from microfed.operations.lists import make_list
from microfed.operations.posts import write_post
from microfed.operations.reports import report
from microfed.operations.saying import Draft
from microfed.queries.people import find_local
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.weekly import WeeklyLetter
from microfed.vocab.audience import Audience
from tests.counting import counted
from tests.operations.voting import voted_on, votes, week_is_over
from tests.web.conftest import BROWSER, Town, fill, id_of, passed_on, sign_in
from tests.web.every_page import EXAMPLES, NO_PAGES, Look, looks, page_routes
from tests.web.growing import grow
from tests.web.test_headers import POLICY, UNSAFE
from tests.web.test_words import Marked, MarkedWords, raw_strings

# The headers of a page, whole: what is not here is not sent.
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "vary": "Accept, Accept-Language, Cookie, Origin",
}
OF_ITS_OWN = {"content-length", "etag", "cache-control", "link", "last-modified", "x-request-id"}
KEPT = ("no-store", "private, no-cache")


class Everything:
    """A place with some life in it, and both who live there and who do not before its pages."""

    def __init__(self, town: Town, stranger: httpx.AsyncClient, said: dict[str, int]) -> None:
        self.town, self.stranger, self.said = town, stranger, said
        self.looks = list(looks(said))

    async def get(self, look: Look, path: str | None = None) -> httpx.Response:
        """Look at a page."""
        browser = self.town.browser if look.is_member else self.stranger
        return await browser.get(path or look.path)


def _make_group(tx: Tx) -> None:
    amel, leo = find_local(tx, "amel"), find_local(tx, "leo")
    assert amel is not None and leo is not None
    terms = GroupTerms("La chorale", "On chante le mardi.", "approval")
    group = make_group(tx, founder=amel, name="chorale", terms=terms)
    request_follow(tx, follower=leo, target=group)
    write_post(tx, author=amel, draft=Draft("Répétition à 20 h", group=group))


@pytest.fixture
async def everything(town: Town) -> Everything:
    said = fill(town)
    passed_on(town, by="leo")
    said["eva"] = id_of(town, "eva")
    said["report"] = town.change(
        lambda tx: (
            report(
                tx,
                reporter=tx.session.get_one(Actor, town.people["bea"]),
                target=tx.session.get_one(Actor, said["eva"]),
            ).id
        )
    )
    said["list"] = town.change(
        lambda tx: (
            make_list(tx, owner=tx.session.get_one(Actor, town.people["amel"]), title="Voisins").id
        )
    )
    said["circle"] = town.change(
        lambda tx: (
            make_circle(
                tx, owner=tx.session.get_one(Actor, town.people["amel"]), title="Chorale"
            ).id
        )
    )
    said["filter"] = town.change(
        lambda tx: (
            make_filter(
                tx,
                owner=tx.session.get_one(Actor, town.people["amel"]),
                title="Calme",
                contexts=["home"],
                keywords=[KeywordWish("politique")],
            ).id
        )
    )
    town.change(_make_group)
    said["offer"] = town.change(
        lambda tx: (
            publish_aid(
                tx,
                author=tx.session.get_one(Actor, town.people["bea"]),
                terms=Terms("offer", "loan", "Perceuse", place="rue Piat"),
                audience=Audience.PUBLIC,
            ).id
        )
    )
    town.change(
        lambda tx: tx.session.add(
            WeeklyLetter(
                id=id_at(tx.now),
                week="2026-W48",
                words="Bonjour à tous !",
                contents={"aid": [said["offer"]], "newcomers": [town.people["bea"]]},
            )
        )
    )
    said["own_offer"] = town.change(
        lambda tx: (
            publish_aid(
                tx,
                author=tx.session.get_one(Actor, town.people["amel"]),
                terms=Terms("need", "knowledge", "Cours de français"),
                audience=Audience.LOCAL,
            ).id
        )
    )
    town.change(lambda tx: host_failed(tx, "north.test", "no answer"))
    said["event"] = town.change(
        lambda tx: _event(tx, tx.session.get_one(Actor, town.people["amel"]))
    )
    said["vote"] = town.change(lambda tx: consultation(tx, town.people))
    said["decided"] = town.change(lambda tx: consultation(tx, town.people, is_over=True))
    stranger = httpx.AsyncClient(
        transport=town.browser._transport, base_url=town.browser.base_url, headers=dict(BROWSER)
    )
    await sign_in(town, "amel")
    return Everything(town, stranger, said)


def _event(tx: Tx, amel: Actor) -> int:
    starts = tx.now + timedelta(days=3)
    plan = Plan("Repair café", starts, zone="Europe/Paris", capacity=9, takes_mail=True)
    weekly = Repeat("week", times=3)
    return publish_event(tx, author=amel, plan=plan, audience=Audience.PUBLIC, repeat=weekly).id


def consultation(tx: Tx, people: dict[str, int], *, is_over: bool = False) -> int:
    """Let the place vote, with consent; or decide, with an objection and a reason."""
    bea, amel = (tx.session.get_one(Actor, people[name]) for name in ("bea", "amel"))
    asked = voted_on(tx, by=bea, opener=amel, method="consent", audience=Audience.PUBLIC)
    votes(tx, amel, asked, 2, reason="Trop près", is_signed=True)
    if is_over:
        week_is_over(tx, asked)
        close_vote(tx, asked.id)
    return asked.id


def test_every_page_has_an_address_to_look_at() -> None:
    named = {path for path in page_routes() if "{" in path}

    assert named == set(EXAMPLES)
    assert not NO_PAGES & page_routes()


async def test_a_page_lets_in_nothing_that_is_not_ours(everything: Everything) -> None:
    wrong = {}
    for look in everything.looks:
        page = await everything.get(look)
        headers = {n: v for n, v in page.headers.items() if n not in OF_ITS_OWN}
        other = sorted(set(headers.items()) ^ set(HEADERS.items()))
        if page.headers.get("cache-control") not in KEPT:
            other.append(("cache-control", page.headers.get("cache-control", "")))
        other += [("page", found) for found in UNSAFE.findall(page.text)]
        if other:
            wrong[str(look)] = other

    assert wrong == {}


async def test_the_first_look_at_a_page_is_light(everything: Everything) -> None:
    files: dict[str, int] = {}
    heavy = {}
    for look in everything.looks:
        page = await everything.get(look)
        found = set(re.findall(r'"(/static/[^"]+)"', page.text))
        for path in found - set(files):
            file = await everything.get(look, path)
            assert file.status_code == 200, path
            files[path] = len(file.content)
        weight = len(page.content) + sum(files[path] for path in found)
        if weight > 100_000 or not found:
            heavy[str(look)] = weight

    assert heavy == {}


async def test_no_visible_word_escapes_translation(everything: Everything) -> None:
    everything.town.instance.app.state.words = {"en": MarkedWords("en", Marked())}

    raw = {}
    for look in everything.looks:
        page = await everything.get(look)
        assert "⟦" in page.text, look
        if words := raw_strings(page.text):
            raw[str(look)] = words

    assert raw == {}


async def test_a_page_asks_as_much_of_the_database_however_much_there_is(
    everything: Everything,
) -> None:
    grow(everything.town, everything.said, range(1, 3))
    few = {look: await questions(everything, look) for look in everything.looks}
    grow(everything.town, everything.said, range(3, 9))

    more = {}
    for look in everything.looks:
        # One more: a post that another passes on, or quotes, may stand on the page no longer. And
        # what is kept in memory for a while may just have to be asked for anew: look again.
        many, most = await questions(everything, look), few[look] + 1
        if many > most and (many := await questions(everything, look)) > most:
            more[str(look)] = (few[look], many)

    assert more == {}


async def questions(everything: Everything, look: Look) -> int:
    """Return how much a page asks, the second time: what can be kept in memory is there."""
    await everything.get(look)
    with counted(everything.town.instance.house.db.engine) as asked:
        answer = await everything.get(look)
    assert answer.status_code < 500, look
    return len(asked)
