"""One instance with one neighbour, and what its data folder holds."""

from pathlib import Path

import pytest

from tests.components.needed import FFMPEG, ensure
from tests.fediverse import Fediverse, Instance, Neighbour


@pytest.fixture
async def here(fediverse: Fediverse) -> Instance:
    return await fediverse.instance("here.test")


@pytest.fixture
async def ada(here: Instance) -> Neighbour:
    return here.add("ada")


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    """The path of ffmpeg, installed where that is allowed."""
    ensure([FFMPEG])
    found = FFMPEG.find("ffmpeg")
    assert found
    return found


@pytest.fixture
def data(here: Instance) -> Path:
    return here.house.settings.data
