"""Voting in a consultation: one member one ballot, changed until the close, and shown to nobody.

While the vote runs a ballot is sealed, and belongs to whoever cast it, so that they may choose
anew. At the close the ballots are counted and deleted: what stays are the sums, who took part, and
the reasons of objections.
"""

import json
import secrets
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update

from microfed.errors import Forbidden, Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.secrets import seal, unseal
from microfed.operations.tallies import tell_tallies
from microfed.outbound.notify import notify
from microfed.store.consultations import Ballot, Consultation, Elector, Objection, VoteOption
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor
from microfed.store.polls import Poll, PollOption, Vote
from microfed.store.posts import Post
from microfed.text import clean_text

# The answers to a proposal that needs everyone's consent, by their place.
CONSENT, ABSTAIN, OBJECT = range(3)
MOST_REASON = 500
# Every ballot is as long as the longest, so that its length tells nothing.
_LENGTH = 4_000


@dataclass(frozen=True, slots=True)
class BallotChoice:
    """What an elector chooses: places of answers; none is a blank ballot.

    `reason` is why they object, with their name if `is_signed`; None comes from where nobody can
    be asked for one.
    """

    positions: tuple[int, ...]
    reason: str | None = None
    is_signed: bool = False


def cast_ballot(tx: Tx, *, voter_id: int, consultation_id: int, choice: BallotChoice) -> None:
    """A member votes, or votes anew: theirs is the last of their choices, and one alone.

    Raises Invalid once the vote is over or for what cannot be chosen, Forbidden for a member who
    was not here when it was opened.
    """
    asked = need_locked(tx, consultation_id)
    _need_running(tx, asked)
    elector = tx.session.get(Elector, (asked.id, voter_id), populate_existing=True)
    if elector is None:
        raise Forbidden("only those who lived here when the vote was opened can vote")
    choice = _checked(tx, asked, choice)
    sealed = seal(tx, _written(choice), is_timeless=True)
    mine = {"consultation_id": asked.id, "member_id": voter_id}
    if not insert_once(tx, Ballot, {**mine, "sealed": sealed}):
        tx.connection.execute(update(Ballot).filter_by(**mine).values(sealed=sealed))
    if elector.has_voted:
        return
    elector.has_voted = True
    asked.ballots_count += 1
    tx.flush()
    if asked.vote_post_id is not None:
        _tell_turnout(tx, asked.vote_post_id, asked.ballots_count)


def vote_from_outside(tx: Tx, *, actor: Actor, post: Post, position: int, uri: str | None) -> bool:
    """Somebody elsewhere chose an answer: it is counted apart, at the close. Says whether."""
    asked = consultation_of(tx, post)
    if asked is None or actor.is_local or need_locked(tx, asked.id).closed_at is not None:
        return False
    values = {
        "id": id_at(tx.now),
        "uri": uri,
        "poll_id": post.id,
        "actor_id": actor.id,
        "position": position,
    }
    return insert_once(tx, Vote, values)


def close_vote(tx: Tx, consultation_id: int) -> bool:
    """The time is over: count, keep the sums, delete the ballots. Says whether it was closed."""
    asked = need_locked(tx, consultation_id)
    if asked.closes_at is None or asked.closed_at is not None or asked.closes_at > tx.now:
        return False
    asked.closed_at = tx.now
    votes = _count(tx, asked)
    if asked.vote_post_id is not None:
        _close_question(tx, asked, asked.vote_post_id, votes)
    return True


def consultation_of(tx: Tx, post: Post) -> Consultation | None:
    """Return the consultation that is voted on in a post, if it is such a question."""
    if not (post.extras or {}).get("vote"):  # so that other questions ask no more than before
        return None
    return tx.session.scalar(select(Consultation).where(Consultation.vote_post_id == post.id))


def need_locked(tx: Tx, consultation_id: int) -> Consultation:
    """Return a consultation as it stands, held until this is done; NotFound if there is none."""
    tx.flush()
    query = select(Consultation).where(Consultation.id == consultation_id).with_for_update()
    found = tx.session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound("there is no such consultation")
    return found


def _need_running(tx: Tx, asked: Consultation) -> None:
    if asked.closes_at is None:
        raise Invalid("the vote is not open yet", {"base": "not open"})
    if asked.closed_at is not None or asked.closes_at <= tx.now:
        raise Invalid("the vote is over", {"over": "the vote is over"})


