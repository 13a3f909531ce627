"""Two servers on real sockets: a conversation made whole, and one of them away for two days."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import httpx
import pytest

from tests.components.processes import until
from tests.federation.towns import Town, moving_in, towns

TWO_DAYS = timedelta(days=2).total_seconds()
# Two days go by in ten seconds: every wait between two attempts is that much shorter.
FACTOR = 10 / TWO_DAYS
POSTS, MOST_REQUESTS = 500, 120


class World:
    """Ada lives at north; Bea and Bo at south. Ada and Bea follow each other."""

    def __init__(self, north: Town, south: Town) -> None:
        self.north, self.south = north, south
        there = moving_in({"ada": north, "bea": south, "bo": south})
        self.ada, self.bea, self.bo = (there[name] for name in ("ada", "bea", "bo"))
        self.ada.follows(self.bea)
        self.bea.follows(self.ada)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("towns")
    with towns(folder, "north", "south", RETRY_FACTOR=f"{FACTOR:.9f}") as (north, south):
        yield World(north, south)


def test_of_ten_posts_two_came_and_one_refresh_shows_all_ten(world: World) -> None:
    # Given a conversation of ten posts at south, of which two are by Bea, whom Ada follows
    posts: list[str] = []
    above: str | None = None
    for number in range(10):
        who = world.bea if number in (2, 6) else world.bo
        more = {} if above is None else {"in_reply_to_id": above}
        said = who.says(f"sentence {number}", **more)
        posts.append(said["uri"])
        above = said["id"]
    opened = world.ada.sees(posts[6])
    created = [one.document for one in list(world.north.door.knocked)]
    assert [one["object"]["id"] for one in created if one["type"] == "Create"] == [
        posts[2],
        posts[6],
    ]
    assert world.north.number_of(posts[9]) is None

    # When she opens it, and once her server has been to fetch the rest
    with closing(world.ada.browser()) as browser:
        assert len(_sentences(browser, opened["id"])) < len(posts)
        until(lambda: all(world.north.number_of(uri) for uri in posts), "the rest to be fetched")

        # Then one refresh shows all ten, on the page and in apps
        assert _sentences(browser, opened["id"]) == [f"sentence {n}" for n in range(10)]
    context = world.ada.call("GET", f"/api/v1/statuses/{opened['id']}/context")
    before, after = ([one["uri"] for one in context[way]] for way in ("ancestors", "descendants"))
    assert [*before, opened["uri"], *after] == posts


def test_who_was_away_for_two_days_gets_everything_in_order(world: World) -> None:
    # Given that south does not answer any more, while Ada says 500 things
    world.south.door.is_shut = True
    began = time.monotonic()
    said = [world.ada.says(f"day by day {number}")["uri"] for number in range(POSTS)]
    until(lambda: time.monotonic() - began >= TWO_DAYS * FACTOR, "two days to go by")

    # Then it was asked at most 120 times in two days, however long the writing took
    away = (time.monotonic() - began) / FACTOR
    assert 5 < world.south.door.in_vain <= MOST_REQUESTS * away / TWO_DAYS
    assert not any(world.south.number_of(uri) for uri in said)

    # And when it is back, everything arrives, once and in the order it was said
    world.south.door.is_shut = False
    until(lambda: world.bea.knows(said[-1]), "the last post", seconds=180)
    mine = set(said)
    arrived = [
        one.document["object"]["id"]
        for one in list(world.south.door.knocked)
        if one.document["type"] == "Create" and one.document["object"]["id"] in mine
    ]
    assert arrived == said


def _sentences(browser: httpx.Client, id_: str) -> list[str]:
    answer = browser.get(f"/posts/{id_}")
    assert answer.status_code == 200
    return re.findall(r"<p>(sentence \d+)</p>", answer.text)
