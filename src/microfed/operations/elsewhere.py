"""Posts from elsewhere: whether they concern us, and taking them in."""

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from microfed.errors import Forbidden, Invalid
from microfed.here import authority
from microfed.ids import id_at
from microfed.operations.circle_talk import Heard, heard_elsewhere
from microfed.operations.elsewhere_parts import (
    add_parts,
    attach,
    emojis_said,
    name_those_in,
    tell_the_named,
    title_of,
    who_is_told,
)
from microfed.operations.gathering import complete_ancestors
from microfed.operations.group_words import private_group_named, private_group_of
from microfed.operations.naming import tag_post
from microfed.operations.others_named import learn_of_others
from microfed.operations.post_rows import count_answers
from microfed.operations.previews import show_link
from microfed.operations.readable import readable, warning_of
from microfed.operations.rings import ring_of
from microfed.operations.searching import make_findable
from microfed.operations.threads import (
    Parent,
    adopt_children,
    check_answer,
    find_parent,
    may_answer,
)
from microfed.outbound.allies import place_in_ring
from microfed.outbound.groups import place_in_group
from microfed.outbound.home import place_in_homes, place_in_homes_late
from microfed.outbound.listed import place_by_tags
from microfed.outbound.notify import notify_of_post
from microfed.outbound.talks import place_in_talks
from microfed.queries.people import actors_at
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.people import Actor, Follow
from microfed.store.posts import Mention, Post, Tombstone
from microfed.text import bare_text, clean_text
from microfed.vocab.audience import Audience, circle_named, read_audience, ring_named
from microfed.vocab.objects import Note
from microfed.vocab.policies import read_approval, read_policy

# Another server's clock may be wrong; ours says when something cannot have been written yet.
_TRIES_FOR_AN_ID = 20

# The questions of the hot path, built once: building them costs more than asking.
_IS_FOLLOWED = select(
    select(Follow.id)
    .where(Follow.target_id == bindparam("author"), Follow.accepted_at.is_not(None))
    .exists()
)
_KNOWN = select(Post.id).where(Post.uri == bindparam("uri"))
_BURIED = select(Tombstone.uri).where(Tombstone.uri == bindparam("uri"))


class SaidTo(NamedTuple):
    """For whom a post from elsewhere is: in whose ring, or in which private group."""

    audience: Audience
    ring: str | None
    group_id: int | None


def is_followed_here(tx: Tx, author: Actor) -> bool:
    """Say whether anyone here follows an author elsewhere."""
    return bool(tx.connection.scalar(_IS_FOLLOWED, {"author": author.id}))


def concerns_us(tx: Tx, *, author: Actor, note: Note) -> bool:
    """Say whether anyone here has a reason to keep a post: a follower, a name in it, an answer."""
    if is_followed_here(tx, author) or ring_named(note) is not None:
        return True
    group = private_group_named(tx, note)
    if group is not None and is_followed_here(tx, group):
        return True
    named = {*note.to, *note.cc, *note.hidden, *(tag.href for tag in note.mentions)}
    ours = [uri for uri in named if tx.here.is_ours(uri)]
    if ours and any(actor.is_local for actor in actors_at(tx, ours).values()):
        return True
    return note.in_reply_to is not None and find_parent(tx, note.in_reply_to) is not None


def remember_post(tx: Tx, *, author: Actor, note: Note, is_news: bool = True) -> int | None:
    """Store a post made elsewhere, once; return its id, or None when it was deleted before it came.

    The caller has proven that `author` says so. A post we know is left as it is: a second Create
    never widens an audience (CVE-2024-37903). `is_news` puts it into homes and notifications.
    """
    if author.is_local:
        raise Forbidden("this post is somebody else's")
    authority(author.uri, note.id, owner=note.attributed_to)
    known = tx.connection.scalar(_KNOWN, {"uri": note.id})
    if known is not None:
        if is_news:
            _news_after_all(tx, int(known), author, note)
        return int(known)
    if tx.connection.scalar(_BURIED, {"uri": note.id}) is not None:
        return None
    stamp = read_approval(note.document, "reply")
    answered = parent = find_parent(tx, note.in_reply_to)
    if parent is not None and not may_answer(tx, parent, author):
        parent = None  # until its author's leave was read
    audience = read_audience(to=note.to, cc=note.cc, followers_uri=author.followers_uri)
    ring, group = None, private_group_of(tx, author=author, note=note)
    if group is not None:
        audience = Audience.GROUP
    elif ring_named(note) is not None:
        audience, ring = Audience.RING, ring_of(tx, author=author, note=note)
    heard = None
    if audience is Audience.PEOPLE and circle_named(note) is not None:
        audience, heard = Audience.CIRCLE, heard_elsewhere(tx, author=author, note=note)
    said = SaidTo(audience, ring, None if group is None else group.id)
    post_id = _insert(tx, author, note, said, parent, _extras(note, stamp, heard))
    named = who_is_told(tx, name_those_in(tx, post_id, author, note, heard), group)
    tag_post(tx, post_id, note.hashtags)
    attach(tx, post_id, note)
    add_parts(tx, post_id, author, note)
    show_link(tx, post_id=post_id, audience=audience, content=readable(note), is_ours=False)
    adopt_children(tx, post_id, note.id, author, parent)
    is_for_a_few = audience in (Audience.PEOPLE, Audience.CIRCLE)  # and so for one of us
    is_found = author.is_indexable and (audience.is_open or audience is Audience.RING)
    if named or is_for_a_few or is_found:
        make_findable(tx, post_id)
    if parent is not None:
        count_answers(tx, parent.id, 1)
    elif answered is not None:
        check_answer(tx, answered, post_id, stamp)
    elif note.in_reply_to is not None and is_news:
        complete_ancestors(tx, post_id)
    if author.silenced_at is None:
        place_in_ring(
            tx,
            post_id=post_id,
            host=author.host,
            audience=audience,
            is_answer=note.in_reply_to is not None,
        )
    if is_news:
        learn_of_others(tx, post_id=post_id, audience=audience, note=note)
        if group is not None:
            place_in_group(
                tx,
                post_id=post_id,
                group_id=group.id,
                author=author,
                is_answer=note.in_reply_to is not None,
            )
        place_in_homes(
            tx,
            post_id=post_id,
            author_id=author.id,
            audience=audience,
            is_local=False,
            reply_to_actor_id=_asked(parent, note, author),
        )
        if note.hashtags and author.silenced_at is None:
            place_by_tags(tx, post_id=post_id, author_id=author.id, audience=audience)
        tell_the_named(tx, post_id, author, named)
        notify_of_post(
            tx, author_id=author.id, post_id=post_id, reply_to_actor_id=_asked(parent, note, author)
        )
        tx.tell("stream", ("post", post_id))
    place_in_talks(tx, post_id=post_id, audience=audience, is_news=is_news)
    return post_id


