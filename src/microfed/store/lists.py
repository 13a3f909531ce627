"""Lists: some of the people a member follows, read on a timeline of their own."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table


class PeopleList(Row):
    """A list of a member. `replies`: which answers stand on it: followed, list or none."""

    __tablename__ = "lists"

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    replies: Mapped[str] = mapped_column(default="list")
    is_exclusive: Mapped[bool] = mapped_column(default=False)  # its people are not at home


class ListMember(Row):
    """Somebody is on a list. `owner_id` is the list's, for whoever fills home timelines."""

    __tablename__ = "list_members"
    __table_args__ = (
        Index("uq_list_members_list_id_actor_id", "list_id", "actor_id", unique=True),
        Index("ix_list_members_actor_id_owner_id", "actor_id", "owner_id"),
    )

    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))


class ListEntry(Table):
    """A post stands on a list. Written when it arrives, as home timelines are."""

    __tablename__ = "list_entries"
    __table_args__ = (
        Index("ix_list_entries_post_id", "post_id"),
        {"sqlite_with_rowid": False},
    )

    list_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True
    )
    post_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
