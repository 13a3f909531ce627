"""Pictures, sound and film by their ids."""

from collections.abc import Sequence

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.posts import Attachment


def attachments_by_id(tx: Tx, ids: Sequence[int]) -> list[Attachment]:
    """Return media in the order of `ids`; what is not there is left out."""
    if not ids:
        return []
    found = {
        item.id: item
        for item in tx.session.scalars(select(Attachment).where(Attachment.id.in_(list(ids))))
    }
    return [found[id_] for id_ in ids if id_ in found]
