"""A place's own colour: whichever it is, words stay readable by day and by night."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microfed.web.palette import contrast, shades, style_sheet
from tests.web.test_style import DARK, LIGHT, PAIRS, tokens


def grounds(theme: str) -> dict[str, str]:
    assert LIGHT is not None
    return tokens(LIGHT[1] if theme == "day" else DARK[0])


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_any_colour_gives_shades_that_can_be_read(colour: str) -> None:
    for theme, own in zip(("day", "night"), shades(colour), strict=True):
        named = grounds(theme) | own
        for text, ground in PAIRS:
            assert contrast(named[text], named[ground]) >= 4.5, (theme, text, ground)


@pytest.mark.parametrize("colour", ["#2f6b3c", "#205a86"])
def test_a_colour_that_can_be_read_already_stays_what_it_is(colour: str) -> None:
    assert shades(colour)[0]["accent"] == colour


def test_the_colour_leaves_the_strong_contrast_alone() -> None:
    css = style_sheet("#2f6b3c")

    assert ':root:not([data-theme="contrast"]) {' in css
    assert "url(" not in css
    assert css.count("--accent:") == 3
