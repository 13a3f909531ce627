"""A list that stands for what one has: what it does not name goes. Files as programs write them."""

import pytest
from sqlalchemy import select

from microfed.operations.blocks import block
from microfed.operations.follows import request_follow
from microfed.operations.keeping import bookmark
from microfed.operations.lists import make_list, put_on_list
from microfed.operations.silencing import mute, silence_host
from microfed.queries.archives import LISTS, as_text
from microfed.store.database import Tx
from microfed.store.lists import PeopleList
from microfed.store.people import Actor, Follow
from microfed.store.posts import Post
from microfed.vocab.brought_lists import KINDS, read_brought_list
from tests.fediverse import Fediverse
from tests.web.conftest import ORIGIN, Town
from tests.web.settings.test_bringing_lists import PATH, last

NAMES = {
    "following": "following_accounts",
    "blocks": "blocked_accounts",
    "mutes": "muted_accounts",
    "domains": "blocked_domains",
    "bookmarks": "bookmarks",
    "lists": "lists",
}
HEAD = "Account address,Show boosts,Notify on new posts,Languages"


async def replace(town: Town, kind: str, text: str) -> None:
    """Send a list that stands for what one has."""
    files = {"list": ("list.csv", text, "text/csv")}
    data = {"kind": kind, "how": "replace"}
    answer = await town.browser.post(f"{PATH}/list", data=data, files=files, headers=ORIGIN)
    assert answer.status_code == 303
    while await town.instance.jobs.do_due():
        pass


def has(town: Town, kind: str) -> str:
    """What she has of a kind, as she would take it along."""
    rows = town.change(lambda tx: LISTS[NAMES[kind]](tx, town.people["amel"]))
    return as_text(rows)


def live(town: Town) -> None:
    """Amel follows, blocks, mutes and keeps two of each."""
    first, second = town.says("leo", "Un vélo"), town.says("bea", "Du pain")

    def work(tx: Tx) -> None:
        me, *others = (tx.session.get_one(Actor, town.people[n]) for n in ("amel", "leo", "bea"))
        both = make_list(tx, owner=me, title="Voisins")
        for other in others:
            request_follow(tx, follower=me, target=other, shows_boosts=False)
            put_on_list(tx, both, [other.id])
            mute(tx, muter=me, muted=other, hides_notifications=False)
        put_on_list(tx, make_list(tx, owner=me, title="Vélo"), [others[0].id])
        for host in ("spam.example", "ads.example"):
            silence_host(tx, member=me, host=host)
        for id_ in (first, second):
            bookmark(tx, actor=me, post=tx.session.get_one(Post, id_))

    town.change(work)


async def test_what_the_file_does_not_name_goes(amel: Town, fediverse: Fediverse) -> None:
    # Given somebody with two of each, and files that name one of them, and one more
    live(amel)
    before = {kind: has(amel, kind) for kind in NAMES}
    amel.add("zoe")
    kept = before["bookmarks"].splitlines()[0]
    await replace(amel, "lists", "Voisins,bea@here.test\n")
    assert has(amel, "lists").split() == ["Voisins,bea@here.test"]
    titles = amel.change(lambda tx: list(tx.session.scalars(select(PeopleList.title))))
    assert titles == ["Voisins"]

    await replace(
        amel, "following", f"{HEAD}\nbea@here.test,true,false,\nzoe@here.test,true,true,fr\n"
    )
    state, done, made, left = last(amel)

    # Then the one is as she set it, the other is gone, and the new one is there
    assert (state, done, made) == ("done", 3, 1)
    assert left == {"known": ["2 · bea@here.test"], "gone": ["leo@here.test"]}
    assert has(amel, "following").splitlines()[1:] == [
        "bea@here.test,false,false,",
        "zoe@here.test,true,true,fr",
    ]
    await replace(amel, "mutes", "Account address,Hide notifications\n@LEO@here.test,true\n")
    assert has(amel, "mutes").splitlines()[1:] == ["leo@here.test,false"]
    await replace(amel, "domains", "#domain\nSPAM.example\n")
    assert has(amel, "domains").split() == ["spam.example"]
    await replace(amel, "bookmarks", f"#uri\n{kept}\n")
    assert has(amel, "bookmarks").split() == [kept]
    page = (await amel.get(PATH)).text
    assert "Taken away here: the file does not name it." in page

    # And what she took along before brings it back
    for kind in NAMES:
        if before[kind].strip():
            await replace(amel, kind, before[kind])
            assert sorted(has(amel, kind).split()) == sorted(before[kind].split()), kind


async def test_nothing_goes_while_a_line_cannot_be_read(amel: Town) -> None:
    live(amel)

    await replace(amel, "following", f"{HEAD}\nbea@here.test\nle@o@here.test\n")

    assert last(amel)[:3] == ("done", 2, 0)
    assert set(last(amel)[3]) == {"known", "bad", "stays"}
    assert amel.change(lambda tx: len(list(tx.session.scalars(select(Follow))))) == 2
    assert "le@o@here.test" in (await amel.get(PATH)).text


async def test_whoever_is_blocked_is_free_by_a_list_without_them(
    amel: Town, fediverse: Fediverse
) -> None:
    def work(tx: Tx) -> None:
        me, leo = (tx.session.get_one(Actor, amel.people[name]) for name in ("amel", "leo"))
        block(tx, blocker=me, blocked=leo)

    amel.change(work)
    assert has(amel, "blocks") == "leo@here.test\n"

    await replace(amel, "blocks", "bea@here.test\n")

    assert has(amel, "blocks") == "bea@here.test\n"


@pytest.mark.parametrize(
    ("kind", "head", "line"),
    [
        ("following", HEAD, 'eva@north.test,false,true,"fr, en"'),
        ("blocks", "Account address", "eva@north.test"),
        ("mutes", "Account address,Hide notifications", "eva@north.test,false"),
        ("domains", "#domain", "north.test"),
        ("bookmarks", "#uri", "https://north.test/1?a=1;b=2"),
        ("likes", "#uri", "https://north.test/1"),
        ("lists", "List name,Account address", "Été,eva@north.test"),
    ],
)
def test_a_list_reads_the_same_as_each_program_writes_it(kind: str, head: str, line: str) -> None:
    plain = read_brought_list(f"{head}\n{line}\n".encode(), kind).lines[0][1]
    assert plain["what"] in line

    for end in ("\n", "\r\n", "\r"):
        for text in (f"{head}{end}{line}{end}", f"{line}{end}"):
            written = [text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")]
            if kind == "lists":
                written.append(text.encode("cp1252"))
            if kind != "bookmarks":
                cells = text.replace('"', "").replace("fr, en", "fr!en").replace(",", ";")
                written.append(cells.replace("fr!en", "fr, en").encode())
                written.append(f"sep=;{end}".encode() + written[-1])
                written.append(cells.replace("fr!en", "fr, en").replace(";", "\t").encode())
            for data in written:
                read = read_brought_list(data, kind)
                assert [words for _, words in read.lines] == [plain], data
                assert read.bad == (), data


async def test_every_kind_is_read_from_what_one_takes_along(amel: Town) -> None:
    live(amel)

    for kind in set(KINDS) - {"likes", "blocks"}:
        read = read_brought_list(has(amel, kind).encode(), kind)
        assert (len(read.lines) >= 2, read.bad) == (True, ()), kind