def _checked(tx: Tx, asked: Consultation, choice: BallotChoice) -> BallotChoice:
    """Return what can be chosen, as it is kept."""
    chosen = tuple(sorted(set(choice.positions)))
    count = tx.connection.scalar(
        select(func.count()).select_from(VoteOption).filter_by(consultation_id=asked.id)
    )
    if chosen and not (chosen[0] >= 0 and chosen[-1] < (count or 0)):
        raise Invalid("there is no such answer", {"choices": "no such answer"})
    if asked.method != "several" and len(chosen) > 1:
        raise Invalid("only one answer can be chosen", {"choices": "only one"})
    if asked.method != "consent":
        return BallotChoice(chosen)
    if not chosen:
        raise Invalid("choose one of the answers", {"choices": "none"})
    if chosen != (OBJECT,):
        return BallotChoice(chosen)
    reason = None if choice.reason is None else clean_text(choice.reason).strip()
    if reason == "":
        raise Invalid("an objection needs its reason", {"reason": "missing"})
    if reason is not None and len(reason) > MOST_REASON:
        raise Invalid(f"a reason has at most {MOST_REASON} characters", {"reason": "too long"})
    return BallotChoice(chosen, reason, choice.is_signed)


def _written(choice: BallotChoice) -> str:
    values = {"chosen": choice.positions, "reason": choice.reason, "signed": choice.is_signed}
    return json.dumps(values).ljust(_LENGTH)


def _count(tx: Tx, asked: Consultation) -> Counter[int]:
    """Write down the sums and the reasons, and delete the ballots; return the votes by answer."""
    votes: Counter[int] = Counter()
    objections: list[tuple[str, int | None]] = []
    blanks = 0
    ballots = tx.connection.execute(
        select(Ballot.member_id, Ballot.sealed).filter_by(consultation_id=asked.id)
    ).all()
    for member_id, sealed in ballots:
        said = json.loads(unseal(tx, sealed))
        votes.update(said["chosen"])
        blanks += not said["chosen"]
        if said["reason"]:
            objections.append((said["reason"], member_id if said["signed"] else None))
    tx.connection.execute(delete(Ballot).filter_by(consultation_id=asked.id))
    secrets.SystemRandom().shuffle(objections)
    for at, (reason, author_id) in enumerate(objections):
        tx.session.add(
            Objection(consultation_id=asked.id, position=at, reason=reason, author_id=author_id)
        )
    for position, count in votes.items():
        _set_count(tx, asked, position, votes_count=count)
    asked.ballots_count, asked.blanks_count = len(ballots), blanks
    tx.flush()
    return votes


def _close_question(tx: Tx, asked: Consultation, post_id: int, votes: Counter[int]) -> None:
    """The question ends for apps and for people elsewhere; their votes are counted apart."""
    outside = tx.connection.execute(
        select(Vote.position, func.count()).where(Vote.poll_id == post_id).group_by(Vote.position)
    )
    for position, count in outside.all():
        _set_count(tx, asked, position, outside_count=count)
    people = select(func.count(func.distinct(Vote.actor_id))).where(Vote.poll_id == post_id)
    asked.outside_count = tx.connection.scalar(people) or 0
    for position, count in votes.items():
        tx.connection.execute(
            update(PollOption)
            .where(PollOption.poll_id == post_id, PollOption.position == position)
            .values(votes_count=count)
        )
    tx.flush()
    tx.connection.execute(
        update(Poll)
        .where(Poll.id == post_id)
        .values(closed_at=tx.now, voters_count=asked.ballots_count)
    )
    _post_changed(tx, post_id)
    tx.session.expire_all()  # what was read of the question is old now
    tell_tallies(tx, post_id)
    tx.connection.execute(delete(Vote).where(Vote.poll_id == post_id))
    post = tx.session.get_one(Post, post_id)
    for member_id in tx.connection.scalars(
        select(Elector.member_id).filter_by(consultation_id=asked.id, has_voted=True)
    ).all():
        notify(tx, owner_id=member_id, kind="poll", from_id=post.actor_id, post_id=post_id)


def _set_count(tx: Tx, asked: Consultation, position: int, **counts: int) -> None:
    tx.connection.execute(
        update(VoteOption).filter_by(consultation_id=asked.id, position=position).values(**counts)
    )


def _tell_turnout(tx: Tx, post_id: int, count: int) -> None:
    tx.connection.execute(update(Poll).where(Poll.id == post_id).values(voters_count=count))
    _post_changed(tx, post_id)


def _post_changed(tx: Tx, post_id: int) -> None:
    tx.connection.execute(update(Post).where(Post.id == post_id).values(version=Post.version + 1))
    tx.tell("post_changed", post_id)
