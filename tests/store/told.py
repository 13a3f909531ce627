"""A little of everything in a database: words of every alphabet, bytes, JSON, yes and no."""

from microfed.operations.follows import request_follow
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.store.database import Database
from tests.people import neighbour, stranger


def some_life(db: Database) -> None:
    """Let two neighbours and a stranger know each other, and say things."""
    with db.writing() as tx:
        ada, bo = neighbour(tx, "ada", is_locked=True), neighbour(tx, "bo")
        request_follow(tx, follower=bo, target=stranger(tx, "zoë@far.test"))
        first = write_post(
            tx, author=ada, draft=Draft(source="Le marché d'été\n\tこんにちは \\N 🌻")
        )
        write_post(tx, author=bo, draft=Draft(source='@ada "déjà vu" #lilas', in_reply_to=first))
