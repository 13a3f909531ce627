"""Every message of the pages, found where it is said: in the templates and in the code."""

from babel.messages.extract import extract_from_dir

from microfed.words import LOCALES

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "say": None,
    "N_": None,
    "n_": (1, 2),
    "count": (1, 2),
    "html_": None,
    "markup": None,
}
METHODS = [
    ("web/templates/**.html", "jinja2.ext.babel_extract"),
    ("web/templates/**.xml", "jinja2.ext.babel_extract"),
    ("web/**.py", "python"),
    ("oauth/**.py", "python"),
    ("operations/letters.py", "python"),
    ("operations/event_telling.py", "python"),
    ("operations/event_reminders.py", "python"),
    ("operations/letter_pages.py", "python"),
    ("queries/letter_sections.py", "python"),
    ("mastodon/present_push.py", "python"),
    ("pages.py", "python"),
    ("words.py", "python"),
    ("plain_words.py", "python"),
    ("handing_over.py", "python"),
    ("journal_words.py", "python"),
]


def messages() -> dict[str | tuple[str, ...], list[str]]:
    """Return each message and the files that say it; a plural is a pair."""
    found: dict[str | tuple[str, ...], list[str]] = {}
    for file, _line, message, _comments, _context in extract_from_dir(
        LOCALES.parents[1],
        METHODS,
        {"web/templates/**": {"trimmed": "true", "silent": "false"}},
        keywords=KEYWORDS,
    ):
        found.setdefault(message, []).append(file)
    return found
