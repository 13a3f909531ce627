"""Finding files: an upload, what lives elsewhere and is shown from here, and how much there is."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, select

from microfed.errors import NotFound
from microfed.here import authority_of, digest_of
from microfed.ids import moment_of, parse_id
from microfed.store.database import Tx
from microfed.store.links import Link
from microfed.store.media import CustomEmoji, RemoteFile, StoredFile
from microfed.store.people import Actor
from microfed.store.posts import Attachment

_SHORTCODE = re.compile(r"(?<![\w:]):([a-zA-Z0-9_]{2,64}):(?![\w:])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Something to look at that lives elsewhere. `slot` says how large it is needed."""

    url: str
    digest: str
    slot: str
    host: str
    blurhash: str | None = None
    kind: str = "image"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in the storage, as a list of all of them has it."""

    key: str
    bytes: int
    sha256: str


def kept_files(tx: Tx, keys: Collection[str]) -> set[str]:
    """Return those of the keys that are written down."""
    return set(tx.connection.scalars(select(StoredFile.key).where(StoredFile.key.in_(keys))))


def upload_key(tx: Tx, attachment_id: int) -> str | None:
    """Return the key of an upload as it came; None once it is processed or gone."""
    return tx.connection.scalar(
        select(StoredFile.key).where(
            StoredFile.attachment_id == attachment_id, StoredFile.slot == "upload"
        )
    )


def need_elsewhere(tx: Tx, *, letter: str, id_: str, digest: str) -> Elsewhere:
    """Return what `/media/remote/…` means; NotFound for what we never heard of.

    Whoever knows the digest knows the address it was made from, so nothing is given away.
    """
    found = _emoji(tx, digest) if letter == "e" else _of_row(tx, letter, parse_id(id_))
    if found is None or found.digest != digest:
        raise NotFound("there is no such picture")
    return found


def _of_row(tx: Tx, letter: str, id_: int) -> Elsewhere | None:
    if letter in ("a", "p"):
        row = tx.connection.execute(
            select(Attachment.remote_url, Attachment.blurhash, Attachment.kind).where(
                Attachment.id == id_
            )
        ).first()
        if row is None or not row.remote_url:
            return None
        return _elsewhere(row.remote_url, "attachment", row.blurhash, row.kind)
    if letter == "l":
        image = tx.connection.scalar(select(Link.image_url).where(Link.id == id_))
        return None if not image else _elsewhere(image, "card")
    column, slot = (Actor.avatar_uri, "avatar") if letter == "i" else (Actor.header_uri, "header")
    uri = tx.connection.scalar(select(column).where(Actor.id == id_))
    return None if not uri else _elsewhere(uri, slot)


def _emoji(tx: Tx, digest: str) -> Elsewhere | None:
    url = tx.connection.scalar(
        select(CustomEmoji.url).where(CustomEmoji.digest == digest, CustomEmoji.host != "").limit(1)
    )
    return None if url is None else _elsewhere(url, "emoji")


def _elsewhere(url: str, slot: str, blurhash: str | None = None, kind: str = "image") -> Elsewhere:
    return Elsewhere(url, digest_of(url), slot, authority_of(url), blurhash, kind)


@dataclass(frozen=True, slots=True)
class KeptRemote:
    """What is kept of something elsewhere: files by slot, or until when not to ask again."""

    id: int
    files: dict[str, str]
    is_refused: bool
    is_stale: bool


def find_remote(tx: Tx, *, digest: str, slot: str) -> KeptRemote | None:
    """Return what is kept of something elsewhere, if we ever looked at it."""
    row = tx.connection.execute(
        select(RemoteFile.id, RemoteFile.used_at, RemoteFile.retry_at).where(
            RemoteFile.digest == digest, RemoteFile.slot == slot
        )
    ).first()
    if row is None:
        return None
    files = tx.connection.execute(
        select(StoredFile.slot, StoredFile.key).where(StoredFile.remote_file_id == row.id)
    )
    return KeptRemote(
        row.id,
        {file.slot: file.key for file in files},
        row.retry_at is not None and row.retry_at > tx.now,
        (tx.now - row.used_at).total_seconds() > 3_600,
    )


def digests_away(tx: Tx, urls: Sequence[str]) -> set[str]:
    """Return the digests of those addresses whose server did not give what is there lately."""
    if not urls:
        return set()
    return set(
        tx.connection.scalars(
            select(RemoteFile.digest).where(
                RemoteFile.digest.in_([digest_of(url) for url in urls]),
                RemoteFile.slot == "attachment",
                RemoteFile.retry_at > tx.now,
            )
        )
    )


def emojis_in(tx: Tx, text: str) -> list[dict[str, Any]]:
    """Return our emojis that a text uses: `{"shortcode", "url", "id", "updated"}` each."""
    names = set(_SHORTCODE.findall(text))
    if not names:
        return []
    rows = tx.connection.execute(
        select(CustomEmoji.id, CustomEmoji.shortcode, CustomEmoji.url)
        .where(CustomEmoji.host == "", CustomEmoji.shortcode.in_(sorted(names)[:100]))
        .order_by(CustomEmoji.shortcode)
        .limit(50)
    )
    return [
        {
            "shortcode": row.shortcode,
            "url": row.url,
            "id": f"{tx.here.url}/emoji/{row.shortcode}",
            "updated": moment_of(row.id).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for row in rows
    ]


def our_emojis(tx: Tx) -> list[CustomEmoji]:
    """Return the emojis of this place, by name."""
    found = select(CustomEmoji).where(CustomEmoji.host == "").order_by(CustomEmoji.shortcode)
    return list(tx.session.scalars(found.limit(2_000)))


def bytes_by_kind(tx: Tx) -> dict[str, int]:
    """Return how many bytes are kept, by what they are: the admin's view."""
    kind = case(
        (StoredFile.remote_file_id.is_not(None), "elsewhere"),
        (StoredFile.actor_id.is_not(None), "profiles"),
        (StoredFile.emoji_id.is_not(None), "emojis"),
        (StoredFile.attachment_id.is_not(None), "posts"),
        else_="leaving",
    )
    rows = tx.connection.execute(select(kind, func.sum(StoredFile.bytes)).group_by(kind))
    return {str(name): int(size) for name, size in rows}


def files_after(tx: Tx, key: str, *, most: int = 500) -> Sequence[KeptFile]:
    """Return stored files in the order of their keys, those after `key`."""
    rows = tx.connection.execute(
        select(StoredFile.key, StoredFile.bytes, StoredFile.sha256)
        .where(StoredFile.key > key)
        .order_by(StoredFile.key)
        .limit(most)
    )
    return [KeptFile(row.key, row.bytes, row.sha256) for row in rows]
