"""Mutual aid: what neighbours offer and need, with whom, and what became of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class Aid(Table):
    """An offer or a need. Its id is that of the post that says it; who may read it is said there.

    A post from elsewhere has such a row too, when it carries a proposal.
    """

    __tablename__ = "aid"
    __table_args__ = (Index("ix_aid_state_expires_at", "state", "expires_at"),)

    id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str]  # offer, need
    category: Mapped[str]  # gift, loan, service, knowledge, sale
    title: Mapped[str]
    words: Mapped[str] = mapped_column(default="")  # as its author wrote them; a post has more
    place: Mapped[str] = mapped_column(default="")  # an area, never an exact address
    until: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")  # open, under_way, done, expired


class AidAgreement(Row):
    """Somebody takes up an offer or a need, and what came of it.

    Both places have such a row when the two live apart; what each may say, the other believes.
    """

    __tablename__ = "aid_agreements"
    __table_args__ = (
        UniqueConstraint("aid_id", "person_id"),
        Index("ix_aid_agreements_person_id", "person_id"),
        Index("ix_aid_agreements_uri", "uri"),
    )

    aid_id: Mapped[int] = mapped_column(ForeignKey("aid.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
    # proposed, accepted, refused (by the author), withdrawn (by the person), done
    state: Mapped[str] = mapped_column(default="proposed")
    offer_uri: Mapped[str | None] = mapped_column(unique=True)  # None: nobody asked by the wire
    uri: Mapped[str | None]  # what its author calls it since they agreed
    accepted_at: Mapped[datetime | None]
    author_done_at: Mapped[datetime | None]
    person_done_at: Mapped[datetime | None]
