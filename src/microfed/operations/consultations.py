"""Consultations: a member asks the place, all talk and propose, an organiser opens the vote.

Who may: every member begins one and proposes; admins and organisers open the vote, and say how it
is taken. From then on nothing that is voted on changes, and those who live here by then decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, insert, select

from microfed.errors import Forbidden, NotFound
from microfed.ids import id_at
from microfed.operations.ballots import need_locked
from microfed.operations.jobs import add_job
from microfed.operations.polls import (
    LONGEST_VOTE,
    LONGEST_VOTE_OPTION,
    MOST_VOTE_OPTIONS,
    Choice,
)
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.titled import one_line, refuse
from microfed.store.consultations import Consultation, Elector, Proposal, VoteOption
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.text import clean_text
from microfed.vocab.audience import Audience

METHODS = ("one", "several", "consent")
AUDIENCES = (Audience.LOCAL, Audience.RING, Audience.PUBLIC)
LONGEST_TITLE = 120
MOST_WORDS = 4_000
MOST_PROPOSALS = 30
MOST_OF_ONE = 5
MOST_OPEN = 5
SHORTEST = timedelta(hours=1)

# The posts carry these words to apps, and to servers that know nothing of consultations.
_SAID = {
    "fr": {
        "ask": "Consultation : ",
        "join": "En parler et proposer : ",
        "vote": "On vote : ",
        "where": "Voter et suivre : ",
        "consent": "Je consens",
        "abstain": "Je m’abstiens",
        "object": "J’objecte",
    },
    "en": {
        "ask": "Consultation: ",
        "join": "Talk it over and propose: ",
        "vote": "We vote: ",
        "where": "Vote and follow: ",
        "consent": "I consent",
        "abstain": "I abstain",
        "object": "I object",
    },
}


@dataclass(frozen=True, slots=True)
class Ballotage:
    """How a vote is taken: in which way, on which proposals, and for how long."""

    method: str
    proposals: tuple[int, ...]
    lasts: timedelta


def begin_consultation(
    tx: Tx, *, author: Actor, title: str, words: str, audience: Audience, language: str = "fr"
) -> Consultation:
    """`author` asks the place: it is said, and talked over from now on.

    Raises Invalid with the field that is wrong.
    """
    title, words = one_line(title), clean_text(words).strip()
    if not title or len(title) > LONGEST_TITLE:
        refuse("title", f"a title has 1 to {LONGEST_TITLE} characters")
    if len(words) > MOST_WORDS:
        refuse("words", f"the text has at most {MOST_WORDS} characters")
    if audience not in AUDIENCES:
        refuse("audience", "it is for the place, the ring or everyone")
    if _count_open(tx, author) >= MOST_OPEN:
        refuse("base", f"{MOST_OPEN} of yours are talked over at the moment")
    id_, said = id_at(tx.now), _words(language)
    where = f"{said['join']}{_page(tx, id_)}"
    source = "\n\n".join(part for part in (said["ask"] + title, words, where) if part)
    draft = Draft(source=source, audience=audience, language=language)
    post = write_post(tx, author=author, draft=draft)
    asked = Consultation(
        id=id_,
        author_id=author.id,
        post_id=post.id,
        title=title,
        about="",
        electors_count=0,
        ballots_count=0,
        blanks_count=0,
        outside_count=0,
    )
    tx.session.add(asked)
    tx.flush()
    return asked


def propose(tx: Tx, *, author: Actor, consultation_id: int, words: str) -> Proposal:
    """`author` proposes something; twice the same is one. Raises Invalid where another did.

    Whoever may not see the consultation was turned away before.
    """
    asked = _need_discussed(tx, consultation_id)
    words = one_line(words)
    if not words or len(words) > LONGEST_VOTE_OPTION:
        refuse("words", f"a proposal has 1 to {LONGEST_VOTE_OPTION} characters")
    known = tx.session.scalars(select(Proposal).where(Proposal.consultation_id == asked.id)).all()
    same = [one for one in known if one.words.casefold() == words.casefold()]
    if same and same[0].author_id == author.id:
        return same[0]
    if same:
        refuse("twice", "this was proposed already")
    mine = [one for one in known if one.author_id == author.id]
    if len(known) >= MOST_PROPOSALS or len(mine) >= MOST_OF_ONE:
        refuse("many", f"at most {MOST_OF_ONE} proposals of one, {MOST_PROPOSALS} of all")
    said = Proposal(id=id_at(tx.now), consultation_id=asked.id, author_id=author.id, words=words)
    tx.session.add(said)
    tx.flush()
    return said


def take_back(tx: Tx, *, who: Actor, consultation_id: int, proposal_id: int) -> None:
    """`who` takes back a proposal of theirs; NotFound for another's."""
    asked = _need_discussed(tx, consultation_id)
    gone = tx.connection.execute(
        delete(Proposal).where(
            Proposal.id == proposal_id,
            Proposal.consultation_id == asked.id,
            Proposal.author_id == who.id,
        )
    )
    if not gone.rowcount:
        raise NotFound("there is no such proposal of yours")


