"""What is announced reaches whoever lives here in the browser, and goes once it was read."""

from datetime import UTC, datetime, timedelta

from microfed.operations.announcements import Notice, announce_here, take_down
from microfed.queries.announcements import need_announcement
from microfed.store.database import Tx
from tests.web.conftest import Town, fill, send, sign_in

WORDS = "L’eau est coupée mardi"


def announce(town: Town, text: str = WORDS, *, hours: int | None = None) -> int:
    """Those who own the machine announce something, perhaps about a time that begins in hours."""

    def work(tx: Tx) -> int:
        starts = None if hours is None else datetime.now(UTC) + timedelta(hours=hours)
        return announce_here(tx, by=None, notice=Notice(text, starts_at=starts)).id

    return int(town.change(work))


async def test_what_is_announced_stands_at_home_until_it_is_read_and_on_its_page_until_it_is_over(
    town: Town,
) -> None:
    fill(town)
    id_ = announce(town, hours=30)
    await sign_in(town, "leo")
    assert WORDS in (await town.get("/home")).text

    answer = await send(town, "/announcements", id=str(id_), deed="read", back="/home")

    assert (answer.status_code, answer.headers["location"]) == (303, "/home")
    assert WORDS not in (await town.get("/home")).text
    page = (await town.get("/announcements")).text
    assert WORDS in page and "I have read it" not in page
    town.change(lambda tx: take_down(tx, need_announcement(tx, id_), by=None))
    assert "Nothing is announced at the moment" in (await town.get("/announcements")).text


async def test_whoever_read_it_says_nothing_for_the_others(town: Town) -> None:
    fill(town)
    id_ = announce(town)
    await sign_in(town, "leo")
    await send(town, "/announcements", id=str(id_), deed="read", back="/home")
    await send(town, "/sign-out")

    await sign_in(town, "bea")

    assert WORDS in (await town.get("/home")).text


async def test_thanks_are_given_and_taken_back(town: Town) -> None:
    fill(town)
    id_ = str(announce(town))
    await sign_in(town, "leo")

    await send(town, "/announcements", id=id_, deed="answer", name="👍", back="/home")
    await send(town, "/announcements", id=id_, deed="answer", name="👍", back="/home")
    thanked = (await town.get("/home")).text
    await send(town, "/announcements", id=id_, deed="take_back", name="👍", back="/home")
    again = await send(town, "/announcements", id=id_, deed="take_back", name="👍", back="/home")

    assert "👍 1" in thanked and 'aria-pressed="true"' in thanked
    assert again.status_code == 303
    assert "👍 1" not in (await town.get("/home")).text


async def test_what_was_taken_down_meanwhile_and_what_makes_no_sense(town: Town) -> None:
    fill(town)
    id_ = str(announce(town))
    await sign_in(town, "leo")

    gone = await send(town, "/announcements", id="4711", deed="read", back="/home")
    wrong = await send(town, "/announcements", id=id_, deed="shout", back="/home")
    words = await send(town, "/announcements", id=id_, deed="answer", name="bravo", back="/home")
    away = await send(
        town, "/announcements", id=id_, deed="read", back="https://elsewhere.example/"
    )

    assert [one.status_code for one in (gone, wrong, words, away)] == [303, 400, 422, 303]
    assert away.headers["location"] == "/announcements"


async def test_strangers_hear_nothing_of_it(town: Town) -> None:
    fill(town)
    id_ = announce(town)

    assert WORDS not in (await town.get("/")).text
    asked = await town.get("/announcements")
    assert asked.status_code == 303 and "/sign-in" in asked.headers["location"]
    said = await send(town, "/announcements", id=str(id_), deed="read", back="/home")
    assert said.status_code in (303, 401) and said.headers.get("location") != "/home"
