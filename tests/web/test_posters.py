"""What a telephone reads on a poster is the invitation."""

import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from microfed.web.posters import STRIPS, draw_poster
from microfed.words import all_words

SQUARE = re.compile(
    r'<path transform="translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)" d="([^"]+)"'
)


def printed(x: float, y: float, each: float, dots: str) -> Image.Image:
    """Return a sheet with one of the squares on it, ten points to the millimetre."""
    sheet = Image.new("L", (2100, 2970), 255)
    ink = ImageDraw.Draw(sheet)
    for column, row in re.findall(r"M(\d+) (\d+)h1", dots):
        left, top = (x + int(column) * each) * 10, (y + int(row) * each) * 10
        ink.rectangle((left, top, left + each * 10 - 0.5, top + each * 10 - 0.5), fill=0)
    return sheet


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("size", ["a4", "a5"])
def test_each_square_of_a_poster_is_the_link(language: str, size: str) -> None:
    link = "https://quartier.example/invite/" + "a1B2c3D4" * 3
    words = all_words()[language]

    drawn = draw_poster(words, place="Ménilmontant & <Belleville>", link=link, note="", size=size)

    squares = [
        printed(float(x), float(y), float(each), dots) for x, y, each, dots in SQUARE.findall(drawn)
    ]
    read = [code.text for square in squares for code in zxingcpp.read_barcodes(square)]
    assert read == [link] * (STRIPS + 1)
    assert "<Belleville>" not in drawn
