"""`microfed post …`: what is done about single posts, as at the desk."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import NotFound, Refused
from microfed.operations.handling import mark_posts, remove_posts
from microfed.queries.moderation import rows_by_id
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.posts import Post

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
Which = Annotated[
    list[str], typer.Argument(metavar="POST...", help="Ids, or addresses of posts or their pages.")
]


@app.command("remove")
def remove(which: Which, as_json: Json = False) -> None:
    """Take posts away for good: those from here everywhere, others from here."""
    _do(which, lambda tx, posts: remove_posts(tx, by=None, posts=posts), as_json)


@app.command("veil")
def veil(which: Which, as_json: Json = False) -> None:
    """Put posts behind a veil: one sees them on pressing once."""
    _do(which, lambda tx, posts: mark_posts(tx, by=None, posts=posts), as_json)


def _do(which: list[str], deed: Callable[[Tx, Sequence[Post]], None], as_json: bool) -> None:
    """All of them or, if one is not there, none."""
    try:
        with open_database() as db, db.writing() as tx:
            posts = [_post(tx, one) for one in dict.fromkeys(which)]
            done = [str(post.id) for post in posts]
            deed(tx, posts)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"posts": done}) if as_json else say("Done; it stands in the journal.")


def _post(tx: Tx, said: str) -> Post:
    found = find_post(tx, said)
    # A page of ours ends with the post's id: /@ana/12, /posts/12.
    last = said.removeprefix(tx.here.url).rstrip("/").rpartition("/")[2]
    is_ours = said.startswith(f"{tx.here.url}/") or said == last
    if found is None and is_ours and last.isascii() and last.isdigit() and len(last) < 20:
        found = next(iter(rows_by_id(tx, Post, [int(last)])), None)
    if found is None:
        raise NotFound(f"nobody here knows the post {said}")
    return found
