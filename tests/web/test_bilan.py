"""The balance in the browser: written, counted, taken along, deleted, and leaving no trace."""

import io
import zipfile
from datetime import UTC, datetime

import httpx
from sqlalchemy import select

from microfed.store.bilan import BilanEntry
from microfed.store.dump import sums_of
from tests.web.conftest import Town, fill, send, sign_in
from tests.web.settings.test_going import do_jobs

SECRET = "sentinelle-du-bilan"
MINUTES = "4711"


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
    assert (written.status_code, written.headers["location"]) == (303, "/bilan?days=90&told=1")
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


def everything_in(town: Town) -> dict[str, tuple[int, str]]:
    """Return what every table holds, as sums."""
    with town.instance.house.db.reading() as tx:
        return sums_of(tx.connection).tables
