"""The world of the inbox tests."""

import pytest

from tests.federation.world import Template, World, make_template, open_world
from tests.fediverse import Fediverse


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The database every world begins with."""
    return make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
async def world(fediverse: Fediverse, template: Template) -> World:
    """A world of one's own: our server, and two that are played by hand."""
    return await open_world(fediverse, template)
