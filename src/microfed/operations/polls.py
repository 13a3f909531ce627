"""Polls: asking, choosing, and closing when the time is over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import ColumnElement, delete, exists, insert, select, update

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.operations.ballots import (
    BallotChoice,
    cast_ballot,
    consultation_of,
    vote_from_outside,
)
from microfed.operations.tallies import plan_tallies, tell_tallies, tell_votes
from microfed.outbound.notify import notify
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor
from microfed.store.polls import Poll, PollOption, Vote
from microfed.store.posts import Post

MOST_OPTIONS = 4
LONGEST_OPTION = 50
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(seconds=2_629_746)
MOST_CLOSED = 50
# What the place votes on after a consultation has more answers, and more time.
MOST_VOTE_OPTIONS = 10
LONGEST_VOTE_OPTION = 200
LONGEST_VOTE = timedelta(days=62)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a neighbour wants to ask."""

    options: tuple[str, ...]
    lasts: timedelta
    is_multiple: bool = False
    hides_totals: bool = False
    is_vote: bool = False  # of a consultation: the place decides


def check_choice(choice: Choice) -> None:
    """Refuse a poll that cannot be: too few or too many answers, too long, too short."""
    options = [option.strip() for option in choice.options]
    most, longest, longest_time = MOST_OPTIONS, LONGEST_OPTION, LONGEST
    if choice.is_vote:
        most, longest, longest_time = MOST_VOTE_OPTIONS, LONGEST_VOTE_OPTION, LONGEST_VOTE
    if not 2 <= len(options) <= most:
        _refuse("poll", f"a poll has 2 to {most} answers")
    if not all(options) or any(len(option) > longest for option in options):
        _refuse("poll", f"an answer has 1 to {longest} characters")
    if len({option.casefold() for option in options}) != len(options):
        _refuse("poll", "each answer must differ from the others")
    if not SHORTEST <= choice.lasts <= longest_time:
        _refuse("expires_in", "a poll lasts between 5 minutes and a month")


def open_poll(tx: Tx, *, post: Post, choice: Choice) -> Poll:
    """A post of ours becomes a question. Raises Invalid as `check_choice` does."""
    check_choice(choice)
    poll = Poll(
        id=post.id,
        is_multiple=choice.is_multiple,
        hides_totals=choice.hides_totals,
        ends_at=tx.now + choice.lasts,
        voters_count=0,
    )
    tx.session.add(poll)
    tx.flush()
    _write_options(tx, post.id, [(option.strip(), 0) for option in choice.options])
    return poll


def remember_poll(
    tx: Tx,
    *,
    post_id: int,
    options: Sequence[tuple[str, int]],
    is_multiple: bool,
    ends_at: datetime | None,
    voters_count: int | None,
) -> None:
    """Keep what another server says of its poll, for the first time or anew: answers with counts.

    Votes we know of are kept while the answers stay the same. The caller makes the post's version
    grow.
    """
    poll = tx.session.get(Poll, post_id)
    if poll is None:
        poll = Poll(id=post_id)
        tx.session.add(poll)
    voters = sum(count for _, count in options) if voters_count is None else voters_count
    poll.is_multiple, poll.ends_at, poll.voters_count = is_multiple, ends_at, voters
    poll.fetched_at = tx.now
    tx.flush()
    known = [title for title, _ in options_of(tx, post_id)]
    if known != [title for title, _ in options]:
        if known:
            tx.connection.execute(delete(Vote).where(Vote.poll_id == post_id))
            tx.connection.execute(delete(PollOption).where(PollOption.poll_id == post_id))
        _write_options(tx, post_id, options)
        return
    for position, (_, count) in enumerate(options):
        tx.connection.execute(
            update(PollOption)
            .where(PollOption.poll_id == post_id, PollOption.position == position)
            .values(votes_count=count)
        )


def vote(
    tx: Tx, *, actor: Actor, post: Post, positions: Iterable[int], adds: bool = False
) -> list[Vote]:
    """`actor` chooses answers of a poll; returns the votes, for whoever tells the poll's home.

    Raises Invalid when it has ended, was voted on before, is their own, or the answers make no
    sense. One who may not see the post must have been turned away before. What the place votes on
    is a ballot (`cast_ballot`), and no vote is returned. With `adds`, where several answers may be
    chosen, others are chosen besides those from before, as programs do that say each by itself.
    """
    chosen = sorted(set(positions))
    if tx.session.get(Poll, post.id) is None:
        _refuse("poll", "there is no poll here")
    asked = consultation_of(tx, post)
    if asked is not None:
        if not chosen:
            _refuse("choices", "there is no such answer")
        cast_ballot(
            tx, voter_id=actor.id, consultation_id=asked.id, choice=BallotChoice(tuple(chosen))
        )
        return []
    poll = _held(tx, post.id)
    if post.actor_id == actor.id:
        _refuse("base", "one cannot vote in one's own poll")
    if has_ended(poll, tx.now):
        _refuse("base", "this poll has ended")
    count = len(options_of(tx, post.id))
    if not chosen or chosen[0] < 0 or chosen[-1] >= count:
        _refuse("choices", "there is no such answer")
    if len(chosen) > 1 and not poll.is_multiple:
        _refuse("choices", "only one answer can be chosen")
    mine = votes_by(tx, actor_id=actor.id, poll_id=post.id)
    if mine and not (adds and poll.is_multiple and set(mine).isdisjoint(chosen)):
        _refuse("base", "you have voted already")
    votes = [_count_vote(tx, poll, actor, position, uri=None) for position in chosen]
    if post.is_local:
        plan_tallies(tx, post.id)
    else:
        tell_votes(tx, actor=actor, post=post, votes=votes)
    return votes


