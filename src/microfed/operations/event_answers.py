"""Who comes to an event: neighbours and people elsewhere say yes, perhaps or no; places are kept.

Of an event of ours we hold the list, and its row is held while an answer is counted, so that a
place is given once. Of an event elsewhere we hold what its home told us.
"""

from datetime import timedelta
from typing import NoReturn

from sqlalchemy import func, select, update

from microfed.errors import Invalid
from microfed.here import same_origin
from microfed.ids import id_at
from microfed.operations.event_rows import day_before, is_over, need_event, plan_reminder
from microfed.operations.event_telling import tell_answer
from microfed.operations.event_words import SAYS, reply_to_join, say_to_home
from microfed.operations.jobs import add_job
from microfed.outbound.notify import notify, take_back_notification
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.store.people import Actor
from microfed.store.posts import Post

WISHES = ("going", "maybe", "declined")
MOST_WORDS = 500
# Many answer within minutes; the world is told once for all of them.
TELL_LATER = timedelta(minutes=5)


def answer_event(tx: Tx, *, actor: Actor, post: Post, wish: str) -> EventAnswer:
    """A neighbour says whether they come. Saying it twice changes nothing.

    With no place left they wait for one; an event elsewhere is asked, and stands as asked until
    its home says yes. Raises Invalid when it is over, called off, signed up for elsewhere, or its
    organiser said no.
    """
    if wish not in WISHES:
        _refuse("one comes, perhaps, or not")
    event = need_event(tx, post.id)
    if is_over(event, tx.now) or event.state == "cancelled":
        _refuse("this is over")
    if post.is_local:
        answer = _answer_of(tx, event, actor)
        if answer.state == "refused":
            _refuse("its organiser said no")
        _let_know(tx, post, actor, answer, wish)
        return settle(tx, event, post, answer, wish)
    if event.join_mode in ("external", "invite"):
        _refuse("one signs up for it elsewhere")
    return _ask(tx, event, post, actor, wish)


def event_was_answered(
    tx: Tx,
    *,
    by: Actor,
    post: Post,
    wish: str,
    way: str,
    uri: str | None = None,
    words: str = "",
) -> None:
    """Somebody elsewhere says whether they come to an event of ours.

    A Join is said yes to once there is a place, and no when it is over.
    """
    event = need_event(tx, post.id)
    if not post.is_local:
        return
    if is_over(event, tx.now) or event.state == "cancelled":
        if uri is not None and way == "join":
            reply_to_join(tx, "Reject", post, to=by, join_uri=uri)
        return
    answer = _answer_of(tx, event, by)
    had = answer.state
    if had == "refused":
        if uri is not None and way == "join":
            reply_to_join(tx, "Reject", post, to=by, join_uri=uri)
        return
    answer.way, answer.uri = way, _free(tx, uri, answer)
    answer.words = words[:MOST_WORDS] or answer.words
    settle(tx, event, post, answer, wish)
    if answer.state == had == "going":
        # Asked again, perhaps because our yes was lost: it is said again.
        tell_answer(tx, event, post, answer, is_news=False)


def answer_was_taken_back(tx: Tx, *, by: Actor, post: Post | None, uri: str | None) -> bool:
    """Somebody elsewhere takes their answer back, by its id or by the event; False if none."""
    query = select(EventAnswer).where(EventAnswer.actor_id == by.id)
    if uri is not None:
        query = query.where(EventAnswer.uri == uri)
    if post is not None:
        query = query.where(EventAnswer.event_id == post.id)
    answer = tx.session.scalar(query.limit(1))
    if answer is None or not (uri or post):
        return False
    said = tx.session.get_one(Post, answer.event_id)
    if said.is_local and answer.state != "refused":  # a no is not forgotten by leaving
        forget_answer(tx, need_event(tx, said.id), said, answer)
    return True


def forget_answer(tx: Tx, event: Event, post: Post, answer: EventAnswer) -> None:
    """An answer is as if it had not been; its place is the next one's."""
    actor_id = answer.actor_id
    tx.session.delete(answer)
    tx.flush()
    fill_places(tx, event, post)
    changed(tx, post)
    if actor_id is not None:
        take_back_notification(
            tx, owner_id=post.actor_id, kind="coming", from_id=actor_id, post_id=post.id
        )


def join_was_answered(tx: Tx, *, by: Actor, join_uri: str | None, is_yes: bool) -> bool:
    """The home of an event says whether a neighbour may come; False when none asked so."""
    if join_uri is None or not tx.here.is_ours(join_uri):
        return False
    answer = tx.session.scalar(select(EventAnswer).where(EventAnswer.uri == join_uri))
    if answer is None or answer.actor_id is None:
        return False
    post = tx.session.get(Post, answer.event_id)
    if post is None or not same_origin(post.uri, by.uri):
        return False
    state = "going" if is_yes else "refused"
    if answer.state in ("asked", "going", "refused") and answer.state != state:
        answer.state, answer.since = state, tx.now
        tx.flush()
        notify(tx, owner_id=answer.actor_id, kind="event", from_id=post.actor_id, post_id=post.id)
        changed(tx, post)
    return True


