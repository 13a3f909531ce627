"""An archive of 500 posts and all else is read once, whatever happens to the server meanwhile."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.archives import OLD, parts, picture_of, said, zipped
from tests.components.processes import until
from tests.components.server import MicrofedServer
from tests.media.pictures import encoded, picture

POSTS, HOSTS, DAYS = 500, 160, 40


def ask(server: MicrofedServer, query: str) -> int:
    with closing(sqlite3.connect(f"file:{server.data / 'microfed.db'}?mode=ro", uri=True)) as db:
        return int(db.execute(query).fetchone()[0] or 0)


def archive_of(posts: int, pictures: int) -> bytes:
    """Posts in threads of four, some with a picture."""
    png = encoded(picture((64, 48)), "PNG")
    items, files = [], {}
    for n in range(posts):
        more = {} if n % 4 == 0 else {"inReplyTo": f"{OLD}/statuses/{n - 1}"}
        if n % (posts // pictures) == 0:
            files[f"media_attachments/files/{n}.png"] = png
            more["attachment"] = [picture_of(f"media_attachments/files/{n}.png", "Un mur")]  # type: ignore[assignment]
        items.append(said(n, **more))
    days = [{"day": "2024-03-01", "side": "here", "minutes": 5 + n} for n in range(DAYS)]
    files["blocked_domains.csv"] = "".join(f"h{n}.example\n" for n in range(HOSTS)).encode()
    files["bilan.json"] = json.dumps(days).encode()
    files["filters.json"] = json.dumps([{"title": "Foot", "contexts": ["home"]}]).encode()
    return zipped(parts(items, files) | {"likes.json": b"[]"})


def test_an_archive_is_read_once_through_two_kills(
    microfed_server: MicrofedServer, tmp_path: Path
) -> None:
    # Given a member who is followed, and 500 posts of hers from elsewhere
    server = microfed_server
    server.add_member("ada")
    archive = tmp_path / "archive.zip"
    archive.write_bytes(archive_of(POSTS, 5))
    made = "SELECT count(*) FROM posts WHERE is_local"

    # When the server is killed twice while it reads
    server.run("member", "bring", "ada", str(archive), "--everything")
    seen = 0
    for _ in range(2):
        until(lambda: ask(server, made) > seen, "more posts to be made", 60)  # noqa: B023
        server.kill()
        seen = ask(server, made)
        assert seen < POSTS, "it was over before it could be killed"
        server.start()
    until(lambda: ask(server, "SELECT count(*) FROM imports WHERE state = 'done'"), "its end", 120)

    # And once more while it goes through a list
    shut_out = "SELECT count(*) FROM silenced_hosts"
    until(lambda: ask(server, shut_out) > 3, "the list to be begun", 60)
    server.kill()
    assert ask(server, shut_out) < HOSTS, "it was over before it could be killed"
    # What a killed job had in hand is free again when the server starts.
    server.start()
    followed = "SELECT count(*) FROM brought_lists WHERE state = 'done'"
    until(lambda: ask(server, followed) == 1, "the list to be done", 120)

    # Then each post is there once, with its thread and its picture, and nobody was told
    assert ask(server, made) == POSTS
    assert ask(server, "SELECT count(DISTINCT uri) FROM imported_posts") == POSTS
    assert ask(server, "SELECT count(DISTINCT content) FROM posts") == POSTS
    assert ask(server, "SELECT count(*) FROM posts WHERE in_reply_to_id = 0 OR thread_id = 0") == 0
    assert ask(server, "SELECT sum(replies_count) FROM posts") == POSTS * 3 // 4
    shown = "SELECT count(*) FROM attachments WHERE post_id IS NOT NULL AND file IS NOT NULL"
    assert ask(server, shown) == 5
    for table in ("deliveries", "activities", "notifications", "home_entries"):
        assert ask(server, f"SELECT count(*) FROM {table}") == 0, table

    # And all else is there once, too
    everything = (
        (shut_out, HOSTS),
        ("SELECT sum(made) FROM brought_lists", HOSTS),
        ("SELECT count(*) FROM bilan_entries", DAYS),
        ("SELECT count(DISTINCT minutes) FROM bilan_entries", DAYS),
        ("SELECT count(*) FROM filters", 1),
        ("SELECT count(*) FROM brought_lines", 0),
    )
    assert [ask(server, query) for query, _ in everything] == [n for _, n in everything]

    # And bringing it again adds nothing
    server.run("member", "bring", "ada", str(archive), "--everything")
    until(
        lambda: ask(server, "SELECT count(*) FROM imports WHERE state = 'done'") == 2, "the end", 60
    )
    assert ask(server, made) == POSTS
    until(lambda: ask(server, followed) == 2, "the list to be done", 60)
    assert [ask(server, query) for query, _ in everything] == [n for _, n in everything]