def vote_arrived(tx: Tx, *, actor: Actor, post: Post, title: str, uri: str | None) -> bool:
    """Someone elsewhere chose the answer called `title` in a poll of ours.

    Returns False, and changes nothing, when it counts for nothing: too late, twice, no such answer.
    """
    poll = tx.session.get(Poll, post.id)
    if poll is None or not post.is_local or has_ended(poll, tx.now) or post.actor_id == actor.id:
        return False
    is_ballot = consultation_of(tx, post) is not None
    if not is_ballot:
        _held(tx, post.id)
    titles = [option for option, _ in options_of(tx, post.id)]
    if title not in titles:
        return False
    position = titles.index(title)
    mine = votes_by(tx, actor_id=actor.id, poll_id=post.id)
    if position in mine or (mine and not poll.is_multiple):
        return False
    if is_ballot:
        return vote_from_outside(tx, actor=actor, post=post, position=position, uri=uri)
    _count_vote(tx, poll, actor, position, uri=uri)
    plan_tallies(tx, post.id)
    return True


def close_polls(tx: Tx) -> int:
    """Tell the author and every voter here that polls have ended; returns how many did."""
    over = tx.session.execute(
        select(Poll, Post)
        .join(Post, Post.id == Poll.id)
        .where(Poll.ends_at <= tx.now, Poll.closed_at.is_(None), _is_no_vote())
        .order_by(Poll.ends_at)
        .limit(MOST_CLOSED)
    ).all()
    for poll, post in over:
        poll.closed_at = tx.now
        # Whoever asks hears of the end too, but from themselves nobody is notified.
        voters = tx.connection.scalars(
            select(Vote.actor_id).where(Vote.poll_id == poll.id).distinct()
        )
        for voter_id in voters.all():
            notify(tx, owner_id=voter_id, kind="poll", from_id=post.actor_id, post_id=post.id)
        _changed(tx, post.id)
        tx.flush()
        tell_tallies(tx, post.id)
    return len(over)


def next_poll_end(tx: Tx) -> datetime | None:
    """Return when the next poll ends."""
    waiting = select(Poll.ends_at).where(
        Poll.closed_at.is_(None), Poll.ends_at.is_not(None), _is_no_vote()
    )
    return tx.connection.scalar(waiting.order_by(Poll.ends_at).limit(1))


def _is_no_vote() -> ColumnElement[bool]:
    """Return the condition that a poll is no vote of the place, whose end is a job of its own."""
    return ~exists(select(Consultation.id).where(Consultation.vote_post_id == Poll.id))


def has_ended(poll: Poll, now: datetime) -> bool:
    """Say whether it is too late to choose."""
    return poll.ends_at is not None and poll.ends_at <= now


def options_of(tx: Tx, poll_id: int) -> list[tuple[str, int]]:
    """Return the answers of a poll in order, with their votes."""
    rows = tx.connection.execute(
        select(PollOption.title, PollOption.votes_count)
        .where(PollOption.poll_id == poll_id)
        .order_by(PollOption.position)
    )
    return [(row.title, row.votes_count) for row in rows]


def votes_by(tx: Tx, *, actor_id: int, poll_id: int) -> list[int]:
    """Return what an actor chose."""
    return list(
        tx.connection.scalars(
            select(Vote.position)
            .where(Vote.poll_id == poll_id, Vote.actor_id == actor_id)
            .order_by(Vote.position)
        )
    )


def _held(tx: Tx, post_id: int) -> Poll:
    """Return a poll, held until this is done: of two votes of one at once, one comes first."""
    tx.flush()
    return tx.session.get_one(Poll, post_id, with_for_update=True, populate_existing=True)


def _write_options(tx: Tx, poll_id: int, options: Sequence[tuple[str, int]]) -> None:
    if options:
        tx.connection.execute(
            insert(PollOption),
            [
                {"poll_id": poll_id, "position": position, "title": title, "votes_count": count}
                for position, (title, count) in enumerate(options)
            ],
        )


def _count_vote(tx: Tx, poll: Poll, actor: Actor, position: int, *, uri: str | None) -> Vote:
    is_first = not votes_by(tx, actor_id=actor.id, poll_id=poll.id)
    id_ = id_at(tx.now)
    said = Vote(
        id=id_,
        uri=uri or (f"{actor.uri}#votes/{id_}" if actor.is_local else None),
        poll_id=poll.id,
        actor_id=actor.id,
        position=position,
    )
    values = {
        name: getattr(said, name) for name in ("id", "uri", "poll_id", "actor_id", "position")
    }
    if not insert_once(tx, Vote, values):
        return said
    tx.connection.execute(
        update(PollOption)
        .where(PollOption.poll_id == poll.id, PollOption.position == position)
        .values(votes_count=PollOption.votes_count + 1)
    )
    if is_first:
        tx.connection.execute(
            update(Poll).where(Poll.id == poll.id).values(voters_count=Poll.voters_count + 1)
        )
        tx.session.expire(poll, ["voters_count"])
    _changed(tx, poll.id)
    return said


def _changed(tx: Tx, post_id: int) -> None:
    tx.connection.execute(update(Post).where(Post.id == post_id).values(version=Post.version + 1))
    tx.tell("post_changed", post_id)


def _refuse(field: str, why: str) -> NoReturn:
    raise Invalid(why, {field: why})
