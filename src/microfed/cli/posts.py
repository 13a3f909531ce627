"""`microfed post …`: what is done about single posts, as at the desk."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import NotFound, Refused
from microfed.ids import parse_id
from microfed.operations.handling import mark_posts, remove_posts
from microfed.queries.addresses import find_at
from microfed.queries.moderation import need_row
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
    # `/posts/ID` is where a member reads a post of elsewhere.
    id_ = said.removeprefix(f"{tx.here.url}/posts/")
    if id_.isdigit():
        return need_row(tx, Post, parse_id(id_))
    found = find_at(tx, said)
    if found is None or found.kind != "post":
        raise NotFound(f"nobody here knows the post {said}")
    return need_row(tx, Post, found.id)
