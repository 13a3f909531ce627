"""Mastodon knows no answer to an event: whoever wants to come is asked by a poll, in private.

Who writes back to an event in private, or in public with words such as "je viens", gets one
private question: do you come? Their vote is their answer. Gathio has shown that it works.
"""

import re
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select

from microfed.errors import Invalid
from microfed.operations.event_answers import event_was_answered
from microfed.operations.event_rows import is_over, need_event
from microfed.operations.event_telling import CHOICES, DO_YOU_COME, words_in
from microfed.operations.polls import LONGEST, SHORTEST, Choice, vote, votes_by
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer, EventPoll
from microfed.store.people import Actor
from microfed.store.polls import Poll, Vote
from microfed.store.posts import Post
from microfed.text import bare_text
from microfed.vocab.audience import Audience

_WISHES = ("going", "maybe", "declined")
# What people write who want to come, in lower case and with plain apostrophes.
_SAYS_SO = re.compile(
    r"\b(je viens|je viendrai|je participe|je m'inscris|inscription|rsvp|i come|i'll come"
    r"|i will come|i'm coming|i am coming|count me in|sign me up)\b"
)


def ask_whether_they_come(tx: Tx, *, by: Actor, answer_id: int) -> Post | None:
    """Somebody wrote back to an event of ours, from elsewhere or with an app that knows no events:
    ask them, if that is what they want.

    Once, until they have answered. Returns the question, if one was asked.
    """
    said = tx.session.get(Post, answer_id)
    if said is None or said.in_reply_to_id is None or said.actor_id != by.id:
        return None
    event, post = tx.session.get(Event, said.in_reply_to_id), None
    if event is not None:
        post = tx.session.get(Post, event.id)
    if event is None or post is None or not post.is_local or by.id == post.actor_id:
        return None
    if is_over(event, tx.now) or event.state == "cancelled" or not _wants(said):
        return None
    if by.kind != "Person" or _was_asked(tx, event.id, by.id):
        return None
    lasts = min(event.starts_at - tx.now, LONGEST)
    if lasts < SHORTEST + timedelta(minutes=1):
        return None
    words = words_in(post.language)
    draft = Draft(
        source=words.say(DO_YOU_COME, title=event.title),
        audience=Audience.PEOPLE,
        in_reply_to=said,
        language=post.language,
        poll=Choice(tuple(words.say(choice) for choice in CHOICES), lasts),
    )
    question = write_post(tx, author=tx.session.get_one(Actor, post.actor_id), draft=draft)
    tx.session.add(EventPoll(id=question.id, event_id=event.id, actor_id=by.id))
    tx.flush()
    return question


def vote_or_come(
    tx: Tx, *, actor: Actor, post: Post, positions: Iterable[int], adds: bool = False
) -> list[Vote]:
    """A neighbour votes (`vote`); where they were asked whether they come, it is their answer.

    Raises Invalid also when what they would come to is over or called off.
    """
    asked = tx.session.get(EventPoll, post.id)
    if asked is not None and asked.actor_id == actor.id:
        event = need_event(tx, asked.event_id)
        if is_over(event, tx.now) or event.state == "cancelled":
            raise Invalid("this is over", {"base": "this is over"})
    votes = vote(tx, actor=actor, post=post, positions=positions, adds=adds)
    poll_was_answered(tx, by=actor, poll_id=post.id)
    return votes


def poll_was_answered(tx: Tx, *, by: Actor, poll_id: int) -> None:
    """A vote was counted: where the poll asks whether somebody comes, it is their answer."""
    asked = tx.session.get(EventPoll, poll_id)
    if asked is None or asked.actor_id != by.id:
        return
    chosen = votes_by(tx, actor_id=by.id, poll_id=poll_id)
    post = tx.session.get_one(Post, asked.event_id)
    if chosen:
        event_was_answered(tx, by=by, post=post, wish=_WISHES[chosen[0]], way="poll")


def _wants(said: Post) -> bool:
    if Audience(said.audience) is Audience.PEOPLE:
        return True
    words = bare_text(said.content).lower().replace("’", "'")
    return _SAYS_SO.search(words) is not None


def _was_asked(tx: Tx, event_id: int, actor_id: int) -> bool:
    """Say whether a question still waits for their vote, or they answer in a way of their own:
    also on our pages."""
    waiting = (
        select(EventPoll.id)
        .join(Poll, Poll.id == EventPoll.id)
        .where(EventPoll.event_id == event_id, EventPoll.actor_id == actor_id)
        .order_by(EventPoll.id.desc())
        .limit(1)
    )
    last = tx.connection.scalar(waiting)
    if last is not None and not votes_by(tx, actor_id=actor_id, poll_id=last):
        return True
    other = select(EventAnswer.id).where(
        EventAnswer.event_id == event_id,
        EventAnswer.actor_id == actor_id,
        EventAnswer.way.in_(("join", "word", "web")),
    )
    return tx.connection.scalar(other) is not None
