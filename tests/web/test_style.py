"""The style sheet: colours one can read in the light and in the dark, named once."""

import re

import pytest

from microfed.statics import static_files

CSS = static_files()["microfed.css"].body.decode()
LIGHT = re.search(r":root \{(.*?)\}", CSS, re.DOTALL)
DARK = re.findall(
    r':root(?:\[data-theme="dark"\]|:not\(\[data-theme="light"\]\)) \{(.*?)\}', CSS, re.DOTALL
)
CONTRAST = re.findall(r':root\[data-theme="contrast"\] \{(.*?)\}', CSS, re.DOTALL)
# Which colour stands on which.
PAIRS = [
    ("ink", "paper"),
    ("ink", "card"),
    ("ink", "wash"),
    ("ink", "sky"),
    ("soft", "paper"),
    ("soft", "card"),
    ("accent", "paper"),
    ("accent", "card"),
    ("accent", "wash"),
    ("accent-deep", "card"),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("wrong", "card"),
    ("wrong", "paper"),
]


def tokens(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", block))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    assert LIGHT is not None
    for block in (LIGHT[1], DARK[0]):
        colours = tokens(block)
        assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_the_strong_colours_are_seven_times_as_light_as_their_ground(
    text: str, ground: str
) -> None:
    colours = tokens(CONTRAST[0])

    assert contrast(colours[text], colours[ground]) >= 7


def test_the_letters_that_stand_for_people_can_be_read() -> None:
    tints = re.findall(r"\.(?:face|t\d) \{[^}]*background: (#[0-9a-f]{6})", CSS)

    assert len(tints) == 8
    assert all(contrast("#ffffff", tint) >= 4.5 for tint in tints)


def test_the_dark_is_the_same_by_choice_and_by_device() -> None:
    by_choice, by_device = DARK

    assert tokens(by_choice) == tokens(by_device)
    assert tokens(by_choice).keys() == tokens(LIGHT[1] if LIGHT else "").keys()
    assert tokens(by_choice).keys() == tokens(CONTRAST[0]).keys()


def test_no_colour_is_invented_below_the_named_ones() -> None:
    rules = CSS.partition("*, *::before")[2].partition("@media print")[0]
    allowed = re.sub(r"\.(?:face|t\d) \{[^}]*\}", "", rules)

    assert re.findall(r"#[0-9a-f]{3,8}\b|rgb\(|hsl\(", allowed) == []


def test_nothing_is_loaded_by_the_style_sheet() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_letters_twice_as_large_on_a_phone_leave_room_for_words() -> None:
    large = re.search(r"@media \(max-width: 15rem\) \{(.*?)\n\}", CSS, re.DOTALL)

    assert large is not None and ".facts div" in large[1] and "hyphens: auto" in large[1]


def test_nothing_to_press_is_printed_and_what_an_offer_is_stays() -> None:
    printed = re.search(r"@media print \{(.*?)\n\}", CSS, re.DOTALL)

    assert printed is not None and "main .button" in printed[1]
    assert ".standing" not in printed[1]


@pytest.mark.parametrize(
    "pressed",
    [
        ".top nav :is(a, summary) {",
        ".deeds a, .deeds button {",
        ".choice button {",
        ".button {",
        ".extras > details > summary {",
        ".field .option {",
    ],
)
def test_what_one_presses_is_as_high_as_a_thumb(pressed: str) -> None:
    assert "min-height: 2.75rem" in CSS.partition(f"\n{pressed}")[2].partition("}")[0]
