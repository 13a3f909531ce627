"""A consultation for operation tests: talked over, then voted on."""

from datetime import timedelta

from microfed.operations.ballots import BallotChoice, cast_ballot
from microfed.operations.consultations import Ballotage, begin_consultation, open_vote, propose
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience

WEEK = timedelta(days=7)


def talked_over(
    tx: Tx, *, by: Actor, audience: Audience = Audience.LOCAL, title: str = "La cour"
) -> tuple[Consultation, list[int]]:
    """`by` asks the place, and there are three proposals."""
    asked = begin_consultation(tx, author=by, title=title, words="Que faire ?", audience=audience)
    ids = [
        propose(tx, author=by, consultation_id=asked.id, words=words).id
        for words in ("Un banc", "Un potager", "Un compost")
    ]
    return asked, ids


def voted_on(
    tx: Tx,
    *,
    by: Actor,
    opener: Actor,
    method: str = "one",
    audience: Audience = Audience.LOCAL,
) -> Consultation:
    """The vote on it is open for a week."""
    asked, ids = talked_over(tx, by=by, audience=audience)
    chosen = ids[:1] if method == "consent" else ids
    ballotage = Ballotage(method, tuple(chosen), WEEK)
    return open_vote(tx, opener=opener, consultation_id=asked.id, ballotage=ballotage)


def votes(
    tx: Tx,
    who: Actor,
    asked: Consultation,
    *positions: int,
    reason: str | None = None,
    is_signed: bool = False,
) -> None:
    """Somebody votes."""
    choice = BallotChoice(positions, reason, is_signed)
    cast_ballot(tx, voter_id=who.id, consultation_id=asked.id, choice=choice)


def week_is_over(tx: Tx, asked: Consultation) -> None:
    """Its time has come."""
    asked.closes_at = tx.now
    tx.flush()
