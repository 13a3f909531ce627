"""The balance in the browser: written, counted, taken along, deleted; and seen by nobody else."""

import io
import logging
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select

from microfed.operations.tokens import give_token
from microfed.store.bilan import BilanEntry
from microfed.store.database import Tx
from microfed.store.dump import sums_of
from tests.mastodon.table import flat
from tests.web.conftest import ORIGIN, Town, fill, send, sign_in
from tests.web.settings.test_going import do_jobs

SECRET = "sentinelle-du-bilan"
MINUTES = "4711"
# They answer for ever; what they send are posts and news.
ENDLESS = ("/listen", "/api/v1/streaming", "/users/{name}/proxyUrl")


async def write(town: Town, **more: str) -> httpx.Response:
    line = {
        "deed": "write",
        "day": datetime.now(UTC).date().isoformat(),
        "side": "here",
        "minutes": MINUTES,
        "brought_smile": "on",
        "words": SECRET,
        "days": "90",
    }
    return await send(town, "/bilan", **{**line, **more})


def lines(town: Town) -> list[BilanEntry]:
    found: list[BilanEntry] = town.change(lambda tx: list(tx.session.scalars(select(BilanEntry))))
    return found


async def test_a_balance_is_written_shown_taken_along_and_deleted_in_one_click(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    empty = await town.get("/bilan")
    assert "ten minutes and a smile" in empty.text

    written = await write(town)
    assert (written.status_code, written.headers["location"]) == (303, "/bilan?days=90")
    shown = await town.get("/bilan?days=90")
    assert SECRET in shown.text and "4,711 minutes" in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert 'role="img"' in shown.text

    table = await town.get("/settings/export/bilan.csv")
    assert f",here,,{MINUTES},smile,{SECRET}" in table.text
    await send(town, "/settings/export", x="1")
    await do_jobs(town)
    file = await town.get("/settings/export/archive.zip")
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert SECRET in archive.read("bilan.csv").decode()
        assert "people" in archive.read("bilan_counted.csv").decode()

    assert (await send(town, "/bilan", deed="forget")).status_code == 303
    assert SECRET not in (await town.get("/bilan")).text
    assert lines(town) == []


async def test_what_is_wrong_is_said_and_what_was_typed_stays(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")

    for wrong in ({"day": "2026-02-30"}, {"minutes": "many"}, {"minutes": "１２"}, {"side": "x"}):
        again = await write(town, **wrong)
        assert again.status_code == 422
        assert SECRET in again.text and 'role="alert"' in again.text
    assert (await send(town, "/bilan", deed="publish")).status_code == 400
    assert (await send(town, "/bilan", deed="strike", id="1")).status_code == 404
    assert lines(town) == []


async def test_looking_at_ones_balance_leaves_no_trace(town: Town) -> None:
    fill(town)
    await sign_in(town, "bea")
    await write(town)
    await town.get("/bilan")
    before = everything_in(town)

    await town.get("/bilan?days=90")
    await town.get("/settings/export/bilan.csv")

    assert everything_in(town) == before


async def test_no_door_gives_a_balance_to_anybody_else(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    # Given Béa's balance, her file, and a neighbour and an admin with all that opens doors
    caplog.set_level(logging.DEBUG)
    fill(town)
    await sign_in(town, "bea")
    await write(town)
    await send(town, "/settings/export", x="1")
    await do_jobs(town)
    own = await town.get("/bilan?days=90")
    (line,) = lines(town)
    ids = (str(town.people["bea"]), str(line.id))
    addresses = sorted(set(all_addresses(town, ids)))
    assert len(addresses) > 300

    # When each of them, and somebody without an account, asks every address
    told, answered = [], 0
    for who in ("leo", "amel", None):
        town.browser.cookies.clear()
        headers = dict(ORIGIN)
        if who is not None:
            await sign_in(town, who)
            headers["Authorization"] = f"Bearer {key_of(town, who)}"
        for path in addresses:
            page = await town.browser.get(path, headers=headers)
            answered += page.status_code == 200
            if SECRET in page.text or MINUTES in page.text or "4,711" in page.text:
                told.append(f"GET {path} ({who})")
        if who is not None:
            gone = await send(town, "/bilan", deed="strike", id=str(line.id))
            assert gone.status_code == 404

    # Then it is in none of the answers and in no log, and still hers
    assert SECRET in own.text
    assert told == []
    assert answered > 300
    assert SECRET not in caplog.text and MINUTES not in caplog.text
    assert [kept.words for kept in lines(town)] == [SECRET]


def all_addresses(town: Town, ids: tuple[str, ...]) -> Iterator[str]:
    """Return every address one can ask for, with Béa's name and numbers in it."""
    names = {"name": "bea", "username": "bea", "acct": "bea"}
    for route in flat(town.instance.app.routes):
        if "GET" not in (route.methods or ()) or route.path.startswith(ENDLESS):
            continue
        for id_ in ids:
            steps = route.path.split("{")
            path = steps[0] + "".join(
                names.get(step.partition("}")[0].partition(":")[0], id_) + step.partition("}")[2]
                for step in steps[1:]
            )
            yield path
            yield f"{path}?days=90&acct=bea&q={SECRET[:6]}&resolve=false&id={id_}"


def key_of(town: Town, who: str) -> str:
    """Return a token for all that there is, the admin's doors included."""

    def work(tx: Tx) -> str:
        scopes = ["read", "write", "follow", "push", "profile", "admin:read", "admin:write"]
        return give_token(tx, member_id=town.people[who], scopes=scopes)

    return str(town.change(work))


def everything_in(town: Town) -> dict[str, tuple[int, str]]:
    """Return what every table holds, as sums."""
    with town.instance.house.db.reading() as tx:
        return sums_of(tx.connection).tables
