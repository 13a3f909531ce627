"""Pictures, sound and film of the neighbours: brought, described, shown, gone with their post."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, or_, select, update

from microfed.errors import Invalid, NotFound
from microfed.ids import first_id_at, id_at
from microfed.operations.files import Kept, keep_files, let_go
from microfed.store.database import Tx
from microfed.store.media import StoredFile
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Post
from microfed.text import clean_text

MOST_DESCRIPTION = 1_500
MOST_WAITING = 40
MOST_ATTEMPTS = 3
# Longer than the separate process may take, so that nobody works twice on the same file.
CLAIMED_FOR = timedelta(minutes=20)
UNUSED_FOR = timedelta(days=1)
PUT_OFF_FOR = timedelta(minutes=1)
# Apps delete a post to write it anew with the same pictures; whoever meant it waits no longer.
SET_ASIDE_FOR = timedelta(hours=1)

Focus = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a picture, sound or film turned out to be."""

    kind: str
    media_type: str
    width: int | None = None
    height: int | None = None
    preview_width: int | None = None
    preview_height: int | None = None
    blurhash: str | None = None
    duration: float | None = None


def keep_upload(
    tx: Tx,
    *,
    owner: Actor,
    upload: Kept,
    kind: str,
    description: str | None = None,
    focus: Focus | None = None,
) -> Attachment:
    """`owner` brought a file. It is not looked into yet: whoever calls has it until CLAIMED_FOR."""
    waiting = tx.connection.scalar(
        select(func.count()).where(Attachment.owner_id == owner.id, Attachment.post_id.is_(None))
    )
    if (waiting or 0) >= MOST_WAITING:
        raise Invalid("too many pictures wait for their post: use or delete some first")
    item = Attachment(
        id=id_at(tx.now),
        owner_id=owner.id,
        kind=kind,
        description=_description(description),
        claimed_until=tx.now + CLAIMED_FOR,
        attempts=1,
    )
    _set_focus(item, focus)
    tx.session.add(item)
    tx.flush()
    keep_files(tx, [upload], attachment_id=item.id)
    return item


def finish_upload(tx: Tx, id_: int, shape: Shape, files: Sequence[Kept]) -> None:
    """An upload is ready. If it was deleted meanwhile, its files are nobody's and go too."""
    item = tx.session.get(Attachment, id_, with_for_update=True)
    let_go(tx, StoredFile.attachment_id == id_)
    keep_files(tx, files, attachment_id=None if item is None else id_)
    if item is None:
        return
    named = {file.slot: file for file in files}
    item.kind, item.media_type = shape.kind, shape.media_type
    item.file = named["original"].key
    item.preview_file = named["preview"].key if "preview" in named else None
    item.width, item.height = shape.width, shape.height
    item.preview_width, item.preview_height = shape.preview_width, shape.preview_height
    item.blurhash, item.duration = shape.blurhash, shape.duration
    item.bytes = sum(file.bytes for file in files)
    item.processed_at, item.claimed_until, item.error = tx.now, None, None
    tx.flush()


def fail_upload(tx: Tx, id_: int, why: str) -> None:
    """An upload cannot be used, and `why` is told to whoever brought it."""
    let_go(tx, StoredFile.attachment_id == id_)
    tx.connection.execute(
        update(Attachment).where(Attachment.id == id_).values(error=why, claimed_until=None)
    )


