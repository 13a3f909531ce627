"""Whoever plans an event answers those who would come: a place for somebody, or none."""

from sqlalchemy import select

from microfed.errors import Conflict, Invalid
from microfed.operations.event_answers import changed, fill_places, settle
from microfed.operations.event_rows import is_over, need_event
from microfed.operations.event_telling import tell_answer
from microfed.store.database import Tx
from microfed.store.events import EventAnswer
from microfed.store.people import Actor
from microfed.store.posts import Post


def answer_join(tx: Tx, *, organiser: Actor, join_uri: str, is_yes: bool) -> bool:
    """`organiser` says yes or no to who asked by `join_uri`; False: nobody asked them so.

    A yes comes by itself while there is room; said by the organiser it takes back a no. After a no
    the place is the next one's, and whoever got it cannot ask again. Raises Invalid when it is
    over, Conflict when there is no room.
    """
    asked = select(EventAnswer).where(EventAnswer.uri == join_uri)
    event_id = tx.connection.scalar(asked.with_only_columns(EventAnswer.event_id))
    post = None if event_id is None else tx.session.get(Post, event_id)
    if post is None or not post.is_local or post.actor_id != organiser.id:
        return False
    event = need_event(tx, post.id)
    answer = tx.session.scalar(asked, execution_options={"populate_existing": True})
    if answer is None:  # they took it back while we waited
        return False
    if event.state == "cancelled" or is_over(event, tx.now):
        raise Invalid("this is over", {"object": "this is over"})
    had = answer.state
    if not is_yes:
        if had == "refused":
            return True
        answer.state, answer.since = "refused", tx.now
        tx.flush()
        if had == "going":
            fill_places(tx, event, post)
        changed(tx, post)
        tell_answer(tx, event, post, answer, is_news=True)
        return True
    if had == "refused":
        answer.state = ""
        settle(tx, event, post, answer, "going")
    if answer.state == "waiting":
        raise Conflict("there is no place left: they wait for one")
    if had == "going":
        tell_answer(tx, event, post, answer, is_news=False)
    return True
