"""A place's own colour: from the one its admin chose, all the shades that the pages need.

Whatever they choose, words stay readable: the shade moves until it stands out from its ground.
"""

import colorsys
import re
from collections.abc import Callable

HEX = re.compile(r"#[0-9a-f]{6}")
_ENOUGH = 4.6  # WCAG asks for 4.5
_STEP = 0.01
# The grounds that stay as they are in microfed.css: paper and card, by day and by night.
_DAY, _NIGHT = ("#faf6ef", "#ffffff"), ("#181613", "#22201b")
Shades = dict[str, str]


def luminance(colour: str) -> float:
    """Return how light `#rrggbb` is for the eye, as WCAG 2 counts."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return how well one colour stands out from another, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def shades(colour: str) -> tuple[Shades, Shades]:
    """Return the named colours for the day and for the night."""
    hue, light, strong = colorsys.rgb_to_hls(*_parts(colour))

    def of(lightness: float, strength: float) -> str:
        return _hex(hue, lightness, min(strength, 1.0) * strong)

    wash, deep_wash = of(0.93, 0.75), of(0.17, 0.4)
    sky = of(0.90, 0.7)
    accent = _moved(lambda at: of(at, 1), min(light, 0.5), -_STEP, (*_DAY, wash))
    deep = _moved(lambda at: of(at, 1), _lightness(accent) - 0.08, -_STEP, (*_DAY, wash))
    day = {
        "accent": accent,
        "accent-deep": deep,
        "on-accent": "#ffffff",
        "wash": wash,
        "sky": sky,
        "house-a": of(0.54, 0.8),
        "house-b": of(0.38, 0.9),
        "house-c": of(0.68, 0.7),
        "house-roof": of(0.2, 0.8),
        "house-dark": of(0.24, 0.8),
    }
    lit = _moved(lambda at: of(at, 1), max(light, 0.65), _STEP, (*_NIGHT, deep_wash))
    brighter = _moved(lambda at: of(at, 1), _lightness(lit) + 0.08, _STEP, (*_NIGHT, deep_wash))
    night = {
        "accent": lit,
        "accent-deep": brighter,
        "on-accent": of(0.09, 0.7),
        "wash": deep_wash,
        "sky": of(0.13, 0.3),
        "house-a": of(0.33, 0.6),
        "house-b": of(0.23, 0.7),
        "house-c": of(0.38, 0.5),
        "house-roof": of(0.11, 0.7),
        "house-dark": of(0.13, 0.7),
    }
    return day, night


def style_sheet(colour: str) -> str:
    """Return what follows the style sheet of every page where the place has a colour of its own."""
    day, night = (_block(named) for named in shades(colour))
    by_device = ':root:not([data-theme="light"], [data-theme="contrast"])'
    return (
        f'/* The colour of this place. */\n:root:not([data-theme="contrast"]) {{ {day} }}\n'
        f"@media (prefers-color-scheme: dark) {{ {by_device} {{ {night} }} }}\n"
        f':root[data-theme="dark"] {{ {night} }}\n'
    )


def _block(named: Shades) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())


def _moved(shade: Callable[[float], str], at: float, step: float, grounds: tuple[str, ...]) -> str:
    """Return the first shade from `at` on that stands out from all of `grounds`."""
    while 0.0 < at < 1.0 and min(contrast(shade(at), ground) for ground in grounds) < _ENOUGH:
        at += step
    return shade(min(max(at, 0.0), 1.0))


def _lightness(colour: str) -> float:
    return colorsys.rgb_to_hls(*_parts(colour))[1]


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(hue: float, lightness: float, strength: float) -> str:
    lightness = min(max(lightness, 0.0), 1.0)
    parts = colorsys.hls_to_rgb(hue, lightness, strength)
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