def claim_upload(tx: Tx) -> int | None:
    """Return an upload that somebody began with and did not finish; it is the caller's now."""
    id_ = tx.connection.scalar(
        select(Attachment.id)
        .where(Attachment.claimed_until <= tx.now)
        .order_by(Attachment.claimed_until)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if id_ is None:
        return None
    item = tx.session.get_one(Attachment, id_)
    if item.attempts >= MOST_ATTEMPTS:
        fail_upload(tx, item.id, "this file could not be read")
        return None
    item.attempts += 1
    item.claimed_until = tx.now + CLAIMED_FOR
    tx.flush()
    return item.id


def put_off_upload(tx: Tx, id_: int) -> None:
    """An upload could not be worked on, for no fault of its own: it is taken up again soon."""
    tx.connection.execute(
        update(Attachment)
        .where(Attachment.id == id_, Attachment.claimed_until.is_not(None))
        .values(claimed_until=tx.now + PUT_OFF_FOR, attempts=Attachment.attempts - 1)
    )


def need_upload(tx: Tx, *, owner_id: int, id_: int) -> Attachment:
    """Return what `owner_id` brought; to everyone else it does not exist."""
    item = tx.session.get(Attachment, id_)
    if item is None or item.owner_id != owner_id:
        raise NotFound("there is no such picture, sound or film of yours")
    return item


def describe(
    tx: Tx,
    *,
    owner_id: int,
    id_: int,
    description: str | None = None,
    focus: Focus | None = None,
) -> Attachment:
    """Change what a picture is said to show, or what of it matters most. None changes nothing.

    For one that is in a post already, `edit_post` must follow: it tells everyone who has it.
    """
    item = need_upload(tx, owner_id=owner_id, id_=id_)
    if description is not None:
        item.description = _description(description)
    _set_focus(item, focus)
    if item.post_id is not None:
        post = tx.session.get_one(Post, item.post_id)
        post.version += 1
        tx.tell("post_changed", post.id)
    tx.flush()
    return item


def forget_upload(tx: Tx, *, owner_id: int, id_: int) -> None:
    """`owner_id` does not want to show something after all. What is in a post stays there."""
    item = need_upload(tx, owner_id=owner_id, id_=id_)
    if item.post_id is not None:
        raise Invalid("this is in a post: change or delete the post instead")
    tx.connection.execute(delete(Attachment).where(Attachment.id == id_))
    tx.tell("media")


def find_uploads(tx: Tx, *, owner_id: int, urls: Sequence[str]) -> list[int]:
    """Return the ids of what `owner_id` brought, by its address or its file's, in that order."""
    roofs = (f"{tx.here.url}/", f"{tx.here.media_url or tx.here.url}/media/")
    keys = [url.rpartition("/")[2] for url in urls if url.startswith(roofs)]
    if not keys:
        return []
    ids = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    rows = tx.connection.execute(
        select(Attachment.id, Attachment.file).where(
            Attachment.owner_id == owner_id,
            or_(Attachment.file.in_(keys), Attachment.id.in_(ids)),
        )
    ).all()
    known = {str(row.id): row.id for row in rows} | {row.file: row.id for row in rows}
    return list(dict.fromkeys(known[key] for key in keys if key in known))


def set_picture(
    tx: Tx, *, actor: Actor, slot: str, file: Kept, description: str | None = None
) -> None:
    """`actor` has another face (`avatar`) or banner (`header`). The caller tells followers."""
    remove_picture(tx, actor=actor, slot=slot)
    keep_files(tx, [file], actor_id=actor.id)
    said = _description(description)
    if slot == "avatar":
        actor.avatar_uri, actor.avatar_description = tx.here.media(file.key), said
    else:
        actor.header_uri, actor.header_description = tx.here.media(file.key), said


def remove_picture(tx: Tx, *, actor: Actor, slot: str) -> None:
    """`actor` shows no face, or no banner, any more."""
    if slot not in ("avatar", "header"):
        raise Invalid("that is neither avatar nor header")
    let_go(tx, (StoredFile.actor_id == actor.id) & (StoredFile.slot == slot))
    if slot == "avatar":
        actor.avatar_uri = actor.avatar_description = None
    else:
        actor.header_uri = actor.header_description = None
    actor.version += 1
    tx.tell("actor", actor.id)
    tx.tell("media")


def set_aside(tx: Tx, *, post_id: int) -> None:
    """The pictures of a post about to be deleted wait for another one, for SET_ASIDE_FOR."""
    tx.connection.execute(
        update(Attachment)
        .where(Attachment.post_id == post_id, Attachment.owner_id.is_not(None))
        .values(post_id=None, processed_at=tx.now - UNUSED_FOR + SET_ASIDE_FOR)
    )


def drop_unused(tx: Tx, *, most: int = 500) -> int:
    """Forget uploads that no post has shown within a day; return how many."""
    old = (
        select(Attachment.id)
        .where(
            Attachment.post_id.is_(None),
            Attachment.owner_id.is_not(None),
            or_(
                Attachment.processed_at < tx.now - UNUSED_FOR,
                Attachment.processed_at.is_(None)
                & (Attachment.id < first_id_at(tx.now - UNUSED_FOR)),
            ),
        )
        .limit(most)
    )
    gone = tx.connection.execute(delete(Attachment).where(Attachment.id.in_(old))).rowcount
    if gone:
        tx.tell("media")
    return gone


def _description(said: str | None) -> str | None:
    if said is None:
        return None
    described = clean_text(said).strip()
    if len(described) > MOST_DESCRIPTION:
        raise Invalid(
            f"a description has at most {MOST_DESCRIPTION} characters",
            {"description": "is too long"},
        )
    return described or None


def _set_focus(item: Attachment, focus: Focus | None) -> None:
    if focus is not None:
        item.focus_x, item.focus_y = (min(1.0, max(-1.0, at)) for at in focus)
