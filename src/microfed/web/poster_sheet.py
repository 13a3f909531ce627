"""What stands on a poster, and where: the same sheet for the screen and for paper."""

from dataclasses import dataclass

from microfed.web.squares import square_dots
from microfed.words import Words

STRIPS = 8
# In millimetres of A4; on A5 all of it is smaller.
WIDE, HIGH, STRIP = 210, 297, 70
SIZES = {"a4": (210, 297), "a5": (148, 210)}


@dataclass(frozen=True, slots=True)
class Line:
    """Words at a place: their middle there, or turned to be read downwards from there."""

    x: float
    y: float
    size: float
    said: str
    is_bold: bool = False
    is_turned: bool = False


@dataclass(frozen=True, slots=True)
class Square:
    """The square that a telephone reads as a link."""

    x: float
    y: float
    wide: float
    link: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A poster: words, squares, and how far from the left one cuts it from the foot."""

    lines: tuple[Line, ...]
    squares: tuple[Square, ...]
    cuts: tuple[float, ...]


def sheet_of(words: Words, *, place: str, link: str, note: str) -> Sheet:
    """Return a poster for an invitation: large above, and strips to tear off below."""
    middle, wide, top = WIDE / 2, WIDE / STRIPS, HIGH - STRIP
    lines = [
        Line(middle, 30, 15, place[:30], is_bold=True),
        Line(middle, 45, 8, words.say("Neighbours talk here. Come in!")),
        Line(middle, 57, 6, note[:60]),
        Line(middle, 200, 6, words.say("Point your telephone at the square, or go to")),
        Line(middle, 211, 5.5, link, is_bold=True),
    ]
    squares = [Square(middle - 62.5, 64, 125, link)]
    for n in range(STRIPS):
        left = n * wide
        squares.append(Square(left + 2, top + 3, wide - 4, link))
        x, y = left + wide / 2, top + wide + 2
        lines.append(Line(x - 4, y, 3.4, place[:22], is_bold=True, is_turned=True))
        lines.append(Line(x - 9, y, 1.9, link, is_turned=True))
    return Sheet(tuple(lines), tuple(squares), tuple(n * wide for n in range(STRIPS)))


def step_of(square: Square) -> float:
    """Return how wide a dot is; a border of four on each side, as telephones need it."""
    return square.wide / (len(square_dots(square.link)) + 8)
