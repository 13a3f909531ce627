"""Consultations as pages show them: who may see them, how they stand, what came of them.

No question here reads a ballot; there is none that does but the count at the close.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from microfed.errors import NotFound
from microfed.queries.posts import load_posts
from microfed.queries.threads import ThreadView, need_thread
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer, consultation_visible_to, visible_to
from microfed.store.consultations import Consultation, Elector, Objection, Proposal, VoteOption
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import called

MOST_CLOSED = 50
_MOST_RUNNING = 200
PHASES = ("discussion", "voting", "closed")


@dataclass(frozen=True, slots=True)
class Line:
    """A consultation in the list."""

    id: int
    title: str
    phase: str
    proposals: int
    electors: int
    ballots: int
    closes_at: datetime | None
    may_vote: bool  # and whoever looks has not yet


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal, and who made it."""

    id: int
    words: str
    author: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its votes: of members, and apart from them of people elsewhere."""

    position: int
    title: str
    votes: int
    outside: int


@dataclass(frozen=True, slots=True)
class ConsultationView:
    """All that a page shows of one."""

    asked: Consultation
    phase: str  # discussion, voting, counting, closed
    author: str
    opened_by: str
    thread: ThreadView | None
    question: PostView | None
    proposals: Sequence[ProposalView]
    answers: Sequence[Answer]
    objections: Sequence[tuple[str, str]]  # the reason, and a name if there is one
    is_elector: bool
    has_voted: bool

    @property
    def turnout(self) -> int:
        """How many in a hundred took part."""
        return round(100 * self.asked.ballots_count / max(self.asked.electors_count, 1))

    @property
    def first(self) -> Sequence[Answer]:
        """The answers that got the most votes; several when they are equal, none without votes."""
        most = max((one.votes for one in self.answers), default=0)
        return [one for one in self.answers if most and one.votes == most]


def consultations(tx: Tx, viewer: Viewer | None) -> dict[str, list[Line]]:
    """Return those that `viewer` may see, by how they stand, the newest first."""
    found: dict[str, list[Line]] = {phase: [] for phase in PHASES}
    for one in (
        *_lines(tx, viewer, most=_MOST_RUNNING),
        *_lines(tx, viewer, is_over=True, most=MOST_CLOSED),
    ):
        found["voting" if one.phase == "counting" else one.phase].append(one)
    return found


def running(tx: Tx, viewer: Viewer | None, *, most: int) -> list[Line]:
    """Return what a viewer may still have a word in: open votes, the first to end first, then
    what is talked over. A member is not told of votes they have no part in any more."""
    lines = _lines(tx, viewer, most=_MOST_RUNNING)
    votes = [one for one in lines if one.phase == "voting" and (viewer is None or one.may_vote)]
    votes.sort(key=lambda one: one.closes_at or tx.now)
    return [*votes, *(one for one in lines if one.phase == "discussion")][:most]


def _lines(tx: Tx, viewer: Viewer | None, *, is_over: bool = False, most: int) -> list[Line]:
    query = (
        select(
            Consultation,
            select(func.count(Proposal.id))
            .where(Proposal.consultation_id == Consultation.id)
            .scalar_subquery(),
        )
        .outerjoin(Post, Post.id == Consultation.post_id)
        .where(
            consultation_visible_to(viewer, Consultation),
            Consultation.closed_at.is_not(None) if is_over else Consultation.closed_at.is_(None),
        )
        .order_by(Consultation.id.desc())
        .limit(most)
    )
    rows = tx.session.execute(query).all()
    mine = _waits_for(tx, viewer) if viewer is not None and rows else set()
    lines = []
    for asked, proposals in rows:
        phase = phase_of(asked, tx.now)
        lines.append(
            Line(
                asked.id,
                asked.title,
                phase,
                proposals,
                asked.electors_count,
                asked.ballots_count,
                asked.closes_at,
                phase == "voting" and asked.id in mine,
            )
        )
    return lines


def need_consultation(tx: Tx, viewer: Viewer | None, id_: int) -> ConsultationView:
    """Return one that `viewer` may see; else NotFound."""
    row = tx.session.execute(
        select(Consultation, Post.id)
        .outerjoin(Post, Post.id == Consultation.post_id)
        .where(Consultation.id == id_, consultation_visible_to(viewer, Consultation))
    ).one_or_none()
    if row is None:
        raise NotFound("there is no such consultation")
    asked: Consultation = row[0]
    elector = None
    if viewer is not None and viewer.is_local:
        elector = tx.session.get(Elector, (id_, viewer.actor_id))
    me = 0 if viewer is None else viewer.actor_id
    return ConsultationView(
        asked=asked,
        phase=phase_of(asked, tx.now),
        author=_name(tx, asked.author_id),
        opened_by=_name(tx, asked.opened_by_id),
        thread=_thread(tx, viewer, asked.post_id),
        question=_question(tx, viewer, asked.vote_post_id),
        proposals=[
            ProposalView(one.id, one.words, _said_by(author), one.author_id == me)
            for one, author in tx.session.execute(
                select(Proposal, Actor)
                .outerjoin(Actor, Actor.id == Proposal.author_id)
                .where(Proposal.consultation_id == id_)
                .order_by(Proposal.id)
            )
        ],
        answers=[
            Answer(one.position, one.title, one.votes_count, one.outside_count)
            for one in tx.session.scalars(
                select(VoteOption)
                .where(VoteOption.consultation_id == id_)
                .order_by(VoteOption.position)
                .execution_options(populate_existing=True)
            )
        ],
        objections=[
            (reason, _said_by(author))
            for reason, author in tx.session.execute(
                select(Objection.reason, Actor)
                .outerjoin(Actor, Actor.id == Objection.author_id)
                .where(Objection.consultation_id == id_)
                .order_by(Objection.position)
            )
        ],
        is_elector=elector is not None,
        has_voted=elector is not None and elector.has_voted,
    )


def phase_of(asked: Consultation, now: datetime) -> str:
    """Return how a consultation stands: discussion, voting, counting or closed."""
    if asked.closes_at is None:
        return "discussion"
    if asked.closed_at is not None:
        return "closed"
    return "voting" if asked.closes_at > now else "counting"


def took_part(tx: Tx, member_id: int, post_ids: Collection[int]) -> set[int]:
    """Return the questions of the place, by their posts, in which a member has voted."""
    if not post_ids:
        return set()
    voted = (
        select(Consultation.vote_post_id)
        .join(Elector, Elector.consultation_id == Consultation.id)
        .where(
            Consultation.vote_post_id.in_(post_ids),
            Elector.member_id == member_id,
            Elector.has_voted,
        )
    )
    return {id_ for id_ in tx.connection.scalars(voted) if id_ is not None}


def _waits_for(tx: Tx, viewer: Viewer) -> set[int]:
    """Return the votes that a member may take part in and has not."""
    query = select(Elector.consultation_id).where(
        Elector.member_id == viewer.actor_id, ~Elector.has_voted
    )
    return set(tx.connection.scalars(query))


def _thread(tx: Tx, viewer: Viewer | None, post_id: int | None) -> ThreadView | None:
    return (
        None
        if post_id is None or not _sees(tx, viewer, post_id)
        else need_thread(tx, viewer, post_id)
    )


def _question(tx: Tx, viewer: Viewer | None, post_id: int | None) -> PostView | None:
    if post_id is None or not _sees(tx, viewer, post_id):
        return None
    return load_posts(tx, [post_id], viewer)[0]


def _sees(tx: Tx, viewer: Viewer | None, post_id: int) -> bool:
    seen = select(Post.id).where(Post.id == post_id, visible_to(viewer))
    return tx.connection.scalar(seen) is not None


def _name(tx: Tx, actor_id: int | None) -> str:
    actor = None if actor_id is None else tx.session.get(Actor, actor_id)
    return "" if actor is None else called(actor.display_name, actor.username, actor.emojis)


def _said_by(author: Actor | None) -> str:
    """Whoever left has no name any more."""
    if author is None or not author.display_name:
        return ""
    return called(author.display_name, author.username, author.emojis)
