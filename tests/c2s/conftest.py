"""Ada and Bea of one server, Dan of another, and what their clients do."""

import pytest

from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.posts import Post
from tests.fediverse import Fediverse, Instance, Neighbour


@pytest.fixture
async def north(fediverse: Fediverse) -> Instance:
    """Where Ada and Bea live."""
    north = await fediverse.instance("north.test")
    for name in ("ada", "bea"):
        north.add(name)
    return north


@pytest.fixture
async def ada(north: Instance) -> Neighbour:
    return north.neighbours["ada"]


@pytest.fixture
async def bea(north: Instance) -> Neighbour:
    return north.neighbours["bea"]


@pytest.fixture
async def dan(fediverse: Fediverse, north: Instance) -> Neighbour:
    """Somebody on another server."""
    south = await fediverse.instance("south.test")
    return south.add("dan")


def find(tx: Tx, uri: str) -> Post:
    """Return a post that must be known."""
    found = find_post(tx, uri)
    assert found is not None
    return found
