"""What is pressed twice is done once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import update

from microfed.operations.once import ONCE_FOR, only_once
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.store.database import Database, Tx
from microfed.store.own import SaidOnce
from microfed.store.people import Actor
from microfed.store.posts import Post
from tests.people import neighbour


def says(tx: Tx, who: Actor, words: str) -> int:
    """Somebody presses the button of a form."""
    return only_once(
        tx,
        author=who,
        what="say",
        words=(words,),
        do=lambda: write_post(tx, author=who, draft=Draft(words)).id,
    )


async def test_the_same_words_are_said_once_and_others_again(tx: Tx) -> None:
    amel, bea = neighbour(tx, "amel"), neighbour(tx, "bea")

    first = says(tx, amel, "Bonjour")

    assert says(tx, amel, "Bonjour") == first
    assert len({first, says(tx, amel, "Bonsoir"), says(tx, bea, "Bonjour")}) == 3


async def test_what_was_taken_back_or_is_an_hour_old_may_be_said_again(tx: Tx) -> None:
    amel = neighbour(tx, "amel")
    first = says(tx, amel, "Bonjour")
    delete_post(tx, author=amel, post=tx.session.get_one(Post, first))
    tx.flush()

    second = says(tx, amel, "Bonjour")
    long_ago = tx.now - ONCE_FOR - timedelta(seconds=1)
    tx.connection.execute(update(SaidOnce).values(said_at=long_ago))
    third = says(tx, amel, "Bonjour")

    assert len({first, second, third}) == 3


def test_two_that_arrive_together_say_it_once(db: Database) -> None:
    with db.writing() as tx:
        id_ = neighbour(tx, "amel").id

    def press(_: int) -> int:
        with db.writing() as tx:
            return says(tx, tx.session.get_one(Actor, id_), "Bonjour")

    with ThreadPoolExecutor(6) as pool:
        said = list(pool.map(press, range(12)))

    assert len(set(said)) == 1
