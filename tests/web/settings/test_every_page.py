"""What holds for every page of the settings: members alone, translated, kept by nobody."""

import pytest
from starlette.routing import Route

from microfed.web.settings.routes import routes
from tests.web.conftest import Town
from tests.web.test_headers import POLICY, UNSAFE

FILES = {"/settings/export/archive.zip", "/settings/export/{name}.csv"}
PAGES = sorted({route.path for route in routes if "GET" in (route.methods or ())} - FILES)
CHANGES = sorted({route.path for route in routes if "POST" in (route.methods or ())})


def test_there_are_pages_to_look_at() -> None:
    assert "/settings/profile" in PAGES
    assert all(isinstance(route, Route) for route in routes)


@pytest.mark.parametrize(
    "path", [*PAGES, "/settings/export/archive.zip", "/settings/export/likes.csv"]
)
async def test_others_are_asked_to_sign_in_and_come_back(town: Town, path: str) -> None:
    town.add("amel")

    page = await town.get(path)

    assert (page.status_code, page.headers["location"]) == (303, f"/sign-in?next={path}")


@pytest.mark.parametrize("path", CHANGES)
async def test_nobody_else_changes_anything(town: Town, path: str) -> None:
    town.add("amel")

    answer = await town.browser.post(path, data={"x": "1"}, headers={"Origin": "https://here.test"})

    assert answer.status_code == 401


@pytest.mark.parametrize("path", CHANGES)
async def test_no_other_site_changes_anything(amel: Town, path: str) -> None:
    answer = await amel.browser.post(path, data={"x": "1"}, headers={"Origin": "https://evil.test"})

    assert answer.status_code == 403


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_kept_by_nobody_and_lets_in_nothing(amel: Town, path: str) -> None:
    page = await amel.get(path)

    assert page.status_code == 200
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["cache-control"] == "no-store"
    assert '<meta name="robots" content="noindex">' in page.text
    assert not UNSAFE.search(page.text)
