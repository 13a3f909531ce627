"""The words: each in French too, none forgotten, typeset as French is."""

import gettext
import re
from datetime import UTC, datetime, timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from microfed.words import (
    LOCALES,
    Words,
    all_words,
    choose_language,
    read_catalog,
    typeset,
)
from tests.web.catalog import messages
from tests.web.conftest import Town

FRENCH = LOCALES / "fr" / "LC_MESSAGES" / "microfed.po"
NOW = datetime(2026, 6, 21, 12, tzinfo=UTC)
_VALUE = re.compile(r"%\(\w+\)s|<[^>]+>")


def test_every_message_is_said_in_french() -> None:
    said = {message.id: message.string for message in read_catalog(FRENCH) if message.id}

    assert set(said) == set(messages())
    for message, french in said.items():
        forms = (french,) if isinstance(french, str) else french
        assert all(forms), message
        first = message if isinstance(message, str) else message[-1]
        for form in forms:
            assert sorted(_VALUE.findall(form)) == sorted(_VALUE.findall(first)), message


def test_french_is_typeset_as_printers_do() -> None:
    assert typeset("L'heure ? Oui : « midi » !") == (
        "L’heure\u202f? Oui\u00a0: «\u202fmidi\u202f»\u202f!"
    )
    assert all_words()["fr"].say("You were invited?") == "On vous a invité\u202f?"


@pytest.mark.parametrize(
    ("wished", "accepted", "expected"),
    [
        (None, "en-GB,en;q=0.8,fr;q=0.5", "en"),
        (None, "de, fr;q=0.3, en;q=0.2", "fr"),
        (None, "de", "fr"),
        (None, "en;q=0", "fr"),
        (None, ";;;q=x,", "fr"),
        ("en", "fr", "en"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_is_the_readers(wished: str | None, accepted: str, expected: str) -> None:
    assert choose_language(wished=wished, accepted=accepted, otherwise="fr") == expected


@pytest.mark.parametrize(
    ("past", "french", "english"),
    [
        (timedelta(seconds=20), "à l’instant", "just now"),
        (timedelta(minutes=5), "il y a 5 minutes", "5 minutes ago"),
        (timedelta(hours=3), "il y a 3 heures", "3 hours ago"),
        (timedelta(days=3), "18 juin", "18 June"),
        (timedelta(days=400), "17 mai 2025", "17 May 2025"),
        (timedelta(hours=-3), "à l’instant", "just now"),
    ],
)
def test_moments_are_told_as_people_do(past: timedelta, french: str, english: str) -> None:
    assert all_words()["fr"].ago(NOW - past, NOW) == french
    assert all_words()["en"].ago(NOW - past, NOW) == english


def test_things_are_counted_as_the_language_does() -> None:
    one, many = "%(n)s answer", "%(n)s answers"

    assert [all_words()["fr"].count(one, many, n) for n in (0, 1, 2)] == [
        "0 réponse",
        "1 réponse",
        "2 réponses",
    ]
    assert all_words()["en"].count(one, many, 0) == "0 answers"


def test_a_value_in_a_message_with_tags_is_escaped() -> None:
    said = all_words()["en"].markup(
        'Passed on by <a href="%(url)s">%(name)s</a>', url='x" onclick="y', name="<b>"
    )

    assert said == 'Passed on by <a href="x&#34; onclick=&#34;y">&lt;b&gt;</a>'


class Marked(gettext.NullTranslations):
    """A language in which every message is set in brackets, so that a raw one is seen."""

    def gettext(self, message: str) -> str:
        return _bracket(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _bracket(msgid1 if n == 1 else msgid2)


def _bracket(message: str) -> str:
    # The brackets stand around each piece of text, and inside the tags of the message.
    return "".join(
        piece if piece.startswith("<") else f"⟦{piece}⟧"
        for piece in re.split(r"(<[^>]+>)", message)
        if piece
    )


class MarkedWords(Words):
    """Dates are words too."""

    def ago(self, moment: datetime, now: datetime) -> str:
        return f"⟦{super().ago(moment, now)}⟧"

    def ahead(self, moment: datetime, now: datetime) -> str:
        return f"⟦{super().ahead(moment, now)}⟧"

    def day(self, moment: datetime) -> str:
        return f"⟦{super().day(moment)}⟧"

    def date(self, day: datetime) -> str:
        return f"⟦{super().date(day)}⟧"

    def moment(self, moment: datetime) -> str:
        return f"⟦{super().moment(moment)}⟧"

    def span(self, starts: datetime, ends: datetime | None, zone: str) -> str:
        return f"⟦{super().span(starts, ends, zone)}⟧"


def raw_strings(html: str) -> list[str]:
    """Return the visible texts of a page that no translation made."""
    tree = LexborHTMLParser(html)
    for said_by_people in tree.css('[translate="no"], .e-content, .p-note, .told, textarea'):
        said_by_people.decompose()
    texts = [tree.body.text(separator="\n")] if tree.body else []
    for node in tree.css("body [aria-label], body [title], body [placeholder]"):
        # A button in a list says what it does, and after a colon to whom: that is a name.
        texts += [
            re.sub(r"⟧: .*", "⟧", node.attributes.get(name) or "")
            for name in ("aria-label", "title", "placeholder")
        ]
    left = re.sub(r"⟦[^⟧]*⟧", "", "\n".join(texts))
    return [line.strip() for line in left.splitlines() if re.search(r"[^\W\d_]", line)]


async def test_no_visible_word_of_the_first_day_escapes_translation(town: Town) -> None:
    town.instance.app.state.words = {"en": MarkedWords("en", Marked())}

    assert raw_strings((await town.get("/")).text) == []


def test_a_raw_word_would_be_noticed() -> None:
    assert raw_strings("<p>⟦Said⟧ raw</p><b title='also raw'></b>") == ["raw", "also raw"]


async def test_a_page_is_in_the_language_of_the_browser(town: Town) -> None:
    town.add("amel")

    french = await town.get("/about", **{"Accept-Language": "fr-FR,fr;q=0.9"})

    assert '<html lang="fr">' in french.text
    assert "Comment entrer" in french.text
