"""`icon` and `image` in an Update of one's own actor: an upload becomes the face or the banner."""

from dataclasses import dataclass
from functools import partial

from microfed.c2s.asked import Document, embedded
from microfed.errors import Invalid
from microfed.house import House
from microfed.media.made import Purpose
from microfed.operations.files import Kept
from microfed.operations.media import find_uploads, need_upload, remove_picture, set_picture
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.uploading import make_picture, workspace
from microfed.vocab.deeds import said
from microfed.vocab.reading import documents, link, types, word

_SLOTS: dict[str, Purpose] = {"icon": "avatar", "image": "header"}


@dataclass(frozen=True, slots=True)
class Face:
    """What becomes of one of the two pictures; without `file` it is taken away."""

    slot: str
    file: Kept | None = None
    description: str | None = None


async def bring_faces(house: House, owner_id: int, uri: str, document: Document) -> list[Face]:
    """Make the pictures that an Update of the actor `uri` wants. Invalid for what is no upload."""
    inside = embedded(document)
    if "Update" not in types(document) or inside is None or word(inside.get("id")) != uri:
        return []
    faces = []
    for key, purpose in _SLOTS.items():
        if key not in inside:
            continue
        shown = next(documents(inside[key]), None)
        where = link(inside[key]) if shown is None else link(shown.get("url"))
        named = [one for one in (where, word((shown or {}).get("id"))) if one]
        if not named:
            faces.append(Face(purpose))
            continue
        stored = await house.db.read(partial(_file, owner_id=owner_id, named=named))
        if stored is None:
            continue  # what is shown already, in a copy of the whole actor
        async with workspace(house) as folder:
            await house.storage.fetch(stored, folder / "source")
            made = await make_picture(house, folder / "source", purpose)
        faces.append(Face(purpose, made, said(shown or {}, "name")[0]))
    return faces


def show_faces(tx: Tx, owner: Actor, faces: list[Face]) -> None:
    """Let `owner` be seen so. The Update that follows tells the others."""
    for face in faces:
        if face.file is None:
            remove_picture(tx, actor=owner, slot=face.slot)
        else:
            set_picture(
                tx, actor=owner, slot=face.slot, file=face.file, description=face.description
            )


def _file(tx: Tx, *, owner_id: int, named: list[str]) -> str | None:
    actor = tx.session.get_one(Actor, owner_id)
    if {actor.avatar_uri, actor.header_uri} & set(named):
        return None
    for id_ in find_uploads(tx, owner_id=owner_id, urls=named):
        item = need_upload(tx, owner_id=owner_id, id_=id_)
        if item.kind == "image" and item.file is not None:
            return item.file
    raise Invalid(
        "bring the picture by uploadMedia first", {"object.icon": "is no upload of yours"}
    )
