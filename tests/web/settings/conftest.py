"""A member in their settings."""

import pytest

from tests.web.conftest import Town, fill, sign_in
from tests.web.conftest import town as town


@pytest.fixture
async def amel(town: Town) -> Town:
    """A place with some life in it, where Amel is signed in."""
    fill(town)
    await sign_in(town, "amel")
    return town
