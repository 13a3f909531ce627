"""Archives as other places give them to their members, made up."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
OLD = "https://old.example/users/ada"
Document = dict[str, Any]


def actor(uri: str = OLD) -> Document:
    """actor.json, as Mastodon writes it."""
    return {
        "@context": ["https://www.w3.org/ns/activitystreams"],
        "id": uri,
        "type": "Person",
        "followers": f"{uri}/followers",
        "outbox": "outbox.json",
        "likes": "likes.json",
        "bookmarks": "bookmarks.json",
        "preferredUsername": "ada",
        "icon": {"type": "Image", "mediaType": "image/png", "url": "avatar.png"},
    }


def said(n: int, content: str = "", *, by: str = OLD, **more: Any) -> Document:
    """The n-th thing said, with its Create around it; public unless `to` says otherwise."""
    uri = more.pop("id", f"{by}/statuses/{n}")
    to = {"to": more.pop("to", [PUBLIC]), "cc": more.pop("cc", [f"{by}/followers"])}
    published = more.pop("published", f"2019-03-{1 + n % 28:02}T{n // 28 % 24:02}:00:00Z")
    note = {
        "id": uri,
        "type": "Note",
        "summary": None,
        "inReplyTo": None,
        "published": published,
        "url": f"https://old.example/@ada/{n}",
        "attributedTo": by,
        **to,
        "sensitive": False,
        "content": content or f"<p>Post number {n}</p>",
        "contentMap": {"fr": content or f"<p>Post number {n}</p>"},
        "attachment": [],
        "tag": [],
        **more,
    }
    return {
        "id": f"{uri}/activity",
        "type": "Create",
        "actor": by,
        "published": published,
        **to,
        "object": note,
        "signature": {"type": "RsaSignature2017", "signatureValue": "x"},
    }


def boost(n: int, of: str = "https://far.example/notes/1") -> Document:
    """Something passed on."""
    return {
        "id": f"{OLD}/statuses/{n}/activity",
        "type": "Announce",
        "actor": OLD,
        "published": "2019-03-02T00:00:00Z",
        "object": of,
        "to": [PUBLIC],
    }


def picture_of(path: str, description: str | None = None) -> Document:
    """An attachment whose address is a path inside the archive."""
    return {
        "type": "Document",
        "mediaType": "image/png",
        "url": path,
        "name": description,
        "blurhash": "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
        "focalPoint": [0.5, -0.5],
    }


def outbox(items: list[Any]) -> bytes:
    """outbox.json, as Mastodon writes it."""
    head = {"@context": "https://www.w3.org/ns/activitystreams", "id": "outbox.json"}
    rest = {"type": "OrderedCollection", "totalItems": len(items), "orderedItems": items}
    return json.dumps(head | rest).encode()


def parts(
    items: list[Any], files: Mapping[str, bytes] | None = None, who: Document | None = None
) -> dict[str, bytes]:
    """What is in an archive, by path."""
    return {
        **(files or {}),
        "outbox.json": outbox(items),
        "likes.json": b'{"orderedItems": ["https://far.example/notes/2"]}',
        "actor.json": json.dumps(who or actor()).encode(),
    }


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A .zip of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(entries: Mapping[str, bytes], *more: tarfile.TarInfo) -> bytes:
    """A .tar.gz of these, and of `more` that are no files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in more:
            archive.addfile(info)
    return out.getvalue()


def kept_at(folder: Path, content: bytes) -> Path:
    """The archive as a file."""
    path = folder / "archive"
    path.write_bytes(content)
    return path