def _news_after_all(tx: Tx, post_id: int, author: Actor, note: Note) -> None:
    """A post that we knew from hearsay, by a relay or an ally that was quicker, is brought by its
    author: those who follow them find it at home, and whom it names are told."""
    post = tx.session.get_one(Post, post_id)
    if post.actor_id != author.id or post.boost_of_id is not None:
        return
    is_placed = place_in_homes_late(
        tx,
        post_id=post_id,
        author_id=author.id,
        audience=post.audience,
        reply_to_actor_id=0
        if post.in_reply_to_uri and post.in_reply_to_id is None
        else post.in_reply_to_actor_id,
    )
    tagged = {tag.href for tag in note.mentions}
    named = [actor for actor in actors_at(tx, [*tagged]).values() if actor.is_local]
    mine = set(tx.connection.scalars(select(Mention.actor_id).where(Mention.post_id == post_id)))
    tell_the_named(tx, post_id, author, [one for one in named if one.id in mine])
    if is_placed:
        notify_of_post(
            tx,
            author_id=author.id,
            post_id=post_id,
            reply_to_actor_id=post.in_reply_to_actor_id,
        )
        tx.tell("stream", ("post", post_id))


def _insert(
    tx: Tx,
    author: Actor,
    note: Note,
    said_to: SaidTo,
    parent: Parent | None,
    extras: dict[str, Any] | None,
) -> int:
    moment = min(note.published or tx.now, tx.now)
    warning = bare_text(warning_of(note))
    values = {
        "uri": clean_text(note.id),
        "actor_id": author.id,
        "is_local": False,
        "kind": note.type.lower(),
        "audience": said_to.audience,
        "ring": said_to.ring,
        "group_id": said_to.group_id,
        "title": title_of(note),
        "content": readable(note),
        "warning": warning,
        "is_sensitive": note.is_sensitive or bool(warning),
        "language": note.language,
        "url": note.url or note.id,
        "in_reply_to_id": None if parent is None else parent.id,
        "in_reply_to_uri": note.in_reply_to,
        "in_reply_to_actor_id": None if parent is None else parent.actor_id,
        "context_uri": note.context,
        "edited_at": note.updated if _was_edited(note) else None,
        "emojis": emojis_said(note),
        "extras": extras,
    }
    for _ in range(_TRIES_FOR_AN_ID):
        # Peers publish on the full second, so two posts may ask for the same id.
        id_ = id_at(moment)
        thread = id_ if parent is None else parent.thread
        if insert_once(tx, Post, {**values, "id": id_, "thread_id": thread}):
            return id_
    raise Invalid("this post could not be stored")


def _extras(note: Note, stamp: str | None, heard: Heard | None) -> dict[str, Any] | None:
    extras = {
        **({} if heard is None else heard.extras),
        "document": dict(note.document) if note.type in ("Deed", "Thing") else None,
        "policy": read_policy(note.document),
        "reply_stamp": None if note.in_reply_to is None else stamp,
        "activity": note.activity,
    }
    return {key: value for key, value in extras.items() if value is not None} or None


def _was_edited(note: Note) -> bool:
    return note.updated is not None and note.updated != note.published


def _asked(parent: Parent | None, note: Note, author: Actor) -> int | None:
    """Return whom a post answers; someone we do not know is followed by nobody here."""
    if note.in_reply_to is None:
        return None
    return 0 if parent is None else parent.actor_id
