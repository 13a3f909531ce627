"""The browser of the tests: Debian's Chromium, which playwright is told to use as it is."""

from tests.components.needed import CHROMIUM, ensure

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str:
    """Return the path of the browser, installing it where that is allowed."""
    ensure([CHROMIUM])
    found = CHROMIUM.find("chromium")
    assert found
    return found
