"""What is one's own alone is behind no door for anybody else: every address, every way to ask it,
asked by a neighbour, an organiser, an admin, somebody suspended, an ally, and without an account.

The one honest exception is a copy of the whole place: whoever keeps the machine has what is on it.
"""

import asyncio
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from starlette.routing import Route, WebSocketRoute
from typer.main import get_command
from typer.testing import CliRunner

from microfed.cli.commands import app as commands
from microfed.mastodon.by_path import ByPath
from microfed.operations.moderation import act
from microfed.operations.tokens import give_token
from microfed.queries.people import keys_of
from microfed.remote.signatures import Signer
from microfed.store.bilan import BilanEntry
from microfed.store.consultations import Ballot
from microfed.store.database import Tx
from microfed.store.people import Actor
from tests.federation.test_alliances import proposes
from tests.fediverse import AS2, Fediverse
from tests.mastodon.table import flat
from tests.web.conftest import ORIGIN, Town, fill, send, sign_in
from tests.web.sentinels import ADDRESS, MEET, REASON, WORDS, Hers, hide
from tests.web.settings.test_going import do_jobs
from tests.web.test_bilan import SECRET, write

# They answer for ever; what they send are posts and news (things.txt).
ENDLESS = ("/listen", "/api/v1/streaming")
# It says nothing, and whoever asks it asks nothing more.
GOODBYE = "/sign-out"
# Where an address names something, it is asked for Béa, and for this of hers.
HERS = {
    "posts": ("question", "said", "answer"),
    "@{name}": ("question", "said"),
    "statuses": ("question", "said", "answer"),
    "contexts": ("said", "answer"),
    "talks": ("said",),
    "polls": ("question",),
    "consultations": ("vote",),
    "entraide": ("offer", "answer"),
    "agenda": ("date",),
    "circles": ("circle",),
    "planned": ("draft",),
    "scheduled": ("draft",),
    "admin": ("line",),
    "filters": ("line",),
    "lists": ("line",),
}


@pytest.fixture
async def hers(town: Town) -> Hers:
    """Béa's balance, her file, her objection, and what else is nobody's business."""
    fill(town)
    for name, role in (("zoe", "organiser"), ("sam", "member"), ("eva", "member")):
        town.add(name, role=role)
    town.add("noe")
    await sign_in(town, "bea")
    await write(town)
    await send(town, "/settings/export", x="1")
    await do_jobs(town)
    assert SECRET in (await town.get("/bilan?days=90")).text
    return hide(town)


async def test_no_address_gives_what_is_ones_own_to_anybody_else(
    town: Town, hers: Hers, caplog: pytest.LogCaptureFixture
) -> None:
    # Given people with all that opens doors
    caplog.set_level(logging.DEBUG)
    addresses = sorted(set(all_addresses(town, hers)))
    ways = {method for method, _ in addresses}
    assert ways == {"GET", "POST", "PUT", "PATCH", "DELETE"} and len(addresses) > 550

    # And she finds nearly all of it, as she may: these are the right words and addresses
    headers = await comes(town, "bea")
    paths = [path for method, path in addresses if method == "GET" and "/stream?" not in path]
    pages = [await ask(town, "GET", path, headers) for path in paths]
    assert [str(page.url) for page in pages if page.status_code == 500] == []
    read = "".join(page.text for page in pages)
    assert {word for word in WORDS if word not in read} == {REASON, ADDRESS, MEET}

    # When each of them asks every address in every way; an admin, who may take much away, at last
    told, answered = [], 0
    for who in ("leo", "zoe", "sam", None, "amel"):
        headers = await comes(town, who)
        for method, path in addresses:
            page = await ask(town, method, path, headers)
            answered += page.status_code == 200
            assert page.status_code != 500, f"{method} {path} ({who})"
            if tells(page):
                told.append(f"{method} {path} ({who})")
        if who in ("leo", "zoe"):
            assert (await town.get("/home")).status_code == 200, f"{who} was signed out"
            line = str(hers.ids["line"])
            assert (await send(town, "/bilan", deed="strike", id=line)).status_code == 404
        if who is None:  # so far it is all there
            is_hers(town)

    # Then it is in none of the answers and in no log
    assert told == []
    assert answered > 600
    assert not [word for word in WORDS if word in caplog.text and word != ADDRESS]


async def test_not_even_who_voted_reads_a_ballot_again(town: Town, hers: Hers) -> None:
    await sign_in(town, "bea")
    headers = {"Authorization": f"Bearer {key_of(town, 'bea')}"}
    question = hers.ids["question"]
    for path in (f"/consultations/{hers.ids['vote']}", f"/posts/{question}"):
        page = await town.browser.get(path, headers=headers)
        assert page.status_code == 200 and REASON not in page.text and "checked" not in page.text
    poll = (await town.browser.get(f"/api/v1/polls/{question}", headers=headers)).json()
    assert poll["voted"] is True and poll["own_votes"] == []


async def test_no_signature_opens_it(town: Town, hers: Hers, fediverse: Fediverse) -> None:
    # Given an allied place, which signs its questions itself, and somebody who lives there
    menil = await fediverse.instance("menil.test")
    marc = menil.add("marc")
    await proposes(town.instance, menil)
    await proposes(menil, town.instance)
    await fediverse.settle()
    with menil.house.db.reading() as tx:
        place = tx.session.scalars(select(Actor).where(Actor.kind == "Application")).first()
        assert place is not None
        signers = [signer_of(tx, id_) for id_ in (place.id, marc.id)]
    asked = [path for method, path in all_addresses(town, hers) if method == "GET"]
    documents = [p for p in asked if not p.startswith(("/api/", "/desk", "/settings", "/oauth"))]

    told = [
        path
        for signer in signers
        for path in sorted(set(documents))
        if (await opens(menil.house.web, path, signer))
    ]

    assert told == []


