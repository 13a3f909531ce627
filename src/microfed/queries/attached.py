"""Pictures, sound and film of posts, as pages show them."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import bindparam, select

from microfed.here import digest_of
from microfed.media.placeholder import focus_of, tone_of
from microfed.outbound.media import media_url, preview_url
from microfed.queries.files import digests_away
from microfed.queries.views import AttachmentView
from microfed.store.database import Tx
from microfed.store.posts import Attachment

_ATTACHED = (
    select(
        Attachment.id,
        Attachment.post_id,
        Attachment.kind,
        Attachment.media_type,
        Attachment.description,
        Attachment.remote_url,
        Attachment.file,
        Attachment.preview_file,
        Attachment.width,
        Attachment.height,
        Attachment.blurhash,
        Attachment.focus_x,
        Attachment.focus_y,
    )
    .where(Attachment.post_id.in_(bindparam("ids", expanding=True)))
    .order_by(Attachment.position, Attachment.id)
)


def attachments_of(tx: Tx, ids: Collection[int]) -> dict[int, list[AttachmentView]]:
    """Return what belongs to posts, by their ids, in its order."""
    rows = tx.connection.execute(_ATTACHED, {"ids": list(ids)}).all()
    away = digests_away(tx, [row.remote_url for row in rows if row.remote_url and not row.file])
    found: dict[int, list[AttachmentView]] = defaultdict(list)
    for row in rows:
        found[row.post_id].append(
            AttachmentView(
                row.kind,
                row.media_type,
                row.description or "",
                row.remote_url,
                media_url(tx.here, row),
                preview_url(tx.here, row),
                row.width,
                row.height,
                tone_of(row.blurhash),
                focus_of(row.focus_x, row.focus_y),
                bool(row.remote_url and not row.file and digest_of(row.remote_url) in away),
            )
        )
    return found
