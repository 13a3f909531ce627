"""What a member takes along is read, and brought, on both engines alike; and once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from microfed.errors import Invalid
from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.archive_parts import take_list
from microfed.operations.bringing import begin_import, claim_import, stop_import
from microfed.operations.brought_lists import begin_list, do_line, go_on
from microfed.operations.files import Kept
from microfed.operations.follows import request_follow
from microfed.operations.own_parts import OwnPart, take_own
from microfed.queries.archive_parts import PARTS
from microfed.queries.archives import LISTS
from microfed.store.bilan import BilanEntry
from microfed.store.bringing import BroughtList, Import
from microfed.store.circles import Circle
from microfed.store.database import Tx
from microfed.store.directory import DirectoryEntry
from microfed.store.filters import Filter
from microfed.store.own import FollowedTag
from microfed.store.people import Actor, Follow, Member
from microfed.vocab.archive_own import read_own
from microfed.vocab.audience import Audience
from microfed.vocab.brought_lists import read_brought_list
from tests.people import deliveries, neighbour

SAID: dict[str, bytes] = {
    "profile": b'{"id": "https://old.example/ada", "name": "Ada <b>L</b>",'
    b'"summary": "<p>Bois</p>",'
    b'"attachment": [{"type": "PropertyValue", "name": "Rue", "value": "Piat"}, 7]}',
    "filters": b'{"custom_filters": [{"title": "Foot", "context": ["home", "elsewhere"],'
    b'"expire_at": null, "action": "hide", "keywords_attributes": [{"keyword": "penalty",'
    b'"whole_word": true}]}, {"title": ""}, {"title": "Bald", "context": ["home"],'
    b'"expire_at": "2001-01-01T00:00:00Z"}]}',
    "tags": b'["Jardin", "two words", 5]',
    "balance": b'[{"day": "2019-05-01T00:00:00+00:00", "side": "here", "minutes": 20,'
    b'"brought": ["smile", "gold"]}, {"day": "x"}, {"side": "moon", "day": "2019-05-01"}]',
    "directory": b'[{"trade": "Menuisi\xc3\xa8re", "skills": ["bois"], "area": "",'
    b'"shown_to": {"trade": "here", "skills": "public"}}]',
    "settings": b'[{"preferences": {"theme": "dark", "audience": "followers", "sponsor": 5}}]',
    "circles": b'[{"title": "Proches", "people": ["https://x.test/1", 5]}, {"title": ""}]',
}
COUNTS = {
    "profile": [3, 0, 0],
    "filters": [1, 1, 1],
    "tags": [1, 0, 1],
    "balance": [1, 0, 2],
    "directory": [1, 0, 0],
    "settings": [2, 0, 0],
    "circles": [1, 0, 1],
}


def bring(tx: Tx, ada: Actor, n: int, *, is_home: bool = False) -> dict[str, list[int]]:
    """Bring all parts; return what was made, was known, and could not be taken."""
    key = Kept(f"{ada.id + n:032x}.raw", "import", 1, "0")
    id_ = begin_import(tx, member_id=ada.id, file=key, parts=list(SAID))
    claim_import(tx)
    for part, data in SAID.items():
        brought = OwnPart(part, read_own(part, data), is_home=is_home)
        assert take_own(tx, id_, brought)
        assert not take_own(tx, id_, brought)  # killed in between, it is not done again
    stop_import(tx, member_id=ada.id, id_=id_)
    counts: dict[str, list[int]] = (tx.session.get_one(Import, id_).parts or {})["done"]
    return counts


def counted(tx: Tx) -> list[int]:
    tables: tuple[Any, ...] = (Filter, FollowedTag, BilanEntry, DirectoryEntry, Circle)
    return [tx.connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables]


async def test_each_part_is_brought_once_and_one_bad_thing_spoils_no_other(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    ada.display_name = ""

    assert bring(tx, ada, 1) == COUNTS

    assert (ada.display_name, ada.note_source) == ("Ada L", "Bois")
    assert [field["name"] for field in ada.fields] == ["Rue"]
    made = tx.session.scalars(select(Filter)).one()
    assert (made.title, made.contexts, made.action) == ("Foot", ["home"], "hide")
    line = tx.session.scalars(select(BilanEntry)).one()
    assert (line.day, line.brought) == (datetime(2019, 5, 1, tzinfo=UTC), ["smile"])
    entry = tx.session.get_one(DirectoryEntry, ada.id)
    assert (entry.trade, entry.shown_to) == ("Menuisière", {"skills": "public"})
    habits = tx.session.get_one(Member, ada.id).preferences
    assert (habits["theme"], habits["audience"]) == ("dark", "followers")
    assert "sponsor" not in habits
    assert counted(tx) == [1] * 5
    assert deliveries(tx) == []

    again = bring(tx, ada, 2)
    assert {part: made for part, (made, _, _) in again.items()} == dict.fromkeys(SAID, 0)
    assert counted(tx) == [1] * 5


async def test_what_one_wrote_here_stays(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    ada.display_name, ada.note = "Ada d’ici", "<p>Ici</p>"
    ada.fields = [{"name": "Ici", "value": "oui"}]

    assert bring(tx, ada, 1, is_home=True)["profile"] == [0, 1, 0]

    assert (ada.display_name, ada.note) == ("Ada d’ici", "<p>Ici</p>")
    entry = tx.session.get_one(DirectoryEntry, ada.id)
    assert entry.shown_to == {"trade": "here", "skills": "public"}


async def test_every_part_of_the_file_can_be_written(tx: Tx) -> None:
    """Each list and part is asked of the database, with something in it and with nothing."""
    ada, bob = neighbour(tx, "ada"), neighbour(tx, "bob")
    publish_aid(tx, author=ada, terms=Terms("offer", "loan", "Vélo"), audience=Audience.LOCAL)
    request_follow(tx, follower=ada, target=bob)
    bring(tx, ada, 1)

    for me in (ada.id, bob.id):
        for part in (*LISTS.values(), *PARTS.values()):
            part(tx, me)  # type: ignore[operator]


async def test_what_a_list_does_not_name_goes_once(tx: Tx) -> None:
    ada, bob, eve = (neighbour(tx, name) for name in ("ada", "bob", "eve"))
    for each in (bob, eve):
        request_follow(tx, follower=ada, target=each)
    read = read_brought_list(b"EVE@" + tx.here.domain.encode() + b"\n", "following")

    id_ = begin_list(tx, member_id=ada.id, kind="following", read=read, replaces=True)
    for _ in range(2):
        do_line(tx, id_, 1, target_id=eve.id)
        do_line(tx, id_, 2)
    go_on(tx, id_, after=2)

    row = tx.session.get_one(BroughtList, id_, populate_existing=True)
    assert (row.state, row.total, row.done, row.made) == ("done", 2, 2, 0)
    assert {why: noted["count"] for why, noted in row.left.items()} == {"known": 1, "gone": 1}
    assert list(tx.session.scalars(select(Follow.target_id))) == [eve.id]


async def test_who_is_shut_out_brings_nothing_more(tx: Tx) -> None:
    ada = neighbour(tx, "ada")
    key = Kept(f"{ada.id:032x}.raw", "import", 1, "0")
    id_ = begin_import(tx, member_id=ada.id, file=key, parts=["tags", "blocks"])
    claim_import(tx)
    ada.suspended_at = tx.now
    tx.flush()

    assert not take_own(tx, id_, OwnPart("tags", [{"name": "Jardin"}]))
    assert not take_list(tx, id_, part="blocks", read=None)
    assert counted(tx) == [0] * 5


@pytest.mark.parametrize("data", [b"{", b"5", b"[]", b"[[]]", b'{"x": 1}', b"\xff"])
@pytest.mark.parametrize("part", list(SAID))
def test_what_is_no_part_says_so(part: str, data: bytes) -> None:
    with pytest.raises(Invalid):
        read_own(part, data)
