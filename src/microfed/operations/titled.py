"""What has a title, a place and some words: an event, an offer, a need; as they may stand."""

from typing import NoReturn

from microfed.errors import Invalid
from microfed.text import clean_text

MOST_WORDS = 4_000


def one_line(text: str) -> str:
    """Return what was typed as one clean line."""
    return " ".join(clean_text(text).split())


def check_titled(
    title: str, place: str, words: str, *, longest_title: int, longest_place: int
) -> None:
    """Refuse, with the field, what has no title or says too much."""
    if not title:
        refuse("title", "it needs a title")
    if len(title) > longest_title:
        refuse("title", f"a title has at most {longest_title} characters")
    if len(place) > longest_place:
        refuse("place", f"a place has at most {longest_place} characters")
    if len(words) > MOST_WORDS:
        refuse("words", f"the text has at most {MOST_WORDS} characters")


def refuse(field: str, why: str) -> NoReturn:
    """Refuse what was typed in one field."""
    raise Invalid(why, {field: why})
