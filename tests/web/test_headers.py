"""What protects readers: the headers of every page, checked forms, and files that never change."""

import re

import pytest
from starlette.routing import Route

from microfed.forms import safe_path
from microfed.web.routes import routes, shared
from microfed.web.settings import routes as settings
from tests.web.conftest import Town, fill

POLICY = (
    "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# Every page, by its route: what to ask for.
PAGES = {
    "/": "/",
    "/latest": "/latest",
    "/around": "/around",
    "/about": "/about",
    "/setup": "/setup?key=wrong",
    "/tags/{name}": "/tags/entraide",
    "/@{name}": "/@amel",
    "/@{name}/{id}": "/@amel/{answer}",
}
# Those of members are in test_signed_in.py and in settings/.
NO_PAGES = {
    *(route.path for route in settings.routes),
    "/home",
    "/posts/{id}",
    "/write",
    "/planned",
    "/planned/{id}",
    "/posts/{id}/delete",
    "/posts/{id}/edit",
    "/posts/{id}/history",
    "/posts/{id}/vote",
    "/people/{id}",
    "/choices",
    "/static/{hash}/{name}",
    "/@{name}.atom",
}


def test_every_page_is_looked_at_here() -> None:
    there = {route.path for route in routes if isinstance(route, Route)}

    assert there | set(shared) == {*PAGES, *NO_PAGES}


@pytest.mark.parametrize("path", PAGES.values())
async def test_a_page_lets_in_nothing_that_is_not_ours(town: Town, path: str) -> None:
    said = fill(town)

    page = await town.get(path.format(**said))

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers.get_list("x-content-type-options") == ["nosniff"]
    assert page.headers["referrer-policy"] == "same-origin"
    assert "geolocation=()" in page.headers["permissions-policy"]
    assert "Accept-Language" in page.headers["vary"]
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page.text)


@pytest.mark.parametrize("path", PAGES.values())
async def test_the_first_look_at_a_page_is_light(town: Town, path: str) -> None:
    said = fill(town)

    page = await town.get(path.format(**said))
    files = [(await town.get(found)) for found in re.findall(r'"(/static/[^"]+)"', page.text)]

    assert files
    assert all(file.status_code == 200 for file in files)
    assert len(page.content) + sum(len(file.content) for file in files) < 100_000


async def test_a_static_file_is_kept_for_ever_under_its_hash_alone(town: Town) -> None:
    page = await town.get("/")
    address = re.findall(r'"(/static/[^"]+\.css)"', page.text)[0]

    file = await town.get(address)
    older = await town.get("/static/000000000000/microfed.css")

    assert file.headers["content-type"] == "text/css; charset=utf-8"
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert older.headers["cache-control"] == "no-cache"
    assert (await town.get("/static/000000000000/other.css")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "https://here.test.evil.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {},
    ],
)
@pytest.mark.parametrize("path", ["/choices", "/setup"])
async def test_a_form_from_another_site_is_refused(
    town: Town, path: str, headers: dict[str, str]
) -> None:
    answer = await town.browser.post(path, data={"language": "fr"}, headers=headers)

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "This is not for you" in answer.text


async def test_a_reader_chooses_a_language_and_comes_back(town: Town) -> None:
    town.add("amel")

    answer = await town.browser.post(
        "/choices",
        data={"language": "fr", "back": "/about?x=1"},
        headers={"Origin": "https://here.test"},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/about?x=1")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" in cookie
    assert '<html lang="fr">' in (await town.get("/about")).text


async def test_a_reader_chooses_the_dark_colours(town: Town) -> None:
    origin = {"Origin": "https://here.test"}
    await town.browser.post("/choices", data={"theme": "dark"}, headers=origin)
    dark = (await town.get("/about")).text
    await town.browser.post("/choices", data={"theme": ""}, headers=origin)

    assert '<html lang="en" data-theme="dark">' in dark
    assert '<html lang="en">' in (await town.get("/about")).text


@pytest.mark.parametrize(
    "wished",
    [
        "//evil.test",
        "/\\evil.test",
        "https://evil.test",
        "/%2F%2Fevil",
        "evil",
        "",
        "/a\r\nX: y",
        "/\tx",
    ],
)
def test_a_way_back_never_leads_elsewhere(wished: str) -> None:
    assert safe_path(wished) == "/"


def test_a_way_back_to_a_page_of_ours_is_kept() -> None:
    assert safe_path("/@amel?before=1") == "/@amel?before=1"
