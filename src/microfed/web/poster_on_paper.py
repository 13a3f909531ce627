"""The poster as PDF: what printers and copy shops take.

The fonts that every PDF reader has say the languages of western Europe. For what they cannot say,
a font of this machine is taken along (as few letters of it as are needed). Where none says it
either, or the script needs joining up or reading from the right, the line is left out rather than
printed wrong: the name of the place gives way to its address. The square and the link, which are
what a poster is for, need no font but these. The poster for the screen (SVG) says every script.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from microfed.web.poster_sheet import (
    HIGH,
    SIZES,
    STRIP,
    WIDE,
    Line,
    Sheet,
    Square,
    step_of,
)
from microfed.web.squares import square_dots

FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path("/Library/Fonts"))
# The broadest first; not every font of a machine is opened for a poster.
_BROAD = ("dejavusans", "notosans", "freesans", "unifont", "arialunicode", "droidsansfallback")
_MOST_FONTS = 12
_POINTS = 72 / 25.4  # to the millimetre
_EDGE = 5


def print_poster(
    sheet: Sheet, *, size: str, title: str, otherwise: str, folders: Iterable[Path] = FOLDERS
) -> bytes:
    """Return a poster as PDF; `otherwise` stands where the name of the place cannot be printed."""
    # A heavy library that few requests need.
    from fpdf import FPDF  # noqa: PLC0415

    pdf = FPDF(unit="mm", format=SIZES[size])
    pdf.core_fonts_encoding = "windows-1252"
    pdf.set_margin(0)
    pdf.set_auto_page_break(False)
    pdf.set_title(_plain(title) or otherwise)
    pdf.add_page()
    scale, paper = SIZES[size][0] / WIDE, _Fonts(pdf, tuple(folders))
    pdf.set_draw_color(102)
    pdf.set_line_width(0.3 * scale)
    pdf.set_dash_pattern(dash=2 * scale, gap=2 * scale)
    for left in sheet.cuts:
        pdf.line(left * scale, (HIGH - STRIP) * scale, left * scale, HIGH * scale)
    for square in sheet.squares:
        _print_square(pdf, square, scale)
    for line in sheet.lines:
        _print_line(pdf, line, scale, paper, otherwise)
    return bytes(pdf.output())


class _Fonts:
    """The fonts of one sheet: those every reader has, and what was taken along."""

    def __init__(self, pdf: Any, folders: tuple[Path, ...]) -> None:
        self._pdf = pdf
        self._folders = folders
        self._taken: dict[Path, str | None] = {}

    def choose(self, text: str, *, is_bold: bool, size: float) -> bool:
        """Set a font that says all of `text`; says whether there is one."""
        if _is_western(text):
            self._pdf.set_font("Helvetica", "B" if is_bold else "", size)
            return True
        if any(_needs_shaping(character) for character in text):
            return False
        for file in _fonts_in(self._folders):
            family = self._take(file)
            if family is not None and self._says(family, text):
                self._pdf.set_font(family, "", size)
                return True
        return False

    def _take(self, file: Path) -> str | None:
        if file not in self._taken:
            family = f"taken{len(self._taken)}"
            try:
                self._pdf.add_font(family, "", file)
            # A broken or odd font of the machine is no reason to print no poster.
            except Exception:
                self._taken[file] = None
            else:
                self._taken[file] = family
        return self._taken[file]

    def _says(self, family: str, text: str) -> bool:
        known = self._pdf.fonts[family].cmap
        return all(ord(character) in known for character in text)


@lru_cache(4)
def _fonts_in(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    found = [
        file
        for folder in folders
        for kind in ("*.ttf", "*.otf")
        for file in sorted(folder.rglob(kind))
    ]
    return tuple(sorted(found, key=_how_broad)[:_MOST_FONTS])


def _how_broad(file: Path) -> tuple[int, int]:
    name = file.stem.lower().replace("-regular", "").replace("-", "")
    rank = next((at for at, known in enumerate(_BROAD) if name.startswith(known)), len(_BROAD))
    return rank, len(name)  # DejaVuSans before DejaVuSansMono-BoldOblique


def _is_western(text: str) -> bool:
    try:
        text.encode("windows-1252")
    except UnicodeEncodeError:
        return False
    return True


def _needs_shaping(character: str) -> bool:
    # Read from the right, or set upon the letter before: printed letter by letter it is wrong.
    return unicodedata.bidirectional(character) in ("R", "AL", "AN") or unicodedata.category(
        character
    ) in ("Mn", "Mc", "Me")


def _plain(text: str) -> str:
    """Return a line without little pictures and what cannot be seen."""
    composed = unicodedata.normalize("NFC", text)
    kept = (
        character
        for character in composed
        if character.isspace()
        or _is_western(character)
        or (
            unicodedata.category(character) not in ("So", "Sk", "Cf", "Cc", "Co", "Cn", "Cs")
            and not 0xFE00 <= ord(character) <= 0xFE0F
        )
    )
    return " ".join("".join(kept).split())


def _print_line(pdf: Any, line: Line, scale: float, fonts: _Fonts, otherwise: str) -> None:
    size, text = line.size * scale * _POINTS, _plain(line.said)
    if not text or not fonts.choose(text, is_bold=line.is_bold, size=size):
        if not line.is_bold:
            return
        text = otherwise
        fonts.choose(text, is_bold=True, size=size)
    room = (STRIP - WIDE / 8 - 4 if line.is_turned else WIDE - 2 * _EDGE) * scale
    wide = pdf.get_string_width(text)
    if wide > room:
        pdf.set_font_size(pdf.font_size_pt * room / wide)
        wide = room
    x, y = line.x * scale, line.y * scale
    if line.is_turned:
        with pdf.rotation(-90, x=x, y=y):
            pdf.text(x, y, text)
    else:
        pdf.text(x - wide / 2, y, text)


def _print_square(pdf: Any, square: Square, scale: float) -> None:
    step = step_of(square) * scale
    pdf.set_fill_color(0)
    for row, dots in enumerate(square_dots(square.link)):
        at = 0
        for is_dark, run in groupby(dots):
            many = len(list(run))
            if is_dark:
                x, y = square.x * scale + (at + 4) * step, square.y * scale + (row + 4) * step
                # A hair higher than it is, so that no white shows between two rows.
                pdf.rect(x, y, many * step, step * 1.03, style="F")
            at += many