def fill_places(tx: Tx, event: Event, post: Post) -> None:
    """Give the places that are free to those who wait, in the order they came."""
    tx.flush()
    free = None if event.capacity is None else event.capacity - count_those_who_come(tx, event.id)
    if free is not None and free <= 0:
        return
    waiting = select(EventAnswer).where(
        EventAnswer.event_id == event.id, EventAnswer.state == "waiting"
    )
    # Whose answer is just being taken away is left out; that frees the place once more.
    first = waiting.order_by(EventAnswer.since, EventAnswer.id).limit(free)
    first = first.with_for_update(skip_locked=True)
    for answer in tx.session.scalars(first).all():
        answer.state, answer.since = "going", tx.now
        tx.flush()
        tell_answer(tx, event, post, answer, is_news=True)


def count_those_who_come(tx: Tx, event_id: int) -> int:
    """Return how many places are taken."""
    going = select(func.count(EventAnswer.id)).where(
        EventAnswer.event_id == event_id, EventAnswer.state == "going"
    )
    return tx.connection.scalar(going) or 0


def settle(tx: Tx, event: Event, post: Post, answer: EventAnswer, wish: str) -> EventAnswer:
    """Give an answer to an event of ours its place. The event's row must be held."""
    had, state = answer.state, wish
    if wish == "going" and had in ("going", "waiting"):
        state = had
    elif wish == "going" and event.capacity is not None:
        is_full = count_those_who_come(tx, event.id) >= event.capacity
        state = "waiting" if is_full else "going"
    if state == had:
        tx.flush()
        return answer
    answer.state, answer.since = state, tx.now
    tx.flush()
    if had == "going":
        fill_places(tx, event, post)
    changed(tx, post)
    tell_answer(tx, event, post, answer, is_news=False)
    if answer.actor_id is not None and (state != "declined" or had):
        notify(tx, owner_id=post.actor_id, kind="coming", from_id=answer.actor_id, post_id=post.id)
    return answer


def changed(tx: Tx, post: Post) -> None:
    """How many come stands in the post's document: whoever has it is told, a while later at once.

    Its version grows in one statement: two who answer together have read the same one.
    """
    tx.flush()
    tx.connection.execute(update(Post).where(Post.id == post.id).values(version=Post.version + 1))
    tx.session.expire(post, ["version"])
    tx.tell("post_changed", post.id)
    if post.is_local:
        arguments, due = {"post_id": post.id}, tx.now + TELL_LATER
        add_job(tx, "tell_event", key=str(post.id), arguments=arguments, due_at=due)


def _ask(tx: Tx, event: Event, post: Post, actor: Actor, wish: str) -> EventAnswer:
    """Tell the home of an event elsewhere what a neighbour wishes, in the words it knows."""
    answer = _answer_of(tx, event, actor)
    had = answer.state
    knows_join = bool(event.join_mode)
    state = "asked" if knows_join and wish == "going" else wish
    if had == state or (had == "going" and wish == "going"):
        return answer
    if not knows_join:
        say_to_home(tx, SAYS[wish], actor=actor, post=post)
    elif wish == "going":
        answer.uri = say_to_home(tx, "Join", actor=actor, post=post)
    elif had in ("asked", "going"):
        say_to_home(tx, "Leave", actor=actor, post=post)
    answer.state, answer.since = state, tx.now
    if day_before(event) > tx.now:
        plan_reminder(tx, event)
    changed(tx, post)
    return answer


def _let_know(tx: Tx, post: Post, actor: Actor, answer: EventAnswer, wish: str) -> None:
    """Put what a neighbour says of an event here where its organiser's programs read it."""
    had, comes = answer.state, ("going", "waiting")
    if post.actor_id == actor.id or had == wish or (wish == "going" and had in comes):
        return
    kind = "Join" if wish == "going" else SAYS[wish]
    if wish == "declined" and had in (*comes, "maybe"):
        kind = "Leave"
    uri = say_to_home(tx, kind, actor=actor, post=post)
    answer.uri = uri if kind == "Join" else None


def _answer_of(tx: Tx, event: Event, actor: Actor) -> EventAnswer:
    asked = select(EventAnswer).where(
        EventAnswer.event_id == event.id, EventAnswer.actor_id == actor.id
    )
    asked = asked.with_for_update()  # it may just be taken away
    answer = tx.session.scalar(asked, execution_options={"populate_existing": True})
    if answer is None:
        answer = EventAnswer(
            id=id_at(tx.now),
            event_id=event.id,
            actor_id=actor.id,
            state="",
            since=tx.now,
            way="web",
        )
        tx.session.add(answer)
        tx.flush()
    return answer


def _free(tx: Tx, uri: str | None, answer: EventAnswer) -> str | None:
    """Return the id of an activity, unless it belongs to somebody else's answer."""
    if uri is None:
        return None
    taken = select(EventAnswer.id).where(EventAnswer.uri == uri, EventAnswer.id != answer.id)
    return None if tx.connection.scalar(taken) is not None else uri


def _refuse(why: str) -> NoReturn:
    raise Invalid(why, {"answer": why})
