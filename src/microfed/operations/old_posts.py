"""An old post from elsewhere is said here again, by its author, at its old date, and quietly.

Nobody is told: nothing is delivered or notified, and no timeline shows it as new. It names nobody
either, for whoever it named there did not ask to be named here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from microfed.ids import id_at
from microfed.operations.naming import tag_post
from microfed.operations.polls import remember_poll
from microfed.operations.post_parts import MOST_MEDIA, attach
from microfed.operations.post_rows import count_answers
from microfed.operations.readable import readable, warning_of
from microfed.operations.searching import make_findable
from microfed.queries.files import emojis_in
from microfed.store.aid import Aid
from microfed.store.bringing import ImportedPost
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.insert import insert_once
from microfed.store.people import Actor
from microfed.store.polls import Poll
from microfed.store.posts import Attachment, Post
from microfed.text import bare_text
from microfed.vocab.archives import LeftOut, OldPost
from microfed.vocab.polls import Question

# Mastodon writes the full second, so that several posts may ask for the same id.
_TRIES_FOR_AN_ID = 50


@dataclass(frozen=True, slots=True)
class Prepared:
    """An old post whose files are here already; `left` says which are not."""

    old: OldPost
    media: tuple[int, ...] = ()
    left: tuple[LeftOut, ...] = ()


def is_known(tx: Tx, *, author_id: int, uri: str) -> bool:
    """Say whether an old post was brought before, or is one of this very place."""
    return _find(tx, author_id, uri) is not None


def keep_old_post(tx: Tx, *, author: Actor, import_id: int, prepared: Prepared) -> Post:
    """`author` said this elsewhere: from now on it stands here too. Raises LeftOut when it is
    known, or goes on from what was left out; then nothing of it stays."""
    old = prepared.old
    note = old.note
    try:
        if is_known(tx, author_id=author.id, uri=note.id):
            raise LeftOut("known", note.id)
        parent = _parent(tx, author.id, old)
    except LeftOut:
        _forget(tx, author, prepared.media)
        raise
    post = _insert(tx, author, old, parent)
    values = {
        "member_id": author.id,
        "uri": note.id,
        "import_id": import_id,
        "post_id": post.id,
    }
    insert_once(tx, ImportedPost, values)
    tag_post(tx, post.id, note.hashtags)
    _what_it_was(tx, post, old)
    if prepared.media:
        attach(tx, owner=author, post=post, ids=_ready(tx, author, prepared.media))
    elif old.question is not None:
        _close_poll(tx, post, old.question)
    make_findable(tx, post.id)
    last = old.published if author.last_post_at is None else author.last_post_at
    tx.connection.execute(
        update(Actor)
        .where(Actor.id == author.id)
        .values(posts_count=Actor.posts_count + 1, last_post_at=max(last, old.published))
    )
    if parent is not None:
        count_answers(tx, parent.id, 1)
    return post


def _what_it_was(tx: Tx, post: Post, old: OldPost) -> None:
    """What it offered, looked for or told of is over: nobody answers to it any more."""
    said, meeting = old.proposal, old.meeting
    if said is not None and (title := bare_text(said.title)):
        state = "done" if said.state == "done" else "expired"
        over = min(said.until or tx.now, tx.now)
        place = bare_text(said.place)
        tx.session.add(
            Aid(
                id=post.id,
                kind=said.kind,
                category=said.category,
                title=title,
                words="",
                place=place,
                until=said.until,
                expires_at=over,
                state=state,
            )
        )
        post.extras = {**(post.extras or {}), "aid": True}
    # One that is still to come is a post like others: who would come said so elsewhere.
    elif meeting is not None and (meeting.ends_at or meeting.starts_at) < tx.now:
        post.kind = "event"
        values = {
            "title": bare_text(meeting.title) or "…",
            "words": "",
            "starts_at": meeting.starts_at,
            "ends_at": meeting.ends_at,
            "zone": meeting.zone,
            "place": bare_text(meeting.place),
            "capacity": meeting.capacity,
            "state": meeting.state,
        }
        tx.session.add(Event(id=post.id, join_mode="free", sequence=0, **values))
    tx.flush()


def _parent(tx: Tx, author_id: int, old: OldPost) -> Post | None:
    """Return what an old post goes on from; what its author took back since is not missed."""
    if old.parent is None:
        return None
    found = _find(tx, author_id, old.parent)
    if found is None and old.parent_is_there:
        raise LeftOut("answer", old.note.id)
    return tx.session.get(Post, found) if found else None


def _forget(tx: Tx, author: Actor, media: Sequence[int]) -> None:
    tx.connection.execute(
        delete(Attachment).where(
            Attachment.id.in_(media),
            Attachment.owner_id == author.id,
            Attachment.post_id.is_(None),
        )
    )
    tx.tell("media")


def _find(tx: Tx, author_id: int, uri: str) -> int | None:
    """Return the id of an old post that is here; 0 when its author took it back."""
    brought = tx.session.get(ImportedPost, (author_id, uri))
    if brought is not None:
        return brought.post_id or 0
    here = select(Post.id).where(Post.uri == uri, Post.actor_id == author_id)
    return tx.connection.scalar(here)


def _ready(tx: Tx, author: Actor, ids: Sequence[int]) -> list[int]:
    """Return those of the files that are still there and can be shown."""
    found = tx.connection.scalars(
        select(Attachment.id).where(
            Attachment.id.in_(ids),
            Attachment.owner_id == author.id,
            Attachment.post_id.is_(None),
            Attachment.processed_at.is_not(None),
            Attachment.error.is_(None),
        )
    )
    known = set(found)
    return [id_ for id_ in ids if id_ in known][:MOST_MEDIA]


def _insert(tx: Tx, author: Actor, old: OldPost, parent: Post | None) -> Post:
    note = old.note
    said_at = min(old.published, tx.now)
    content, warning = readable(note), bare_text(warning_of(note))
    kind = "article" if note.type == "Article" else "note"
    edited = note.updated if note.updated not in (None, note.published) else None
    values = {
        "actor_id": author.id,
        "is_local": True,
        "kind": "question" if old.question is not None else kind,
        "audience": old.audience,
        "title": bare_text(note.title) if note.title else None,
        "content": content,
        "warning": warning,
        "is_sensitive": note.is_sensitive or bool(warning),
        "language": note.language,
        "in_reply_to_id": None if parent is None else parent.id,
        "in_reply_to_uri": None if parent is None else parent.uri,
        "in_reply_to_actor_id": None if parent is None else parent.actor_id,
        "edited_at": None if edited is None else min(edited, tx.now),
        "emojis": emojis_in(tx, f"{content} {warning}") or None,
    }
    for _ in range(_TRIES_FOR_AN_ID):
        id_ = id_at(said_at)
        mine = {
            "id": id_,
            "uri": f"{author.uri}/posts/{id_}",
            "url": tx.here.post_page(author.username, id_),
            "thread_id": id_ if parent is None else parent.thread_id or parent.id,
        }
        if insert_once(tx, Post, {**values, **mine}):
            return tx.session.get_one(Post, id_)
    raise LeftOut("unreadable", note.id)


def _close_poll(tx: Tx, post: Post, question: Question) -> None:
    """A poll of then is over now, with the votes it had."""
    remember_poll(
        tx,
        post_id=post.id,
        options=question.options,
        is_multiple=question.is_multiple,
        ends_at=min(question.ends_at or tx.now, tx.now),
        voters_count=question.voters_count,
    )
    poll = tx.session.get_one(Poll, post.id)
    poll.closed_at, poll.fetched_at = tx.now, None
    tx.flush()
