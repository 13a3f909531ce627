"""The first weeks of somebody new: a card for the neighbours, a first hello, whom to follow."""

from datetime import timedelta

from sqlalchemy import delete, update

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.operations.follows import request_follow
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.queries.welcome import is_new, neighbour_to_greet, neighbours_to_follow
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.store.welcome import NewcomerCard
from microfed.text import clean_text
from microfed.vocab.audience import Audience

SHOWN_FOR = timedelta(days=14)
LONGEST_WORDS = 500
FOLLOWED_AT_ONCE = 300


def put_up_card(tx: Tx, *, member_id: int, words: str) -> None:
    """Somebody new shows themselves to their neighbours for two weeks; nobody does it for them.

    Saying it anew changes the words, not the day it comes down. Raises Forbidden for somebody who
    has lived here for a while.
    """
    member = tx.session.get_one(Member, member_id)
    if not is_new(tx, member):
        raise Forbidden("a card is for those who have just moved in")
    said = clean_text(words).strip()[:LONGEST_WORDS]
    values = {"id": member_id, "words": said, "until": tx.now + SHOWN_FOR}
    if not insert_once(tx, NewcomerCard, values):
        tx.connection.execute(
            update(NewcomerCard).where(NewcomerCard.id == member_id).values(words=said)
        )


def begin_card(tx: Tx, *, member_id: int) -> None:
    """Somebody is let in who wished for a card: their two weeks begin now."""
    tx.connection.execute(
        update(NewcomerCard).where(NewcomerCard.id == member_id).values(until=tx.now + SHOWN_FOR)
    )


def take_down_card(tx: Tx, *, member_id: int) -> None:
    """A card is shown no more. Twice is harmless."""
    tx.connection.execute(delete(NewcomerCard).where(NewcomerCard.id == member_id))


def drop_old_cards(tx: Tx) -> int:
    """Let go of the cards whose time is over; return how many."""
    done = tx.connection.execute(delete(NewcomerCard).where(NewcomerCard.until <= tx.now))
    return int(done.rowcount)


def greet(tx: Tx, *, author: Actor, whom_id: int, words: str) -> Post:
    """`author` says hello to a neighbour: a conversation between the two begins.

    Raises Invalid for no words, NotFound for somebody who cannot be greeted.
    """
    if not words.strip():
        raise Invalid("say a few words", {"words": "is empty"})
    whom = neighbour_to_greet(tx, author.id, whom_id)
    if whom is None:
        raise NotFound("nobody of that name can be greeted here")
    draft = Draft(source=words, audience=Audience.PEOPLE, mentions=(whom.uri,))
    return write_post(tx, author=author, draft=draft)


def follow_neighbourhood(tx: Tx, *, follower: Actor) -> int:
    """`follower` follows everybody who lives here and wishes to be found; returns how many more.

    Twice is harmless. Of a very large place, FOLLOWED_AT_ONCE at a time.
    """
    followed = 0
    for target in neighbours_to_follow(tx, follower.id, most=FOLLOWED_AT_ONCE):
        request_follow(tx, follower=follower, target=target)
        followed += 1
    return followed


def know_the_way(tx: Tx, *, member_id: int) -> None:
    """Somebody new has looked round: their home greets them no longer."""
    member = tx.session.get_one(Member, member_id)
    member.preferences = {**member.preferences, "knows_the_way": True}
    tx.flush()
    tx.tell("actor", member_id)
