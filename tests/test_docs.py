"""Every page of the documentation leads where it says it leads."""

import re
from pathlib import Path

import pytest

from tests.components.processes import ROOT

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md"), *(ROOT / "deploy").glob("**/*.md")]
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """Return how the headings of a page are called in addresses."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(page.read_text())
    }


def leads_nowhere(page: Path, link: str) -> bool:
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    return not target.exists() or bool(anchor) and anchor not in anchors(target)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if not ELSEWHERE.match(link)]

    assert [link for link in links if leads_nowhere(page, link)] == []


def test_a_page_or_a_heading_that_is_not_there_is_noticed() -> None:
    readme = ROOT / "README.md"

    assert leads_nowhere(readme, "docs/en/nothing.md")
    assert leads_nowhere(readme, "#nothing")
    assert not leads_nowhere(readme, "#try-it")


def test_the_newcomer_is_shown_files_that_are_there() -> None:
    guide = (ROOT / "docs/en/explanation/the-house.md").read_text()
    named = re.findall(r"`([a-z_]+/[a-z_/]+(?:\.py)?)`", guide)

    assert named
    assert [path for path in named if not (ROOT / "src/microfed" / path).exists()] == []