async def test_no_command_tells_it_and_a_copy_of_the_place_has_it(
    town: Town, hers: Hers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MICROFED_URL", "https://here.test")
    monkeypatch.setenv("MICROFED_DATA", str(town.instance.house.settings.data))
    monkeypatch.chdir(tmp_path)
    run, looks = CliRunner(), list(looking_commands())
    assert ["member", "show", "bea"] in looks and len(looks) > 8

    for words in looks:
        said = await asyncio.to_thread(run.invoke, commands, words)
        assert said.exit_code == 0, (words, said.output)
        assert not [word for word in WORDS if word in said.output], words

    # Whoever keeps copies keeps what is in them; "who reads what" says so (docs)
    copy = tmp_path / "copy"
    made = await asyncio.to_thread(run.invoke, commands, ["backup", str(copy)])
    assert made.exit_code == 0, made.output
    assert SECRET in "".join(parts_of(copy))


async def test_no_kind_of_route_is_overlooked(town: Town) -> None:
    routes = town.instance.app.routes
    assert {type(route) for route in routes} == {ByPath, Route, WebSocketRoute}
    sockets = [route.path for route in routes if isinstance(route, WebSocketRoute)]
    assert all(path.startswith(ENDLESS) for path in sockets)


async def comes(town: Town, who: str | None) -> dict[str, str]:
    """Somebody comes, with a browser that is signed in and a token for all there is."""
    town.browser.cookies.clear()
    headers = dict(ORIGIN)
    if who is not None:
        await sign_in(town, who)
        headers["Authorization"] = f"Bearer {key_of(town, who)}"
    if who == "sam":

        def suspend(tx: Tx) -> None:
            amel, sam = (tx.session.get_one(Actor, town.people[one]) for one in ("amel", "sam"))
            act(tx, by=amel, target=sam, action="suspend")

        town.change(suspend)
    return headers


async def ask(town: Town, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """Ask an address, with a form or a wish that asks for all that is Béa's."""
    if method == "GET":
        return await town.browser.get(path, headers=headers)
    given = {"id": path.rpartition("=")[2], "name": "bea", "q": SECRET[:6], "days": "90"}
    if path.startswith("/api/"):
        return await town.browser.request(method, path, headers=headers, json=given)
    return await town.browser.request(method, path, headers=headers, data=given)


def tells(page: httpx.Response) -> bool:
    """Say whether an answer says what it must not; a packed file would say it out of sight."""
    return page.content.startswith(b"PK") or any(word in page.text for word in WORDS)


def is_hers(town: Town) -> None:
    """It is all there, and hers."""
    assert town.change(lambda tx: tx.session.scalars(select(BilanEntry.words)).one()) == SECRET
    assert len(town.change(lambda tx: tx.session.scalars(select(Ballot.member_id)).all())) == 1


def all_addresses(town: Town, hers: Hers) -> Iterator[tuple[str, str]]:
    """Return every address, and how one can ask it, with Béa's name and numbers in it."""
    names = {"name": "bea", "username": "bea", "acct": "bea", "key": hers.archive}
    asked = f"?days=90&acct=bea&q={SECRET[:6]}&resolve=false&id={hers.ids['line']}"
    for route in flat(town.instance.app.routes):
        if route.path.startswith(ENDLESS) or route.path == GOODBYE:
            continue
        first, *others = route.path.replace("/{name}.csv", "/bilan.csv").split("{")
        also = (kind for word, kinds in HERS.items() if word in route.path for kind in kinds)
        for what in ("bea", *also):
            steps = [
                names.get(step.partition("}")[0].partition(":")[0], str(hers.ids[what]))
                + step.partition("}")[2]
                for step in others
            ]
            for method in sorted(set(route.methods or ()) - {"HEAD"}):
                yield method, first + "".join(steps) + asked


def looking_commands() -> Iterator[list[str]]:
    """Return the commands that say something of people, or of how the place stands."""
    for name, command in get_command(commands).commands.items():  # type: ignore[attr-defined]
        for inner, under in getattr(command, "commands", {name: command}).items():
            words = [name] if under is command else [name, inner]
            if inner in ("list", "show", "journal", "queue", "waiting"):
                needs = [one for one in under.params if one.param_type_name == "argument"]
                yield [*words, *("bea" for one in needs if one.required)]


def parts_of(copy: Path) -> Iterator[str]:
    """Return what is in a copy of the place."""
    with zipfile.ZipFile(copy) as parts:
        for name in parts.namelist():
            yield parts.read(name).decode("utf-8", "replace")


def signer_of(tx: Tx, id_: int) -> Signer:
    key = next(key for key in keys_of(tx, id_) if key.algorithm == "rsa")
    assert key.private is not None
    return Signer(key.uri, key.private)


async def opens(web: object, path: str, signer: Signer) -> bool:
    """Say whether a signed question is answered with what it must not be."""
    answer = await web.get(f"https://here.test{path}", accept=AS2, sign=signer)  # type: ignore[attr-defined]
    return any(word.encode() in answer.body for word in WORDS)


def key_of(town: Town, who: str) -> str:
    """Return a token for all that there is, the admin's doors included."""

    def work(tx: Tx) -> str:
        scopes = ["read", "write", "follow", "push", "profile", "admin:read", "admin:write"]
        return give_token(tx, member_id=town.people[who], scopes=scopes)

    return str(town.change(work))
