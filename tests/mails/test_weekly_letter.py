"""The neighbourhood's letter as a mail server catches it: what is in it, and out with one click."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import EmailMessage

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import select, update

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.weekly import choose_schedule
from microfed.queries.letter import SCHEDULE
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.letters import Mail
from microfed.store.people import Actor
from microfed.store.weekly import LetterReader
from microfed.vocab.audience import Audience
from microfed.workers.keep_time import KeepTime
from microfed.workers.running import Wake
from tests.mails.conftest import Post, send_mails
from tests.mails.conftest import place as place
from tests.mails.conftest import post as post
from tests.web.conftest import BROWSER, Town, send, sign_in
from tests.web.conftest import town as town

HERE = "https://here.test"


def offer(place: Town, title: str, audience: Audience) -> None:
    def work(tx: Tx) -> None:
        author = tx.session.get_one(Actor, place.people["amel"])
        terms = Terms("offer", "loan", title, place="rue Piat")
        publish_aid(tx, author=author, terms=terms, audience=audience)

    place.change(work)


def link_in(mail: EmailMessage) -> str:
    """Return the path of the one link in a mail that asks."""
    (link,) = re.findall(r"https://here\.test(/\S+)", mail.get_content())
    return str(link)


async def asks(place: Town, post: Post, address: str) -> None:
    """Somebody without an account asks for the letter, and follows the link."""
    assert (await send(place, "/lettre", email=address)).status_code == 200
    await send_mails(place)
    assert post.mails[-1]["List-Unsubscribe"] is None
    path = link_in(post.mails[-1])
    assert "button" in (await place.get(path)).text
    assert (await send(place, path, yes="1")).status_code == 200


async def the_day_comes(place: Town) -> None:
    """The moment of the letter has come, decided on some days ago; workers do their work."""

    def decide(tx: Tx) -> None:
        choose_schedule(tx, by=None, is_on=True, day=0, hour=0)
        kept = tx.session.get_one(Setting, SCHEDULE)
        kept.value = {**kept.value, "since": (tx.now - timedelta(days=8)).isoformat()}
        tx.connection.execute(update(LetterReader).values(confirmed_at=tx.now))

    place.change(decide)
    house = place.instance.house
    await KeepTime(house, Wake(house.db, "planned")).do_due()
    await place.instance.work()
    while await send_mails(place):
        pass


@pytest.fixture
async def issue(place: Town, post: Post) -> AsyncIterator[dict[str, EmailMessage]]:
    """The letters of one week: to Amel, who lives here, and to Marc, who does not."""
    place.add("amel", role="admin", email="amel@mail.test", language="fr")
    place.add("leo", display_name="Léo")
    await sign_in(place, "amel")
    await send(place, "/settings/letter", wish="yes")
    await send_mails(place)
    assert (await send(place, link_in(post.mails[-1]), yes="1")).status_code == 200
    await asks(place, post, "Marc@mail.test")
    await send(place, "/desk/letter", deed="words", words="Voisins, voisines !\n\nÀ samedi.")
    place.says("leo", "@amel Tu viens ?", audience=Audience.PEOPLE)
    offer(place, "Perceuse à prêter", Audience.PUBLIC)
    offer(place, "Clé de la cour", Audience.LOCAL)
    post.mails.clear()
    await the_day_comes(place)
    yield {str(mail["To"]): mail for mail in post.mails}


def parts(mail: EmailMessage) -> tuple[str, str]:
    """Return a letter's text and its HTML, in their order."""
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return text.get_content(), html.get_content()  # type: ignore[attr-defined]


async def test_each_reads_what_they_may(issue: dict[str, EmailMessage]) -> None:
    assert set(issue) == {"amel@mail.test", "marc@mail.test"}
    for_amel, for_marc = parts(issue["amel@mail.test"]), parts(issue["marc@mail.test"])

    for said in (*for_amel, *for_marc):
        assert "Perceuse à prêter" in said and "Voisins, voisines" in said
    for said in for_amel:
        assert "Clé de la cour" in said and "1 conversation" in said and "Léo" in said
    for said in for_marc:
        assert "Clé" not in said and "conversation" not in said and "Léo" not in said


