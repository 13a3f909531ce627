"""FEDERATION.md says what the code does, no more and no less."""

import re
from pathlib import Path

from microfed.bodies import MOST_BYTES
from microfed.federation.inbox import HANDLERS
from microfed.fetching import MOST_FETCHES
from microfed.operations.elsewhere_parts import MOST_NOTIFIED
from microfed.operations.hosts import GIVE_UP_AFTER
from microfed.outbound.deliver import PROVEN, SILENT_AFTER
from microfed.vocab import objects
from microfed.vocab.terms import ACTOR_TYPES, POST_TYPES
from microfed.wire import DEEPEST, MOST_NODES
from microfed.workers import gather

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "FEDERATION.md").read_text()


def section(title: str) -> str:
    found = re.search(rf"^### {title}\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def names(text: str) -> set[str]:
    return set(re.findall(r"`([A-Z]\w+)`", text))


def test_every_handler_is_listed_and_has_a_file_of_its_own() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", section("Activities received"), re.MULTILINE)
    assert set(listed) == {kind.__name__ for kind in HANDLERS}

    folder = ROOT / "src" / "microfed" / "federation" / "inbox"
    snake = {re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower() for kind in HANDLERS}
    files = {path.stem for path in folder.glob("*.py")} - {"__init__", "group"}
    assert files == snake


def test_every_activity_that_is_sent_is_listed() -> None:
    written: set[str] = set()
    for path in (ROOT / "src" / "microfed").rglob("*.py"):
        if "outbound" in path.parts or "operations" in path.parts:
            text = path.read_text()
            written |= set(
                re.findall(r'(?:activity|_answer|_change|say_to_home)\(\s*(?:tx, )?"(\w+)"', text)
            )
            written |= set(re.findall(r'"(?:going|maybe|declined)": "([A-Z]\w+)"', text))
            written |= set(re.findall(r'"type": "(Create|Update|Delete|Announce)"', text))

    sent, proven = section("Activities sent").split("Public ")
    assert names(sent) == written
    assert names(proven) == PROVEN


def test_every_type_that_is_read_is_listed() -> None:
    posts, actors = section("Objects read").split("Actors may be")

    assert names(posts) == POST_TYPES
    assert names(actors) == ACTOR_TYPES


def test_every_limit_is_the_one_in_force() -> None:
    said = dict(re.findall(r"^\| ([^|]+?) \| ([\d,]+)", section("Limits"), re.MULTILINE))

    assert {what: int(number.replace(",", "")) for what, number in said.items()} == {
        "body of a delivery, of a fetched document": MOST_BYTES,
        "depth of a document": DEEPEST,
        "values in a document": MOST_NODES,
        "mentions kept of a post": objects.MOST_MENTIONS,
        "neighbours notified by a post": MOST_NOTIFIED,
        "hashtags and emoji kept of a post": objects.MOST_TAGS,
        "attachments kept of a post": objects.MOST_ATTACHMENTS,
        "answers of a poll from elsewhere": objects.MOST_OPTIONS,
        "characters of content kept": objects.MOST_CONTENT,
        "posts fetched above another, at a time": gather.MOST_ANCESTORS,
        "documents fetched below another, at a time": gather.MOST_DESCENDANTS,
        "posts fetched of a profile": gather.MOST_OF_A_PROFILE,
        "documents fetched for one activity": MOST_FETCHES,
        "days a delivery is tried": GIVE_UP_AFTER.days,
        "days of silence until a server is told nothing more": SILENT_AFTER.days,
    }


def test_every_proposal_that_the_code_names_is_listed() -> None:
    code = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    named = {name.lower() for name in re.findall(r"FEP-([0-9a-f]{4})", code)}

    listed = re.findall(r"^- \[FEP-([0-9a-f]{4})\]\(https://w3id.org/fep/\1\)", TEXT, re.MULTILINE)
    assert named <= set(listed)
