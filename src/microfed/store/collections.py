"""Collections: people a member recommends together, for anyone to look at and to follow."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class PeopleCollection(Row):
    """People shown together under a name. With `is_discoverable` others find it on the profile."""

    __tablename__ = "collections"

    owner_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    language: Mapped[str | None]
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id", ondelete="SET NULL"))
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    is_discoverable: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]


class CollectionItem(Row):
    """Somebody is shown in a collection. Once `revoked_at` is set they do not want to be."""

    __tablename__ = "collection_items"
    __table_args__ = (UniqueConstraint("collection_id", "actor_id"),)

    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    revoked_at: Mapped[datetime | None]
