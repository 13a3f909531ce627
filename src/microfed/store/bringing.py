"""What a member brings along from another place: an archive, and what became of each old post."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import BigId, Row, Table, part_index

# Somebody's turn: read on, or taken away again.
_DUE = "state IN ('waiting', 'reading', 'removing')"


class Import(Row):
    """An archive that a member brought, and how far it is read.

    `done` is also where reading goes on: it grows in the same transaction as the post is made.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_member_id_id", "member_id", "id"),
        part_index(
            "ix_imports_due",
            "claimed_until",
            where=_DUE,
        ),
        # Two archives at once would each thread answers to posts of the other.
        part_index(
            "uq_imports_member_id",
            "member_id",
            unique=True,
            where=_DUE,
        ),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    state: Mapped[str]  # waiting, found, reading, done, stopped, refused, removing
    key: Mapped[str | None]  # of the archive in the storage, until it is read
    takes_answers: Mapped[bool] = mapped_column(default=False)  # to other people, too
    whose: Mapped[str | None]  # the account it is of, as it says
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    files: Mapped[int] = mapped_column(default=0)
    left: Mapped[dict[str, Any]] = mapped_column(default=dict)  # why: {count, examples}
    # What is in it: {part: how many}, and `unread`, the names of files that nobody can read.
    found: Mapped[dict[str, Any] | None]
    # What its owner wants of it: {"posts": whether they do, "todo": parts still to be read,
    # "done": {part: [made, known, bad]}}; None until they chose.
    parts: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]  # why it is refused, one of vocab.archives.REFUSALS
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)  # that came to nothing, in a row
    finished_at: Mapped[datetime | None]


class ImportedPost(Table):
    """An old post was brought here, once; without `post_id` its author took it back since."""

    __tablename__ = "imported_posts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    member_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True
    )
    uri: Mapped[str] = mapped_column(primary_key=True)  # where it was first
    import_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("imports.id", ondelete="CASCADE"), index=True
    )
    post_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("posts.id", ondelete="SET NULL"), index=True
    )


class BroughtList(Row):
    """A list of people, servers or posts that a member brought, and how far it is followed.

    Those that came in one archive are queued, and followed one after the other.
    """

    __tablename__ = "brought_lists"
    __table_args__ = (
        Index("ix_brought_lists_member_id_id", "member_id", "id"),
        # One at a time: two would ask the same servers for the same people.
        part_index(
            "uq_brought_lists_member_id",
            "member_id",
            unique=True,
            where="state = 'reading'",
        ),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    kind: Mapped[str]  # one of vocab.brought_lists.KINDS
    state: Mapped[str]  # queued, reading, done, stopped
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    made: Mapped[int] = mapped_column(default=0)
    left: Mapped[dict[str, Any]] = mapped_column(default=dict)  # why: {count, examples}
    # Whether what it does not name goes; the lines that take it away stand at its end.
    replaces: Mapped[bool] = mapped_column(default=False, server_default=false())


class BroughtLine(Table):
    """A line of such a list that is still to be done; it goes in the transaction that does it."""

    __tablename__ = "brought_lines"
    __table_args__ = ({"sqlite_with_rowid": False},)

    list_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("brought_lists.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[dict[str, Any]]
