"""Who gets what, and who may read it: reach.txt, cell by cell, on real servers over real sockets.

Each thing is said, answered, passed on, corrected, looked for and taken back once for each
audience; the doors of all servers keep what came to them, whatever was answered.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.components.fedify import FedifyServer
from tests.components.processes import until
from tests.federation.quarters import (
    AS2,
    PAGE,
    SAID,
    Cell,
    Quarters,
    Said,
    is_shown,
    known_as,
    stands,
)
from tests.federation.towns import Citizen, towns

TABLE = Path(__file__).parent / "reach.txt"
NOBODY: frozenset[str] = frozenset()


def table() -> dict[tuple[str, str], Cell]:
    """Return what reach.txt says: by audience and deed the doors and the people."""
    lines = TABLE.read_text().splitlines()
    rows = (line.split("|") for line in lines if line and not line.startswith("#"))
    return {
        (audience.strip(), deed.strip()): (listed(doors), listed(people))
        for audience, deed, doors, people in rows
    }


def listed(cell: str) -> frozenset[str]:
    return frozenset(name for part in cell.split(",") if (name := part.strip()) not in ("", "-"))


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarters]:
    folder = tmp_path_factory.mktemp("quarters")
    big = FedifyServer(folder / "fedify.log", people=("eva",))
    big.start()
    try:
        with towns(folder, "belleville", "menil", "jourdain") as (b, m, j):
            there = Quarters(b, m, j, big)
            yield there
            there.close()
    finally:
        big.stop()


@pytest.fixture(scope="module")
def found(quarters: Quarters) -> dict[tuple[str, str], Cell]:
    """All that is done in a day, and what came of it."""
    return Day(quarters).lived()


@pytest.mark.parametrize(("audience", "deed"), table())
def test_each_thing_reaches_its_own(
    found: dict[tuple[str, str], Cell], audience: str, deed: str
) -> None:
    doors, people = table()[audience, deed]

    assert set(found[audience, deed][0]) == set(doors), "doors"
    assert set(found[audience, deed][1]) == set(people), "people"


def test_the_table_leaves_nothing_out(found: dict[tuple[str, str], Cell]) -> None:
    assert set(found) == set(table())


class Day:
    """A day in the quarters, and what is written down of it."""

    def __init__(self, quarters: Quarters) -> None:
        self.q = quarters
        self.found: dict[tuple[str, str], Cell] = {}

    def lived(self) -> dict[tuple[str, str], Cell]:
        self.everything_is_said()
        for said in SAID:
            self.is_read(said)
        self.everything_is_answered()
        self.everything_is_passed_on()
        self.everything_is_corrected()
        self.streams_were_heard()
        self.everything_is_taken_back()
        return self.found

    def note(
        self, said: Said, deed: str, doors: frozenset[str] = NOBODY, who: set[str] | None = None
    ) -> None:
        others = frozenset(who or ()) - {said.author}
        self.found[said.audience, deed] = (doors, others)

    def everything_is_said(self) -> None:
        marks = self.q.marks()
        for said in SAID:
            author, wish = self.q.people[said.author], dict(said.wish)
            if said.audience == "circle":
                wish["circle_id"] = self.q.circle
            named = f" {self.q.people[said.names].handle}" if said.names else ""
            said.uri = author.says(f"{said.word}{named}", **wish)["uri"]
        self.q.settle()
        for said in SAID:
            self.note(said, "post", self.q.doors(said.uri, marks))

    def is_read(self, said: Said) -> None:
        q, uri, word = self.q, said.uri, said.word

        def in_search(_: str, who: Citizen) -> bool:
            got = who.call("GET", "/api/v2/search", q=word, type="statuses")["statuses"]
            return uri in [one["uri"] for one in got]

        def in_bubble(_: str, who: Citizen) -> bool:
            got = who.call("GET", "/api/v1/timelines/bubble", limit=40)
            return uri in [one["uri"] for one in got]

        def by_program(_: str, who: Citizen) -> bool:
            headers = {"Authorization": f"Bearer {who.token}", "Accept": AS2}
            if uri.startswith(who.town.url):
                return is_shown(who.town.client.get(uri, headers=headers), word)
            given = {"id": uri}
            return is_shown(
                who.town.client.post(f"{who.uri}/proxy", data=given, headers=headers), word
            )

        def on_page(name: str, who: Citizen) -> bool:
            path = f"/posts/{known_as(who.town, uri)}"
            return is_shown(q.browsers[name].get(path, headers=PAGE), word)

        home = q.people[said.author].town
        anyone = {"anyone"} if is_shown(home.read(uri), word) else set()
        self.note(said, "app", who=q.who(lambda _, who: who.knows(uri) is not None))
        self.note(said, "home", who=q.who(lambda _, who: uri in who.home()))
        self.note(said, "bubble", who=q.who(in_bubble))
        self.note(said, "search", who=q.who(in_search))
        self.note(said, "c2s", who=q.who(by_program))
        self.note(said, "fetch", who=q.signed(uri) | anyone)
        self.note(said, "feed", who=self.feeds(said))
        strangers = is_shown(home.client.get(uri, headers=PAGE, follow_redirects=True), word)
        page = q.who(on_page) | ({"anyone"} if strangers else set())
        self.note(said, "page", who=page)

    def feeds(self, said: Said) -> set[str]:
        """Return in which lists that anyone may open a post stands."""
        author = self.q.people[said.author]
        addresses = {
            "atom": f"/@{author.name}.atom",
            "latest": "/latest.atom",
            "outbox": f"/users/{author.name}/outbox?page=true",
            "timeline": "/api/v1/timelines/public?local=true",
            "profile": f"/@{author.name}",
        }
        answers = {name: author.town.client.get(path) for name, path in addresses.items()}
        return {name for name, answer in answers.items() if is_shown(answer, said.word)}

    def everything_is_answered(self) -> None:
        marks = self.q.marks()
        for said in SAID:
            who = self.q.people[said.replier]
            wish = {"in_reply_to_id": str(known_as(who.town, said.uri)), "visibility": "public"}
            if said.audience == "people":
                wish["visibility"] = "direct"
            said.answer = who.says(f"antwort{said.word}", **wish)["uri"]
        self.q.settle()
        for said in SAID:
            answer = said.answer
            doors = self.q.doors(answer, marks)
            readers = self.q.who(lambda _, who, answer=answer: who.knows(answer) is not None)  # type: ignore[misc]
            home = self.q.people[said.replier].town
            readers |= self.q.signed(answer) & {"eva"}
            readers |= {"anyone"} if home.read(answer).status_code == 200 else set()
            self.found[said.audience, "reply"] = (doors, frozenset(readers) - {said.replier})

    def everything_is_passed_on(self) -> None:
        for said in SAID:
            marks, uri = self.q.marks(), said.uri

            def passes_on(_: str, who: Citizen, uri: str = uri) -> bool:
                path = f"/api/v1/statuses/{known_as(who.town, uri)}/reblog"
                headers = {"Authorization": f"Bearer {who.token}"}
                return who.town.client.post(path, headers=headers).status_code == 200

            who = self.q.who(passes_on)
            self.q.settle()
            self.note(said, "boost", self.q.doors(uri, marks), who)

    def everything_is_corrected(self) -> None:
        marks = self.q.marks()
        for said in SAID:
            author = self.q.people[said.author]
            path = f"/api/v1/statuses/{known_as(author.town, said.uri)}"
            author.call("PUT", path, status=f"neu{said.word}")
        self.q.settle()
        for said in SAID:

            def reads(_: str, who: Citizen, said: Said = said) -> bool:
                return f"neu{said.word}" in str(who.knows(said.uri))

            doors = self.q.doors(said.uri, marks)
            self.note(said, "edit", doors, self.q.who(reads))

    def streams_were_heard(self) -> None:
        for said in SAID:
            wanted = table()[said.audience, "stream"][1]

            def hear(said: Said = said) -> set[str]:
                return {name for name, ear in self.q.ears.items() if said.uri in ear.heard}

            until(lambda: wanted <= hear(), f"the streams of {said.audience}")  # noqa: B023
            self.note(said, "stream", who=hear())

    def everything_is_taken_back(self) -> None:
        marks = self.q.marks()
        for said in SAID:
            author = self.q.people[said.author]
            path = f"/api/v1/statuses/{known_as(author.town, said.uri)}"
            author.call("DELETE", path)
        self.q.settle()
        for said in SAID:
            uri, doors = said.uri, self.q.doors(said.uri, marks)
            left = self.q.who(lambda _, who, uri=uri: who.knows(uri) is not None)  # type: ignore[misc]
            self.note(said, "delete", doors, left)


def test_after_the_end_of_an_alliance_nothing_flows_on_either_side(
    quarters: Quarters, found: dict[tuple[str, str], Cell]
) -> None:
    q, (amel, marc) = quarters, (quarters.people["amel"], quarters.people["marc"])
    belleville, menil = q.towns["belleville"], q.towns["menil"]
    before = [one.says("davor", visibility="ring")["uri"] for one in (amel, marc)]
    q.settle()
    assert [q.signed(uri) >= {"jo"} for uri in before] == [False, True]

    # When Ménil ends it, and whoever was in the ring speaks at once
    menil.server.cli("ally", "revoke", belleville.server.host, "--json")
    assert stands(menil, belleville) == ""
    q.settle()
    assert stands(belleville, menil) == ""
    marks = q.marks()
    after = [one.says("danach", visibility="ring")["uri"] for one in (amel, marc)]
    q.settle()

    # Then nothing of it comes to the other, and what was said before is not opened there any more
    assert q.doors(after[0], marks) == NOBODY
    assert q.doors(after[1], marks) == {"jourdain"}
    for uri in (before[0], after[0]):
        assert q.signed(uri) == set()
    for uri in (before[1], after[1]):
        assert q.signed(uri) == {"jo", "joe", "jourdain's place"}
    # And those who had read it still may
    assert marc.knows(before[0]) and amel.knows(before[1])
    assert not marc.knows(after[0]) and not amel.knows(after[1])
