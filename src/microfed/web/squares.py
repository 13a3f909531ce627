"""Links as squares that a telephone reads."""

import io
from functools import lru_cache
from typing import Any


def square_svg(link: str) -> str:
    """Return the square of a link as an SVG to stand in a page."""
    out = io.BytesIO()
    _made(link).save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="#ffffff"
    )
    return out.getvalue().decode()


@lru_cache(4)
def square_dots(link: str) -> tuple[tuple[bool, ...], ...]:
    """Return the square of a link, row by row, without its white border."""
    return tuple(tuple(bool(dot) for dot in row) for row in _made(link).matrix)


def _made(link: str) -> Any:
    # Half a megabyte, for three pages that are opened now and then.
    import segno  # noqa: PLC0415

    return segno.make(link, error="m", micro=False)
