"""What stands in an archive beside the posts, as different places write it."""

import json

import pytest

from microfed.errors import Invalid
from microfed.vocab.archive_contents import MOST_LINES, contents_of, read_part

FAR = "https://far.example/notes/1"
BOB = "https://far.example/users/bob"


@pytest.mark.parametrize(
    ("names", "files", "unread"),
    [
        # Mastodon
        (
            ["actor.json", "outbox.json", "likes.json", "bookmarks.json", "avatar.png"],
            {"likes": "likes.json", "bookmarks": "bookmarks.json", "profile": "actor.json"},
            (),
        ),
        # Akkoma, with a folder before all
        (
            [
                "a/actor.json",
                "a/outbox.json",
                "a/likes.json",
                "a/following.json",
                "a/followers.json",
            ],
            {
                "likes": "a/likes.json",
                "following": "a/following.json",
                "profile": "a/actor.json",
            },
            (),
        ),
        # GoToSocial, its files put into one
        (
            ["following.csv", "followers.csv", "lists.csv", "blocks.csv", "mutes.csv"],
            {
                "following": "following.csv",
                "lists": "lists.csv",
                "blocks": "blocks.csv",
                "mutes": "mutes.csv",
            },
            (),
        ),
        # Misskey, with the day of each, and what only it can read
        (
            [
                "following-2024-11-03-10-20-30.csv",
                "blocking-2024-11-03-10-21-00.csv",
                "muting-2024-11-03-10-21-01.csv",
                "user-lists-2024-11-03-10-21-02.csv",
                "notes-2024-11-03-10-22-00.json",
            ],
            {
                "following": "following-2024-11-03-10-20-30.csv",
                "blocks": "blocking-2024-11-03-10-21-00.csv",
                "mutes": "muting-2024-11-03-10-21-01.csv",
                "lists": "user-lists-2024-11-03-10-21-02.csv",
            },
            ("notes-2024-11-03-10-22-00.json",),
        ),
        # Pixelfed: posts as its own programs read them
        (
            ["following.json", "pixelfed-statuses.json"],
            {"following": "following.json"},
            ("pixelfed-statuses.json",),
        ),
        # Of two that say the same, one is read
        (["likes.json", "likes.csv", "media/1/likes.csv"], {"likes": "likes.csv"}, ()),
    ],
)
def test_each_file_is_known_by_its_name(
    names: list[str], files: dict[str, str], unread: tuple[str, ...]
) -> None:
    found = contents_of(names)

    assert (dict(found.files), found.unread) == (files, unread)


@pytest.mark.parametrize(
    ("part", "said", "what"),
    [
        ("likes", {"type": "OrderedCollection", "orderedItems": [FAR]}, FAR),
        ("likes", {"type": "Collection", "items": [{"type": "Like", "object": FAR}]}, FAR),
        ("bookmarks", {"orderedItems": [{"type": "Note", "id": FAR, "content": "x"}]}, FAR),
        ("bookmarks", [FAR], FAR),
        ("following", {"orderedItems": [BOB]}, BOB),
    ],
)
def test_a_collection_is_read_as_each_place_writes_it(part: str, said: object, what: str) -> None:
    read = read_part(f"{part}.json", json.dumps(said).encode(), part)

    assert [words["what"] for _, words in read.lines] == [what]
    assert (read.bad, read.total) == ((), 1)


def test_what_is_no_address_spoils_no_other_and_too_much_is_counted() -> None:
    items = [
        7,
        "ftp://x.test/1",
        {"type": "Like"},
        None,
        *(f"{FAR}/{n}" for n in range(MOST_LINES)),
    ]

    read = read_part("likes.json", json.dumps({"orderedItems": items}).encode(), "likes")

    assert [number for number, _ in read.bad] == [1, 2, 3, 4]
    assert (len(read.lines), read.beyond) == (MOST_LINES - 4, 4)


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"{", "no_text"), (b"7", "other_kind"), (b"[]", "empty"), (b'{"id": 1}', "other_kind")],
)
def test_what_is_no_list_says_so(data: bytes, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        read_part("likes.json", data, "likes")
