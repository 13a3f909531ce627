"""How often is too often, by the clock that the test turns."""

import pytest
from starlette.requests import HTTPConnection

from microfed.errors import TooMany
from microfed.limits import LIMITS, Limiter, address_of


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
