"""What a telephone reads on a poster is the invitation, on the screen and on paper."""

import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, ImageDraw

from microfed.web.poster_on_paper import print_poster
from microfed.web.poster_sheet import STRIPS, sheet_of
from microfed.web.posters import draw_poster
from microfed.words import all_words

SQUARE = re.compile(
    r'<path transform="translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)" d="([^"]+)"'
)
LINK = "https://quartier.example/invite/" + "a1B2c3D4" * 3
SIZES = {"a4": (595, 842), "a5": (420, 595)}


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
    words = all_words()[language]

    drawn = draw_poster(words, place="Ménilmontant & <Belleville>", link=LINK, note="", size=size)

    squares = [
        printed(float(x), float(y), float(each), dots) for x, y, each, dots in SQUARE.findall(drawn)
    ]
    read = [code.text for square in squares for code in zxingcpp.read_barcodes(square)]
    assert read == [LINK] * (STRIPS + 1)
    assert "<Belleville>" not in drawn


def on_paper(place: str, *, size: str = "a4", language: str = "fr", **more: Any) -> Any:
    """Return the only page of a poster as PDF."""
    sheet = sheet_of(all_words()[language], place=place, link=LINK, note="L’œuf à 2 €")
    file = print_poster(sheet, size=size, title=place, otherwise="quartier.example", **more)
    document = pypdfium2.PdfDocument(file)
    assert len(document) == 1
    return document[0]


def said_on(page: Any) -> str:
    return str(page.get_textpage().get_text_bounded())


@pytest.mark.parametrize(("language", "said"), [("fr", "Entrez"), ("en", "Come in!")])
@pytest.mark.parametrize("size", ["a4", "a5"])
def test_each_square_on_paper_is_the_link(language: str, said: str, size: str) -> None:
    page = on_paper("Ménilmontant & <Belleville>", size=size, language=language)

    assert [round(side) for side in page.get_size()] == list(SIZES[size])
    image = page.render(scale=4 if size == "a4" else 6).to_pil()
    read = [code.text for code in zxingcpp.read_barcodes(image)]
    assert read == [LINK] * (STRIPS + 1)
    text = said_on(page)
    assert said in text and "Ménilmontant & <Belleville>" in text and "L’œuf à 2 €" in text
    assert text.count(LINK) == STRIPS + 1


def font_of(letters: str, folder: Path) -> None:
    """Put a font there that has these letters, as squares."""
    pen = TTGlyphPen(None)
    for n, corner in enumerate(((0, 0), (0, 500), (500, 500), (500, 0))):
        (pen.lineTo if n else pen.moveTo)(corner)
    pen.closePath()
    names = {ord(letter): f"uni{ord(letter):04X}" for letter in letters}
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder([".notdef", *names.values()])
    made.setupCharacterMap(names)
    made.setupGlyf({name: pen.glyph() for name in (".notdef", *names.values())})
    made.setupHorizontalMetrics(dict.fromkeys((".notdef", *names.values()), (600, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Made", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(folder / "Made.ttf")


def test_a_name_in_another_script_is_printed_with_a_font_of_the_machine(tmp_path: Path) -> None:
    font_of("Белвиль ", tmp_path)
    (tmp_path / "ABroken.ttf").write_bytes(b"no font")

    assert "Белвиль" in said_on(on_paper("Белвиль 🌻", folders=(tmp_path,)))


@pytest.mark.parametrize("place", ["ベルヴィル", "حيّ بلفيل", "שכונה", "हमारा मोहल्ला", "🌻"])
def test_what_cannot_be_printed_gives_way_to_the_address_and_the_link_stays(
    place: str, tmp_path: Path
) -> None:
    page = on_paper(place, folders=(tmp_path, tmp_path / "nothing"))

    assert LINK in said_on(page)
    read = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert {code.text for code in read} == {LINK}
    assert "quartier.example" in said_on(page).replace(LINK, "")
