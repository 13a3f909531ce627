"""What repeats, in the browser and in other calendars: one date is another, one is left out."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from icalendar import Calendar

from tests.web.conftest import Town, fill, send, sign_in
from tests.web.khal import khal_lists
from tests.web.test_agenda import CAFE, DAY, planned

SERIES = {**CAFE, "capacity": "", "every": "week", "times": "4"}


def day(weeks: int) -> str:
    return f"{datetime.fromisoformat(DAY).replace(tzinfo=UTC) + timedelta(weeks=weeks):%Y-%m-%d}"


async def test_one_date_is_changed_one_is_left_out_and_calendars_read_it_so(
    town: Town, tmp_path: Path
) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await planned(town, **SERIES)
    uids = [str(one["uid"]) for one in await events(town)]
    form = (await town.get(f"{where}/edit")).text
    assert "And all dates that follow" in form and 'name="every"' not in form

    done = await send(town, f"{where}/edit", **{**SERIES, "place": "Dans la cour"})
    assert done.status_code == 303
    page = (await town.get(f"{where}/cancel")).text
    dates = re.findall(r'name="date" value="(\d+)"', page)
    assert len(dates) == 3
    left = await send(town, f"{where}/cancel", date=dates[1])
    assert left.status_code == 303
    for wrong in ("soon", "9" * 12):
        assert (await send(town, f"{where}/cancel", date=wrong)).status_code == 422

    agenda = (await town.get("/agenda")).text
    assert agenda.count("Repair café") >= 3
    assert agenda.count("Dans la cour") == 1
    found = await events(town)
    assert [str(one["uid"]) for one in found] == [uids[0], uids[1], uids[3]]
    feed = (await town.get("/agenda.ics")).content
    listed = khal_lists(feed, tmp_path / "khal", day=DAY, zone="UTC", days=40)
    assert [line.split("|")[1].strip() for line in listed] == [
        f"{day(weeks)} 14:00" for weeks in (0, 1, 3)
    ]
    places = [line.split("|")[3].strip() for line in listed]
    assert places == ["Dans la cour", *["Maison du Bas-Belleville"] * 2]


async def test_all_dates_that_follow_are_changed_at_once(town: Town) -> None:
    fill(town)
    await sign_in(town, "amel")
    where = await planned(town, **SERIES)

    changed = {**SERIES, "hour": "15:00", "place": "Salle des fêtes", "later": "on"}
    assert (await send(town, f"{where}/edit", **changed)).status_code == 303

    found = await events(town)
    assert [f"{one['dtstart'].dt:%H:%M}" for one in found] == ["15:00"] * 4
    assert {str(one["location"]) for one in found} == {"Salle des fêtes"}
    late = await send(town, f"{where}/edit", **{**SERIES, "day": day(5), "end_hour": ""})
    assert late.status_code == 422 and "begins again before it ends" in late.text


async def events(town: Town) -> list[Calendar]:
    feed = await town.get("/agenda.ics")
    return list(Calendar.from_ical(feed.content).walk("VEVENT"))
