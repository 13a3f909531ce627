"""The tests of the HTTP client run on asyncio, the loop the server runs on."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
