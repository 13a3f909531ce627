"""Every setting is documented, in both languages, with the default it really has."""

import re
from typing import Any

import pytest

from microfed.settings import Settings
from tests.components.processes import ROOT

PAGES = {
    language: (ROOT / "docs" / language / "reference" / "settings.md").read_text()
    for language in ("en", "fr")
}
ROW = re.compile(r"^\| `MICROFED_([A-Z_]+)` \| (.*?) \|", re.MULTILINE)
# Defaults that are computed from others, as the pages write them.
COMPUTED = {
    "DATA": "`./data`",
    "DATABASE_URL": "`sqlite:///{DATA}/microfed.db`",
    "STORAGE_URL": "`file://{DATA}/media`",
}
NONE = {"en": "none", "fr": "aucun"}


def default_of(name: str, language: str) -> str:
    value: Any = getattr(Settings(), name.lower())
    if name in COMPUTED:
        return COMPUTED[name]
    if value is None or value == "":
        return NONE[language]
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


@pytest.mark.parametrize("language", PAGES)
def test_every_setting_is_documented_with_its_default(language: str) -> None:
    documented = dict(ROW.findall(PAGES[language]))

    assert documented == {
        name.upper(): default_of(name.upper(), language) for name in Settings.names()
    }
