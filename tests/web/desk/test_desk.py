"""The desk: whether all is well, people, reports, servers, announcements, and the journal."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from microfed.journal_words import SENTENCES
from microfed.operations.hosts import host_failed
from microfed.operations.members import add_member
from microfed.operations.reports import report
from microfed.store.access import DomainRule
from microfed.store.announcements import Announcement
from microfed.store.moderation import Deed, Report, Strike
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.store.queues import Host
from tests.web.conftest import Town, sign_in

pytestmark = pytest.mark.anyio
PATHS = ["", "/people", "/reports", "/servers", "/announcements", "/journal"]


async def send(town: Town, path: str, **fields: str) -> httpx.Response:
    answer = await town.browser.post(
        f"/desk{path}", data=fields, headers={"Origin": "https://here.test"}
    )
    assert answer.status_code == 303, (answer.status_code, answer.text[:500])
    return answer


def one(town: Town, query: Any) -> Any:
    with town.instance.house.db.reading() as tx:
        return tx.session.scalars(query).first()


def person(town: Town, name: str) -> Actor:
    found: Actor = one(town, select(Actor).where(Actor.username == name))
    return found


def reported(town: Town, *, posts: tuple[int, ...] = ()) -> int:
    def work(tx: Any) -> int:
        leo, bea = (tx.session.get_one(Actor, town.people[name]) for name in ("leo", "bea"))
        about = [tx.session.get_one(Post, id_) for id_ in posts]
        return report(tx, reporter=bea, target=leo, posts=about, comment="trop de bruit").id

    return int(town.change(work))


def waits_outside(tx: Any, name: str) -> None:
    """Somebody asked to move in, and waits."""
    tx.session.get_one(Member, add_member(tx, name=name).id).approved_at = None


@pytest.mark.parametrize("path", PATHS)
async def test_the_desk_is_for_those_who_look_after_the_place(town: Town, path: str) -> None:
    town.add("amel", role="admin")
    town.add("leo")
    asked = await town.get(f"/desk{path}")
    assert asked.headers["location"] == f"/sign-in?next=/desk{path}"

    await sign_in(town, "leo")

    assert (await town.get(f"/desk{path}")).status_code == 404


async def test_an_organiser_announces_and_sees_nothing_private(town: Town) -> None:
    town.add("amel", role="admin")
    town.add("sam", role="organiser")
    await sign_in(town, "sam")

    assert (await town.get("/desk/people")).status_code == 404
    page = await town.get("/desk/announcements")
    assert page.status_code == 200
    assert "/desk/people" not in page.text
    await send(town, "/announcements", deed="announce", text="Fête samedi")
    assert one(town, select(Announcement)).text == "Fête samedi"


async def test_one_page_says_whether_all_is_well(desk: Town) -> None:
    quiet = (await desk.get("/desk")).text
    assert "No report waits." in quiet
    assert "You alone can look after this place." in quiet

    reported(desk)
    desk.add("sam", role="admin")
    desk.change(lambda tx: waits_outside(tx, "nour"))
    desk.change(lambda tx: host_failed(tx, "down.test", "no answer"))

    page = (await desk.get("/desk")).text
    assert "One report waits." in page
    assert "One person waits to be let in." in page
    assert "One server does not answer." in page
    assert "2 people can look after this place." in page
    assert page.count("<rect") == 3 * 12 + 5 + 2  # three plots of weeks, what waits, memory


async def test_whoever_asks_to_move_in_is_let_in_with_what_they_said(desk: Town) -> None:
    desk.change(lambda tx: waits_outside(tx, "nour"))
    nour = person(desk, "nour")
    desk.change(
        lambda tx: tx.connection.execute(
            update(Member)
            .where(Member.id == nour.id)
            .values(preferences={"reason": "Je chante à la chorale", "sponsor": desk.people["bea"]})
        )
    )

    assert "nour" in (await desk.get("/desk/people?state=pending")).text
    page = (await desk.get(f"/desk/people/{nour.id}")).text
    assert "Je chante à la chorale" in page
    assert "Invited by @bea" in page
    await send(desk, f"/people/{nour.id}", deed="approve")

    assert one(desk, select(Member).where(Member.id == nour.id)).approved_at is not None
    again = await send(desk, f"/people/{nour.id}", deed="approve")
    assert "said=late" in again.headers["location"]


async def test_a_warning_an_objection_and_its_answer(desk: Town) -> None:
    leo = desk.people["leo"]
    await send(desk, f"/people/{leo}", deed="silence", text="Moins fort, s'il te plaît")
    assert person(desk, "leo").silenced_at is not None
    await sign_in(desk, "leo")
    told = (await desk.get("/settings/warnings")).text
    assert "Moins fort, s&#39;il te plaît" in told
    strike = one(desk, select(Strike))
    await desk.browser.post(
        "/settings/warnings",
        data={"strike": str(strike.id), "text": "Ce n'était pas moi"},
        headers={"Origin": "https://here.test"},
    )
    await sign_in(desk, "amel")
    page = (await desk.get(f"/desk/people/{leo}")).text
    assert "Ce n&#39;était pas moi" in page

    await send(desk, f"/people/{leo}", deed="grant", strike=str(strike.id))

    assert person(desk, "leo").silenced_at is None
    assert "It was taken back." in (await desk.get(f"/desk/people/{leo}")).text


async def test_nobody_objects_for_another(desk: Town) -> None:
    await send(desk, f"/people/{desk.people['leo']}", deed="warn", text="Doucement")
    strike = one(desk, select(Strike))
    await sign_in(desk, "bea")

    answer = await desk.browser.post(
        "/settings/warnings",
        data={"strike": str(strike.id), "text": "moi"},
        headers={"Origin": "https://here.test"},
    )

    assert answer.status_code == 404


async def test_what_was_done_is_taken_back_from_the_journal_for_two_weeks(desk: Town) -> None:
    leo = desk.people["leo"]
    await send(desk, f"/people/{leo}", deed="suspend")
    line = one(desk, select(Deed).where(Deed.action == "suspend"))
    page = (await desk.get("/desk/journal")).text
    assert "@amel shut @leo out" in page
    assert f'value="{line.id}"' in page

    await send(desk, "/journal", line=str(line.id))
    assert person(desk, "leo").suspended_at is None
    again = await send(desk, "/journal", line=str(line.id))
    assert "said=late" in again.headers["location"]

    await send(desk, f"/people/{leo}", deed="suspend")
    old = one(desk, select(Deed).where(Deed.action == "suspend").order_by(Deed.id.desc()))
    desk.change(
        lambda tx: tx.connection.execute(
            update(Deed).where(Deed.id == old.id).values(undo_until=tx.now - timedelta(days=1))
        )
    )
    late = await send(desk, "/journal", line=str(old.id))
    assert "said=not" in late.headers["location"]
    assert person(desk, "leo").suspended_at is not None


async def test_the_journal_reads_in_french_too(desk: Town) -> None:
    await send(desk, f"/people/{desk.people['leo']}", deed="suspend")

    page = await desk.get("/desk/journal", **{"Accept-Language": "fr"})

    assert "@amel a exclu @leo" in page.text


async def test_the_last_admin_stays_one(desk: Town) -> None:
    amel = desk.people["amel"]
    answer = await send(desk, f"/people/{amel}", deed="role", role="member")
    assert "said=not" in answer.headers["location"]

    await send(desk, f"/people/{desk.people['bea']}", deed="role", role="admin")
    await send(desk, f"/people/{amel}", deed="role", role="member")

    assert one(desk, select(Member).where(Member.id == amel)).role == "member"
    assert (await desk.get("/desk")).status_code == 404


async def test_a_report_is_read_acted_on_and_settled_at_once(desk: Town) -> None:
    post = desk.says("leo", "du bruit, du bruit")
    id_ = reported(desk, posts=(post,))
    page = (await desk.get(f"/desk/reports/{id_}")).text
    assert "trop de bruit" in page
    assert "du bruit, du bruit" in page
    await send(desk, f"/reports/{id_}", deed="take_up")
    assert "@amel is at it." in (await desk.get(f"/desk/reports/{id_}")).text.replace(
        "@amel@here.test", "@amel"
    )

    await send(desk, f"/reports/{id_}", deed="remove_posts")

    assert one(desk, select(Post).where(Post.id == post)) is None
    found = one(desk, select(Report).where(Report.id == id_))
    assert found.handled_at is not None
    assert "No report waits" in (await desk.get("/desk/reports")).text
    await send(desk, f"/reports/{id_}", deed="reopen")
    await send(desk, f"/reports/{id_}", deed="freeze", text="Trop, c'est trop")
    assert one(desk, select(Member).where(Member.id == desk.people["leo"])).suspended_at


async def test_a_server_is_ruled_and_let_go(desk: Town) -> None:
    await send(desk, "/servers", deed="rule", host="Loud.test", action="block", comment="pub")
    rule = one(desk, select(DomainRule))
    assert (rule.host, rule.action, rule.public_comment) == ("loud.test", "block", "pub")

    wrong = await send(desk, "/servers", deed="rule", host="not a host", action="block")
    assert "said=wrong" in wrong.headers["location"]
    await send(desk, "/servers", deed="forget", host="loud.test")
    assert one(desk, select(DomainRule)) is None


async def test_a_list_is_looked_at_before_it_is_taken_over_and_never_weakens(desk: Town) -> None:
    await send(desk, "/servers", deed="rule", host="loud.test", action="block")
    theirs = (
        "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
        "loud.test,silence,false,false,,false\n"
        "ads.test,suspend,true,false,publicité,false\n"
        "not a host,suspend,false,false,,false\n"
    )
    form = {"deed": "look", "list": theirs}
    seen = await desk.browser.post(
        "/desk/servers", data=form, headers={"Origin": "https://here.test"}
    )
    assert "Take over 2 rules" in seen.text
    assert "not a host" in seen.text
    assert one(desk, select(DomainRule).where(DomainRule.host == "ads.test")) is None

    await send(desk, "/servers", deed="import", list=theirs)

    rules = {
        rule.host: rule.action
        for rule in (one(desk, select(DomainRule).where(DomainRule.host == name)) for name in NAMES)
    }
    assert rules == {"loud.test": "block", "ads.test": "block"}
    out = await desk.get("/desk/servers/rules.csv")
    assert "ads.test,suspend,true,false,publicité,false" in out.text
    assert (await desk.get("/desk/servers/rules.json")).json()[0]["domain"] == "ads.test"


NAMES = ("loud.test", "ads.test")


async def test_gotosocials_list_is_read_and_nonsense_is_not(desk: Town) -> None:
    await send(desk, "/servers", deed="import", list='[{"domain": "x.test"}, "y.test"]')
    assert one(desk, select(DomainRule).where(DomainRule.host == "y.test")).action == "block"

    seen = await desk.browser.post(
        "/desk/servers",
        data={"deed": "look", "list": "[1, 2"},
        headers={"Origin": "https://here.test"},
    )
    assert "This list cannot be read." in seen.text


async def test_a_server_that_is_down_can_be_tried_at_once(desk: Town) -> None:
    desk.change(lambda tx: host_failed(tx, "down.test", "no answer"))
    assert "down.test" in (await desk.get("/desk/servers?down")).text

    await send(desk, "/servers", deed="retry", host="down.test")

    assert one(desk, select(Host).where(Host.host == "down.test")).retry_at is None


async def test_an_announcement_is_corrected_and_taken_down(desk: Town) -> None:
    await send(desk, "/announcements", deed="announce", text="Fête", starts="2030-06-01T18:00")
    made = one(desk, select(Announcement))
    assert made.starts_at.isoformat() == "2030-06-01T18:00:00+00:00"
    page = await desk.get(f"/desk/announcements?change={made.id}")
    assert 'value="2030-06-01T18:00"' in page.text

    await send(desk, "/announcements", deed="correct", id=str(made.id), text="Grande fête")
    assert one(desk, select(Announcement)).text == "Grande fête"
    wrong = await desk.browser.post(
        "/desk/announcements",
        data={"deed": "announce", "text": "Un bal", "starts": "2030-02-30T18:00"},
        headers={"Origin": "https://here.test"},
    )
    assert wrong.status_code == 422 and "no day and hour" in wrong.text and "Un bal" in wrong.text
    await send(desk, "/announcements", deed="take_down", id=str(made.id))
    assert one(desk, select(Announcement)) is None


@pytest.mark.parametrize("path", ["/people/1", "/reports/1", "/servers", "/journal"])
async def test_no_other_site_and_no_member_does_anything(desk: Town, path: str) -> None:
    evil = await desk.browser.post(
        f"/desk{path}", data={"deed": "suspend"}, headers={"Origin": "https://evil.test"}
    )
    await sign_in(desk, "leo")
    answer = await desk.browser.post(
        f"/desk{path}", data={"deed": "suspend"}, headers={"Origin": "https://here.test"}
    )

    assert (evil.status_code, answer.status_code) == (403, 404)


def test_each_deed_has_a_sentence() -> None:
    assert all("%(who)s" in sentence for sentence in SENTENCES.values())
