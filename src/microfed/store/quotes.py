"""Leave to quote: what our members allowed others to show inside their posts (FEP-044f)."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from microfed.store.rows import Row


class QuoteStamp(Row):
    """The author of `post` lets it be shown inside the post at `quoting_uri`."""

    __tablename__ = "quote_stamps"

    uri: Mapped[str] = mapped_column(unique=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    quoting_uri: Mapped[str] = mapped_column(unique=True)
    quoter_id: Mapped[int] = mapped_column(ForeignKey("actors.id", ondelete="CASCADE"))
