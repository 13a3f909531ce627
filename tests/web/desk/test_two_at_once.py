"""Two at the desk: whoever comes second reads so in words, and what they typed is not lost."""

import re

import orjson
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from microfed.cli.commands import app
from microfed.operations.members import add_member
from microfed.operations.newcomers import reject
from microfed.operations.place import write_rules
from microfed.operations.reports import report
from microfed.operations.tokens import give_token
from microfed.store.announcements import Announcement
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import Actor, Member
from tests.web.conftest import Town, send
from tests.web.desk.test_desk import one

pytestmark = pytest.mark.anyio
LATE = "already, perhaps by somebody else just now"


def seen_in(page: str, deed: str) -> str:
    """Return what a form of the page says it has seen."""
    form = next(form for form in page.split("<form")[1:] if f'value="{deed}"' in form)
    return re.findall(r'name="seen" value="([^"]*)"', form)[0]


def a_report(desk: Town) -> int:
    def work(tx: Tx) -> int:
        leo, bea = (tx.session.get_one(Actor, desk.people[name]) for name in ("leo", "bea"))
        return report(tx, reporter=bea, target=leo, comment="trop fort").id

    return int(desk.change(work))


async def test_a_report_that_was_settled_meanwhile_warns_nobody_twice(desk: Town) -> None:
    id_ = a_report(desk)
    await send(desk, f"/desk/reports/{id_}", deed="warn", text="Doucement")

    late = await send(desk, f"/desk/reports/{id_}", deed="warn", text="Doucement !")

    assert LATE in (await desk.get(late.headers["location"])).text
    assert [strike.text for strike in desk.change(_strikes)] == ["Doucement"]


def _strikes(tx: Tx) -> list[Strike]:
    return list(tx.session.scalars(select(Strike)))


async def test_whoever_was_turned_away_meanwhile_is_not_there_any_more(desk: Town) -> None:
    def ask(tx: Tx) -> int:
        nour = add_member(tx, name="nour")
        tx.session.get_one(Member, nour.id).approved_at = None
        return nour.id

    nour = desk.change(ask)
    desk.change(lambda tx: reject(tx, by=None, target=tx.session.get_one(Actor, nour)))

    late = await send(
        desk, f"/desk/people/{nour}", deed="approve", back="/desk/people?state=pending"
    )

    page = await desk.get(late.headers["location"])
    assert (page.status_code, "not there any more" in page.text) == (200, True)


async def test_rules_that_were_written_meanwhile_stand_beside_ones_own(desk: Town) -> None:
    seen = seen_in((await desk.get("/desk/place")).text, "rules")
    desk.change(lambda tx: write_rules(tx, by=None, rules=["On se dit bonjour."]))

    late = await send(desk, "/desk/place", deed="rules", rules="On se tait.", seen=seen)

    assert late.status_code == 409
    assert "Somebody else changed this" in late.text
    assert "On se dit bonjour." in late.text and "On se tait.</textarea>" in late.text
    again = await send(
        desk,
        "/desk/place",
        deed="rules",
        rules="On se tait.",
        seen=seen_in(late.text, "rules"),
    )
    assert again.status_code == 303


async def test_a_choice_and_the_letters_words_are_not_overwritten_unseen(desk: Town) -> None:
    page, letter = (await desk.get("/desk/place")).text, (await desk.get("/desk/letter")).text
    mode, words = seen_in(page, "registration"), seen_in(letter, "words")
    await send(desk, "/desk/place", deed="registration", registration="closed", seen=mode)
    await send(desk, "/desk/letter", deed="words", words="Bonjour", seen=words)

    late = [
        await send(desk, "/desk/place", deed="registration", registration="open", seen=mode),
        await send(desk, "/desk/letter", deed="words", words="Bonsoir", seen=words),
    ]

    assert [answer.status_code for answer in late] == [409, 409]
    assert "Bonjour" in late[1].text and "Bonsoir</textarea>" in late[1].text


async def test_an_announcement_corrected_or_taken_down_meanwhile(desk: Town) -> None:
    await send(desk, "/desk/announcements", deed="announce", text="Fête")
    made = one(desk, select(Announcement))
    page = (await desk.get(f"/desk/announcements?change={made.id}")).text
    mine = {"deed": "correct", "id": str(made.id), "seen": seen_in(page, "correct")}
    await send(desk, "/desk/announcements", **mine, text="Bal")

    late = await send(desk, "/desk/announcements", **mine, text="Goûter")
    await send(desk, "/desk/announcements", deed="take_down", id=str(made.id))
    gone = await send(desk, "/desk/announcements", **mine, text="Goûter")

    assert (late.status_code, gone.status_code) == (409, 410)
    assert "Bal" in late.text
    assert all("Goûter</textarea>" in answer.text for answer in (late, gone))
    assert "was taken down meanwhile" in gone.text


async def test_an_app_and_a_command_are_told_as_well(
    desk: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an app of Amel, and a command beside the server
    id_, leo = a_report(desk), desk.people["leo"]
    scopes = ["admin:read", "admin:write"]
    token = desk.change(lambda tx: give_token(tx, member_id=desk.people["amel"], scopes=scopes))
    house = desk.instance.house
    monkeypatch.setenv("MICROFED_DATA", str(house.settings.data))
    monkeypatch.setenv("MICROFED_URL", house.settings.url)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.stderr

    # When the report is settled by another command first
    assert run("report", "settle", str(id_))[0] == 0
    bearer = {"Authorization": f"Bearer {token}"}
    api = "/api/v1/admin"
    late = [
        await desk.browser.post(f"{api}/reports/{id_}/resolve", headers=bearer),
        await desk.browser.post(f"{api}/reports/{id_}/assign_to_self", headers=bearer),
        await desk.browser.post(
            f"{api}/accounts/{leo}/action",
            data={"type": "silence", "report_id": str(id_)},
            headers=bearer,
        ),
    ]

    # Then each of the others is told, and nothing is done twice
    assert [answer.status_code for answer in late] == [409, 409, 409]
    assert all("already" in orjson.loads(answer.content)["error"] for answer in late)
    for words in (
        ("report", "settle", str(id_)),
        ("person", "approve", "leo"),
        ("person", "lift", "leo", "silence"),
        ("member", "role", "leo", "member"),
    ):
        code, said = run(*words)
        assert (code, said.startswith("microfed: ")) == (1, True), (words, said)
    assert one(desk, select(Report)).handled_by_id is None
    assert desk.change(_strikes) == []
