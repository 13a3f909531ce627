"""What protects readers: checked forms, and files that never change. For pages: test_every_page."""

import re

import pytest

from microfed.forms import safe_path
from tests.web.conftest import Town

POLICY = (
    "default-src 'none'; img-src 'self' data:; media-src 'self'; style-src 'self'; "
    "script-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# Whatever would run or paint without being a file of ours.
UNSAFE = re.compile(
    r'<script(?! src="/static/[\w/.-]+" defer></script>)|<style|\sstyle=|\son\w+=|javascript:'
)


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
