"""What a member brought and has not said anything with yet, as the writing page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from microfed.outbound.media import preview_url
from microfed.store.database import Tx
from microfed.store.posts import Attachment


@dataclass(frozen=True, slots=True)
class UploadView:
    """A picture, sound or film that waits for its post."""

    id: int
    kind: str
    description: str
    focus: str  # x,y
    preview_url: str | None
    width: int | None
    height: int | None
    is_ready: bool
    is_broken: bool


def load_uploads(
    tx: Tx, *, owner_id: int, ids: Sequence[int], post_id: int | None = None
) -> list[UploadView]:
    """Return what `owner_id` brought, in the order of `ids`; what is not there is left out.

    `post_id` is of the post that is being corrected: what it shows already may stay in it.
    """
    if not ids:
        return []
    rows = tx.session.scalars(
        select(Attachment).where(
            Attachment.id.in_(list(ids)),
            Attachment.owner_id == owner_id,
            or_(Attachment.post_id.is_(None), Attachment.post_id == post_id),
        )
    )
    found = {item.id: item for item in rows}
    return [_view(tx, found[id_]) for id_ in ids if id_ in found]


def uploads_in(tx: Tx, post_id: int) -> list[int]:
    """Return the ids of what a post shows, in its order."""
    query = select(Attachment.id).where(Attachment.post_id == post_id)
    return list(tx.connection.scalars(query.order_by(Attachment.position, Attachment.id)))


def _view(tx: Tx, item: Attachment) -> UploadView:
    return UploadView(
        id=item.id,
        kind=item.kind,
        description=item.description or "",
        focus=f"{item.focus_x or 0:g},{item.focus_y or 0:g}",
        preview_url=preview_url(tx.here, item) if item.processed_at is not None else None,
        width=item.preview_width or item.width,
        height=item.preview_height or item.height,
        is_ready=item.processed_at is not None and item.error is None,
        is_broken=item.error is not None,
    )
