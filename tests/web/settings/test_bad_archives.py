"""Archives that are broken or made to do harm end in a sentence, and nothing is half-done."""

import io
import json
import random
import re
import tarfile
import zipfile
from typing import Any

import pytest
from sqlalchemy import func, select

from microfed.store.bringing import BroughtLine, BroughtList, Import
from microfed.store.people import Follow
from microfed.store.posts import Attachment, Bookmark, Post
from microfed.web.settings.archive_words import REFUSED
from tests.archives import OLD, actor, outbox, parts, picture_of, said, tarred, zipped
from tests.web.conftest import Town, send
from tests.web.settings.test_bringing import PATH, PNG, look, send_file

MADE: tuple[Any, ...] = (Post, Attachment, Bookmark, Follow, BroughtList, BroughtLine)
ALL = {f"part_{part}": "1" for part in ("posts", "profile", "likes", "following", "filters")}


def counted(town: Town) -> list[int]:
    """How much there is of what an archive may make."""
    return [
        town.change(lambda tx, t=t: tx.connection.scalar(select(func.count()).select_from(t)))
        for t in MADE
    ]


async def try_all(town: Town, archive: bytes) -> tuple[str, str | None]:
    """Bring all of an archive, and return how it ended."""
    assert (await send_file(town, archive)).status_code in (303, 422)
    await look(town)
    row = town.change(lambda tx: tx.session.scalars(select(Import).order_by(Import.id)).all())[-1]
    if row.state == "found":
        await send(town, PATH, deed="choose", id=str(row.id), **ALL)
        await look(town)
        row = town.change(lambda tx: tx.session.get(Import, row.id))
    while await town.instance.jobs.do_due():
        pass
    return row.state, row.error


def bomb() -> bytes:
    """A likes.json that unpacks to far more than it is, and a tar of the same kind."""
    return zipped(parts([said(1)]) | {"likes.json": b'["' + b"x" * 30_000_000 + b'"]'})


def lying() -> bytes:
    """A zip that says a file is small, which is not."""
    data = bytearray(zipped({"outbox.json": outbox([said(1)]), "actor.json": b"{}" + b" " * 9_000}))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def link_out() -> bytes:
    """A tar in which the outbox is a link to a file of the server."""
    link = tarfile.TarInfo("outbox.json")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return tarred({"actor.json": json.dumps(actor()).encode()}, link)


def linked_zip() -> bytes:
    """A zip in which a picture is a link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts([said(1, attachment=[picture_of("media/a.png")])]).items():
            archive.writestr(name, content)
        link = zipfile.ZipInfo("media/a.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


GOOD = zipped(
    parts([said(n, attachment=[picture_of("media/a.png")]) for n in range(3)], {"media/a.png": PNG})
)


@pytest.mark.parametrize(
    ("archive", "state", "why"),
    [
        (GOOD[: len(GOOD) // 2], "refused", "broken"),
        (tarred(parts([said(1)]))[:-200], "refused", "broken"),
        (lying(), "refused", "broken"),
        (link_out(), "refused", "no_outbox"),
        (b"Rar!\x1a\x07\x01\x00" + b"\0" * 500, "refused", "no_archive"),
        (zipped({"a/b.txt": b"hello"}), "refused", "no_actor"),
        (tarred({"../../etc/cron.d/x": b"x"} | parts([said(1)])), "refused", "unsafe"),
        (tarred({"/etc/passwd": b"x"} | parts([said(1)])), "refused", "unsafe"),
        (zipped({"..\\x": b"x"} | parts([said(1)])), "refused", "unsafe"),
        (
            zipped(parts([]) | {"outbox.json": b'{"orderedItems": [' + b"[" * 20_000}),
            "refused",
            None,
        ),
    ],
)
async def test_what_is_broken_says_so_and_leaves_nothing(
    amel: Town, archive: bytes, state: str, why: str | None
) -> None:
    before = counted(amel)

    ended = await try_all(amel, archive)

    assert ended == (state, why or "broken")
    assert counted(amel) == before
    page = re.sub(r"\s+", " ", (await amel.get(PATH)).text)
    assert REFUSED[ended[1] or ""] in page


async def test_what_unpacks_to_too_much_costs_only_itself(amel: Town) -> None:
    state, _ = await try_all(amel, bomb())

    assert state == "done"
    page = (await amel.get(PATH)).text
    assert "One post was brought" in page
    assert "likes.json" in page


async def test_a_link_is_no_picture_and_others_posts_are_not_mine(amel: Town) -> None:
    before = counted(amel)
    assert (await try_all(amel, linked_zip()))[0] == "done"
    assert counted(amel)[1] == before[1]

    eve = "https://old.example/users/eve"
    state, _ = await try_all(amel, zipped(parts([said(n, by=eve) for n in range(5)])))
    assert state == "done"
    assert counted(amel)[0] == before[0] + 1
    assert "Posts that somebody else wrote." in (await amel.get(PATH)).text


async def test_bytes_turned_at_random_never_break_the_place(amel: Town) -> None:
    """Each ends in a sentence; a page is always there, and no worker is lost."""
    chance = random.Random(12)
    tar = tarred(parts([said(n) for n in range(3)], {"media/a.png": PNG}))
    odd: list[Any] = [
        None,
        7,
        "x",
        [],
        {},
        [None],
        {"type": "Note"},
        {"type": ["Create"], "object": 5},
    ]
    for turn in range(24):
        if turn % 4 == 3:  # odd things in the right places
            items = [chance.choice([*odd, said(turn * 9 + n)]) for n in range(4)]
            who: Any = chance.choice(
                [actor(), {**actor(), "icon": 5, "attachment": "x", "name": []}]
            )
            files = {
                "likes.json": json.dumps(chance.choice([*odd, {"orderedItems": odd}])).encode(),
                "filters.json": json.dumps(chance.choice([odd, [{"title": odd}], odd[0]])).encode(),
                "bilan.json": json.dumps([{"day": "x"}, {"day": 5, "minutes": "x"}]).encode(),
                "circles.json": json.dumps(
                    [{"title": ["x"], "people": "x"}, {"title": "Oui"}]
                ).encode(),
            }
            content = zipped(parts(items, who=who) | files)
        else:
            data = bytearray(GOOD if turn % 2 else tar)
            for _ in range(chance.randint(1, 30)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            content = bytes(data)
        state, why = await try_all(amel, content)
        assert state in ("done", "refused"), (turn, state)
        assert why is None or why in REFUSED, (turn, why)
        assert (await amel.get(PATH)).status_code == 200
    assert OLD in amel.change(lambda tx: set(tx.session.scalars(select(Import.whose))))
