"""Files: what is kept of pictures, sound and film, for whom, and what was seen elsewhere."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row, Table, part_index

# A file that nothing shows any more. Whatever deletes a post, an account or an emoji leaves its
# files like this, by the foreign keys; the worker for media takes them away.
NOBODYS = "COALESCE(attachment_id, actor_id, emoji_id, remote_file_id) IS NULL"


class StoredFile(Table):
    """A file in the storage: whose it is, and enough to check that it is still whole."""

    __tablename__ = "stored_files"
    __table_args__ = (
        Index("ix_stored_files_attachment_id", "attachment_id"),
        Index("ix_stored_files_actor_id", "actor_id"),
        Index("ix_stored_files_emoji_id", "emoji_id"),
        Index("ix_stored_files_remote_file_id_bytes", "remote_file_id", "bytes"),
        part_index(
            "ix_stored_files_nobodys",
            "key",
            where=NOBODYS,
        ),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[str]  # upload (as it came), original, preview, avatar, header, emoji
    bytes: Mapped[int]
    sha256: Mapped[str]
    attachment_id: Mapped[int | None] = mapped_column(
        ForeignKey("attachments.id", ondelete="SET NULL")
    )
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("actors.id", ondelete="SET NULL"))
    emoji_id: Mapped[int | None] = mapped_column(
        ForeignKey("custom_emojis.id", ondelete="SET NULL")
    )
    remote_file_id: Mapped[int | None] = mapped_column(
        ForeignKey("remote_files.id", ondelete="SET NULL")
    )


class RemoteFile(Row):
    """Something elsewhere that somebody here looked at: kept for a while, or why it is not.

    `slot` says how large it is needed; the same address may be an avatar and an attachment.
    """

    __tablename__ = "remote_files"
    __table_args__ = (UniqueConstraint("digest", "slot"),)

    digest: Mapped[str]
    slot: Mapped[str]  # attachment, avatar, header, emoji
    used_at: Mapped[datetime] = mapped_column(index=True)
    retry_at: Mapped[datetime | None]  # set: it could not be had, and is not asked for before
    error: Mapped[str | None]


class CustomEmoji(Row):
    """A small picture with a name, from here (`host` is empty) or seen in a post from elsewhere."""

    __tablename__ = "custom_emojis"
    __table_args__ = (UniqueConstraint("host", "shortcode"),)

    host: Mapped[str] = mapped_column(default="")
    shortcode: Mapped[str]
    url: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    file: Mapped[str | None]  # the storage key, for ours
    category: Mapped[str | None]
    is_listed: Mapped[bool] = mapped_column(default=True)
