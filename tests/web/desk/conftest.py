"""Amel, who looks after the place, at her desk."""

import pytest

from tests.web.conftest import Town, fill, sign_in
from tests.web.conftest import town as town


@pytest.fixture
async def desk(town: Town) -> Town:
    """A place with some life in it, where Amel, who is admin, is signed in."""
    fill(town)
    await sign_in(town, "amel")
    return town
