"""How often is too often, by the clock that the test turns."""

import httpx
import pytest
from starlette.requests import HTTPConnection

from microfed.errors import TooMany
from microfed.limits import LIMITS, Limiter, address_of
from tests.fediverse import Fediverse


class Clock:
    def __init__(self) -> None:
        self.now = 3_000_000.0  # the beginning of a window of 300 s

    def __call__(self) -> float:
        return self.now


def tries(limiter: Limiter, times: int, key: str = "ada") -> int:
    """Try as often, and return how many were let through."""
    let = 0
    for _ in range(times):
        try:
            limiter.count("sign_in", key)
        except TooMany:
            continue
        let += 1
    return let


def test_the_limit_holds_and_says_how_long_to_wait() -> None:
    timer = Clock()
    limiter = Limiter(is_on=True, timer=timer)
    assert tries(limiter, 30) == LIMITS["sign_in"][0] == 25

    timer.now += 100
    with pytest.raises(TooMany) as refused:
        limiter.count("sign_in", "ada")

    assert refused.value.retry_after == 201
    assert tries(limiter, 1, key="bea") == 1


def test_the_window_slides_instead_of_starting_anew() -> None:
    timer = Clock()
    limiter = Limiter(is_on=True, timer=timer)
    tries(limiter, 25)

    timer.now += 300
    at_once = tries(limiter, 25)
    timer.now += 150
    half_way = tries(limiter, 25)
    timer.now += 700

    assert (at_once, half_way) == (0, 12)
    assert tries(limiter, 30) == 25


def test_the_headers_tell_what_is_left() -> None:
    limiter = Limiter(is_on=True, timer=Clock())

    headers = limiter.count("token", "1").headers

    assert headers["X-RateLimit-Limit"] == "300"
    assert headers["X-RateLimit-Remaining"] == "299"
    assert headers["X-RateLimit-Reset"].endswith(".000Z")


def test_for_measurements_nothing_is_too_often() -> None:
    assert tries(Limiter(is_on=False), 1_000) == 1_000


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(host: str, address: str) -> None:
    connection = HTTPConnection({"type": "http", "client": (host, 1) if host else None})

    assert address_of(connection) == address


async def test_an_app_is_told_what_is_left_and_when_it_is_too_much(fediverse: Fediverse) -> None:
    here = await fediverse.instance("here.test")
    ada, bea = here.add("ada"), here.add("bea")
    here.app.state.limiter = Limiter(is_on=True, timer=Clock())

    async def ask(token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Origin": "https://app.test"}
        return await here.client.get("/api/v1/preferences", headers=headers)

    first = await ask(ada.token)
    for _ in range(LIMITS["token"][0] - 1):
        here.app.state.limiter.count("token", f"Bearer {ada.token}")
    last, other = await ask(ada.token), await ask(bea.token)

    assert first.headers["x-ratelimit-remaining"] == "299"
    assert (last.status_code, other.status_code) == (429, first.status_code)
    assert last.json() == {"error": "Too many requests"}
    assert last.headers["x-ratelimit-remaining"] == "0"
    assert last.headers["access-control-allow-origin"] == "*"
    assert int(last.headers["retry-after"]) == 301


async def test_what_costs_more_is_counted_apart(fediverse: Fediverse) -> None:
    here = await fediverse.instance("here.test")
    ada = here.add("ada")
    here.app.state.limiter = Limiter(is_on=True, timer=Clock())
    headers = {"Authorization": f"Bearer {ada.token}"}

    answers = [
        await here.client.delete("/api/v1/statuses/1", headers=headers)
        for _ in range(LIMITS["delete"][0] + 1)
    ]
    read = await here.client.get("/api/v1/statuses/1", headers=headers)

    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert answers[-1].status_code == 429
    assert read.status_code == 404