def open_vote(
    tx: Tx, *, opener: Actor, consultation_id: int, ballotage: Ballotage, language: str = "fr"
) -> Consultation:
    """`opener`, who organises, opens the vote: who may vote, and on what, is written down now."""
    member = tx.session.get(Member, opener.id)
    if member is None or member.role not in ("admin", "organiser") or member.suspended_at:
        raise Forbidden("only admins and organisers open a vote")
    asked = _need_discussed(tx, consultation_id)
    options = _options(tx, asked, ballotage, language)
    if not SHORTEST <= ballotage.lasts <= LONGEST_VOTE:
        refuse("lasts", "a vote lasts from an hour to two months")
    asked.method, asked.opened_at, asked.opened_by_id = ballotage.method, tx.now, opener.id
    asked.closes_at = tx.now + ballotage.lasts
    asked.electors_count = _freeze_electors(tx, asked)
    for position, title in enumerate(options):
        tx.session.add(
            VoteOption(
                consultation_id=asked.id,
                position=position,
                title=title,
                votes_count=0,
                outside_count=0,
            )
        )
    discussed = tx.session.get_one(Post, asked.post_id)
    asked.vote_post_id = _ask(tx, opener, asked, discussed, ballotage, options, language).id
    tx.flush()
    add_job(
        tx,
        "close_vote",
        key=str(asked.id),
        arguments={"consultation_id": asked.id},
        due_at=asked.closes_at,
    )
    return asked


def _options(tx: Tx, asked: Consultation, ballotage: Ballotage, language: str) -> Sequence[str]:
    """Return what one can choose among, as it will stand."""
    known = {
        one.id: one.words
        for one in tx.session.scalars(
            select(Proposal).where(Proposal.consultation_id == asked.id).order_by(Proposal.id)
        )
    }
    chosen = [words for id_, words in known.items() if id_ in ballotage.proposals]
    if ballotage.method not in METHODS:
        refuse("method", "there is no such way to vote")
    if ballotage.method == "consent":
        if len(chosen) != 1:
            refuse("one", "consent is asked to one proposal")
        said = _words(language)
        asked.about = chosen[0]
        return [said["consent"], said["abstain"], said["object"]]
    if not 2 <= len(chosen) <= MOST_VOTE_OPTIONS:
        refuse("proposals", f"one chooses among 2 to {MOST_VOTE_OPTIONS} proposals")
    return chosen


def _freeze_electors(tx: Tx, asked: Consultation) -> int:
    """Write down who lives here now: they, and nobody who comes later, may vote."""
    live_here = (
        select(Member.id)
        .join(Actor, Actor.id == Member.id)
        .where(
            Member.approved_at.is_not(None),
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    )
    tx.flush()
    ids = tx.connection.scalars(live_here).all()
    rows = [{"consultation_id": asked.id, "member_id": id_, "has_voted": False} for id_ in ids]
    tx.connection.execute(insert(Elector), rows)
    return len(rows)


def _ask(
    tx: Tx,
    opener: Actor,
    asked: Consultation,
    discussed: Post,
    ballotage: Ballotage,
    options: Sequence[str],
    language: str,
) -> Post:
    """Say the question that is voted on: apps and people elsewhere know it as such."""
    said = _words(language)
    parts = (
        said["vote"] + asked.title,
        asked.about,
        f"{said['where']}{_page(tx, asked.id)}",
    )
    choice = Choice(
        options=tuple(options),
        lasts=ballotage.lasts,
        is_multiple=ballotage.method == "several",
        hides_totals=True,
        is_vote=True,
    )
    draft = Draft(
        source="\n\n".join(part for part in parts if part),
        audience=Audience(discussed.audience),
        language=language,
        poll=choice,
        is_vote=True,
    )
    return write_post(tx, author=opener, draft=draft)


def _need_discussed(tx: Tx, consultation_id: int) -> Consultation:
    asked = need_locked(tx, consultation_id)
    if asked.opened_at is not None:
        refuse("opened", "the vote is open: what is proposed stays as it is")
    if asked.post_id is None:
        raise NotFound("this consultation was taken back")
    return asked


def _count_open(tx: Tx, author: Actor) -> int:
    query = select(func.count(Consultation.id)).where(
        Consultation.author_id == author.id,
        Consultation.opened_at.is_(None),
        Consultation.post_id.is_not(None),
    )
    return tx.connection.scalar(query) or 0


def _page(tx: Tx, id_: int) -> str:
    return f"{tx.here.url}/consultations/{id_}"


def _words(language: str) -> dict[str, str]:
    return _SAID.get(language, _SAID["en"])
