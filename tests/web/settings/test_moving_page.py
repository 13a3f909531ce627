"""The page that leads from one place to another, step by step."""

import pytest

from tests.web.conftest import Town

PATH = "/settings/move"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("What you said does not", "Bring your things.", "Take your things along.")),
        ("fr", ("Ce que vous avez dit, non", "Apportez vos affaires.", "Emportez vos affaires.")),
    ],
)
async def test_it_says_what_comes_along_and_leads_to_the_rest(
    amel: Town, language: str, words: tuple[str, ...]
) -> None:
    amel.browser.cookies.set("language", language)

    page = (await amel.get(PATH)).text

    for each in words:
        assert each in page
    assert page.count('<ol class="steps">') == 2
    assert 'href="/settings/import"' in page
    assert 'href="/settings/export"' in page
    assert page.count("@amel@here.test") == 2
