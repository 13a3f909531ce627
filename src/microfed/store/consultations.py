"""Consultations: what neighbours decide together, who may vote, and what came of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class Consultation(Row):
    """Something the place talks over, and then votes on.

    It is said in a post, in whose thread people discuss; the vote is a question of its own, by
    whoever opened it. A decision outlives both.
    """

    __tablename__ = "consultations"

    author_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), unique=True
    )
    vote_post_id: Mapped[int | None] = mapped_column(
        ForeignKey("posts.id", ondelete="SET NULL"), unique=True
    )
    title: Mapped[str]
    about: Mapped[str] = mapped_column(default="")  # the proposal that needs everyone's consent
    method: Mapped[str | None]  # one, several, consent; None: it is talked over
    opened_at: Mapped[datetime | None] = mapped_column(index=True)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    closes_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    electors_count: Mapped[int] = mapped_column(default=0)
    ballots_count: Mapped[int] = mapped_column(default=0)  # of electors who voted
    blanks_count: Mapped[int] = mapped_column(default=0)  # known once it is closed
    outside_count: Mapped[int] = mapped_column(default=0)  # people elsewhere; known then too


class Proposal(Row):
    """What a member proposes while it is talked over."""

    __tablename__ = "proposals"

    consultation_id: Mapped[int] = mapped_column(
        ForeignKey("consultations.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    words: Mapped[str]


class VoteOption(Table):
    """An answer one can choose. The counts are written when the vote closes, and not before."""

    __tablename__ = "vote_options"
    __table_args__ = ({"sqlite_with_rowid": False},)

    consultation_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("consultations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    votes_count: Mapped[int] = mapped_column(default=0)
    outside_count: Mapped[int] = mapped_column(default=0)  # votes from elsewhere


class Elector(Table):
    """A member who lived here when the vote was opened. That they voted is known, not what."""

    __tablename__ = "electors"
    __table_args__ = ({"sqlite_with_rowid": False},)

    consultation_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("consultations.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    has_voted: Mapped[bool] = mapped_column(default=False)


class Ballot(Table):
    """What an elector chose, sealed and always as long, so that they may choose anew until the
    end. Nothing but the count at the end opens it, and then it is deleted.

    It has no number and no moment: neither says who came after whom.
    """

    __tablename__ = "ballots"
    __table_args__ = (
        ForeignKeyConstraint(
            ["consultation_id", "member_id"],
            ["electors.consultation_id", "electors.member_id"],
            ondelete="CASCADE",
        ),
        {"sqlite_with_rowid": False},
    )

    consultation_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    member_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sealed: Mapped[str]


class Objection(Table):
    """Why somebody objected, in an order that says nothing; by name only if they wished."""

    __tablename__ = "objections"
    __table_args__ = ({"sqlite_with_rowid": False},)

    consultation_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("consultations.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