async def test_nothing_is_loaded_or_counted_and_the_text_is_complete(
    issue: dict[str, EmailMessage],
) -> None:
    for mail in issue.values():
        text, html = parts(mail)
        page = LexborHTMLParser(html)
        assert page.css("img, script, link, iframe, object, style, form, video, svg") == []
        assert "url(" not in html and "src=" not in html and "@import" not in html
        links = [str(a.attributes["href"]) for a in page.css("a")]
        assert links and all(link.startswith(f"{HERE}/") for link in links)
        assert not any("?" in link for link in links)  # nothing in them that tells who clicked
        only = [link for link in links if "/leave/" not in link]
        assert all(re.fullmatch(r"/(entraide/\d+|lettre/[\dW-]+|@\w+|talks)", link[17:])
                   for link in only), only  # fmt: skip
        assert all(link in text for link in links)
        words = [node.text(strip=True) for node in page.css("li a, h1")]
        assert words and all(word in text for word in words)


async def test_one_click_ends_it_as_rfc_8058_says(
    place: Town, post: Post, issue: dict[str, EmailMessage]
) -> None:
    mail = issue["marc@mail.test"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(mail["List-Unsubscribe"]).strip("<>")
    assert link.startswith(f"{HERE}/lettre/leave/") and len(link.rpartition("/")[2]) >= 40

    def readers() -> list[str | None]:
        return list(place.change(lambda tx: tx.session.scalars(select(LetterReader.address)).all()))

    # A mail program is no browser of ours: no cookie, no origin; looking alone ends nothing.
    transport = place.browser._transport
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as program:
        assert (await program.get(link)).status_code == 200
        assert "marc@mail.test" in readers()
        answer = await program.post(link, data={"List-Unsubscribe": "One-Click"})
        again = await program.post(link, files={"List-Unsubscribe": (None, "One-Click")})
        wrong = await program.post(f"{HERE}/lettre/leave/{'x' * 43}", content=b"")

    assert (answer.status_code, again.status_code, wrong.status_code) == (200, 200, 200)
    assert readers() == [None]  # the member stays, the address of the other is forgotten
    left = place.change(lambda tx: tx.session.scalars(select(Mail.more)).all())
    assert not any(left)


async def test_it_goes_out_once_and_its_page_shows_each_their_part(
    place: Town, post: Post, issue: dict[str, EmailMessage]
) -> None:
    await the_day_comes(place)
    assert len(post.mails) == 2

    inside = (await place.get("/lettre")).text
    (week,) = set(re.findall(r"/lettre/(\d{4}-W\d\d)", inside))
    mine = (await place.get(f"/lettre/{week}")).text
    for_the_hall = (await place.get(f"/lettre/{week}?for=everyone")).text
    transport = place.browser._transport
    async with httpx.AsyncClient(transport=transport, base_url=HERE, headers=BROWSER) as stranger:
        theirs = (await stranger.get(f"/lettre/{week}")).text
        feed = (await stranger.get("/lettre.atom")).text
        document = (
            await stranger.get(f"/lettre/{week}", headers={"Accept": "application/activity+json"})
        ).json()

    assert (
        "Clé de la cour" in mine
        and "conversation" not in LexborHTMLParser(mine).css_first("article").text()
    )
    for said in (theirs, for_the_hall, feed, str(document)):
        assert "Perceuse" in said and "Voisins" in said
        assert "Clé" not in said and "Léo" not in said
    assert (document["type"], document["id"]) == ("Article", f"{HERE}/lettre/{week}")
    assert document["attributedTo"] == f"{HERE}/actor"
    assert "Perceuse à prêter" in document["summary"] and "href" not in document["summary"]


async def test_nobody_learns_whether_an_address_is_known_and_none_is_flooded(
    place: Town, post: Post
) -> None:
    place.add("amel", email="amel@mail.test")
    await asks(place, post, "marc@mail.test")
    post.mails.clear()

    answers = [
        await send(place, "/lettre", email=address)
        for address in ("marc@mail.test", "amel@mail.test", "nobody@mail.test")
    ]
    for _ in range(20):
        answers.append(await send(place, "/lettre", email="victim@mail.test"))
    while await send_mails(place):
        pass

    assert len({(answer.status_code, answer.text) for answer in answers}) == 1
    went = [str(mail["To"]) for mail in post.mails]
    assert went.count("victim@mail.test") == 5 and "marc@mail.test" not in went
    for wrong in ("", "a@b.test\r\nBcc: x@y.test", "no address", "é" * 300):
        assert (await send(place, "/lettre", email=wrong)).status_code == 422
    assert (await send(place, "/lettre/confirm/nothing", yes="1")).status_code == 410
