"""Finding posts, and gathering all that a post's document shows."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Literal

from sqlalchemy import BindParameter, bindparam, select

from microfed.errors import Gone, Missing, NotFound
from microfed.outbound.allies import ring_addressees
from microfed.outbound.circles import circle_of
from microfed.outbound.whole_post import NamedActor, NamedGroup, ShownPoll, WholePost
from microfed.queries.events import meetings_of
from microfed.queries.visibility import Viewer, visible_to
from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.polls import Poll, PollOption
from microfed.store.posts import Attachment, Mention, Post, PostTag, Tag, Tombstone
from microfed.vocab.aid import Proposal
from microfed.vocab.audience import Audience

# What a post may have beside its words.
Part = Literal["named", "attachments"]

# Built once: building a question costs more than asking it.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_ACTORS = select(Actor).where(Actor.id.in_(_IDS))
_NAMED = (
    select(
        Mention.post_id,
        Mention.is_silent,
        Mention.is_hidden,
        Actor.uri,
        Actor.username,
        Actor.host,
    )
    .join(Actor, Actor.id == Mention.actor_id)
    .where(Mention.post_id.in_(_IDS))
    .order_by(Mention.post_id, Mention.actor_id)
)
_TAGS = (
    select(PostTag.post_id, Tag.name, Tag.display)
    .join(Tag, Tag.id == PostTag.tag_id)
    .where(PostTag.post_id.in_(_IDS))
    .order_by(Tag.name)
)
_ATTACHMENTS = (
    select(Attachment)
    .where(Attachment.post_id.in_(_IDS))
    .order_by(Attachment.position, Attachment.id)
)
_ROOTS = select(Post.id, Post.uri, Post.is_local, Post.context_uri).where(Post.id.in_(_IDS))


def find_post(tx: Tx, uri: str) -> Post | None:
    """Return the post at `uri`, from here or elsewhere, if known."""
    return tx.session.scalar(select(Post).where(Post.uri == uri))


def need_post(tx: Tx, uri: str) -> Post:
    """Return the post at `uri`; Missing when another server must be asked first."""
    post = find_post(tx, uri)
    if post is not None:
        return post
    if tx.here.is_ours(uri) or uri in tx.out_of_reach or is_buried(tx, uri):
        raise NotFound(f"{uri} is out of reach")
    raise Missing(uri)


def is_buried(tx: Tx, uri: str) -> bool:
    """Say whether something was deleted, perhaps before it even came."""
    return tx.session.get(Tombstone, uri) is not None


def need_visible_post(tx: Tx, viewer: Viewer | None, *, id_: int) -> Post:
    """Return a post the viewer may see; to everyone else it does not exist."""
    post = tx.session.scalar(select(Post).where(Post.id == id_, visible_to(viewer)))
    if post is None:
        raise NotFound("there is no such post")
    return post


def need_local_post(tx: Tx, viewer: Viewer | None, *, name: str, id_: int) -> Post:
    """Return a member's post for someone who asks by its address; Gone once it is deleted."""
    post = tx.session.scalar(
        select(Post)
        .join(Actor, Actor.id == Post.actor_id)
        .where(
            Post.id == id_,
            Actor.host == HERE,
            Actor.name_key == name.lower(),
            visible_to(viewer),
        )
    )
    if post is not None:
        return post
    tombstone = tx.session.get(Tombstone, tx.here.post(name.lower(), id_))
    if tombstone is not None:
        raise Gone("this post was deleted", tombstone.uri)
    raise NotFound("there is no such post")


def whole_post(tx: Tx, post: Post, *, lacks: frozenset[Part] = frozenset()) -> WholePost:
    """Return one post with all that its document shows; gathered once per transaction.

    What it `lacks` for certain, being just written, is not asked for.
    """
    key = ("whole post", post.id, post.version)
    whole: WholePost | None = tx.memo.get(key)
    if whole is None:
        whole = tx.memo[key] = whole_posts(tx, [post], lacks=lacks)[0]
    return whole


def whole_posts(
    tx: Tx, posts: Sequence[Post], *, lacks: frozenset[Part] = frozenset()
) -> list[WholePost]:
    """Return posts with all that their documents show: one query per kind of thing."""
    tx.flush()
    ids = [post.id for post in posts]
    authors = _actors(tx, {post.actor_id for post in posts})
    named = _named(tx, () if "named" in lacks else ids)
    tags = _tags(tx, ids)
    attachments = _attachments(tx, () if "attachments" in lacks else ids)
    threads = _threads(tx, posts)
    parents = _uris(tx, {post.in_reply_to_id for post in posts if post.in_reply_to_id})
    polls = _polls(tx, [post.id for post in posts if post.kind == "question"])
    meetings = meetings_of(tx, [p.id for p in posts if p.kind == "event" and p.is_local])
    groups = _groups(tx, {post.group_id for post in posts if post.group_id})
    proposals = _proposals(tx, [post.id for post in posts if (post.extras or {}).get("aid")])
    return [
        WholePost(
            post=post,
            author=authors[post.actor_id],
            named=named[post.id],
            tags=tags[post.id],
            attachments=attachments[post.id],
            in_reply_to=post.in_reply_to_uri or parents.get(post.in_reply_to_id or 0),
            thread_uri=threads.get(post.thread_id or 0),
            poll=polls.get(post.id),
            proposal=proposals.get(post.id),
            meeting=meetings.get(post.id),
            ring=ring_addressees(tx, post.ring) if Audience(post.audience) is Audience.RING else (),
            circle=circle_of(post) if Audience(post.audience) is Audience.CIRCLE else None,
            group=groups.get(post.group_id or 0),
        )
        for post in posts
    ]


def handle_of(actor: Actor, domain: str) -> str:
    """Return `@name@host` as the world writes it."""
    return f"@{actor.username}@{actor.host or domain}"


def _actors(tx: Tx, ids: Collection[int]) -> dict[int, Actor]:
    if len(ids) == 1:  # often the author who is just writing, and known to the session
        return {id_: tx.session.get_one(Actor, id_) for id_ in ids}
    return {actor.id: actor for actor in tx.session.scalars(_ACTORS, {"ids": list(ids)})}


def _named(tx: Tx, ids: Collection[int]) -> dict[int, list[NamedActor]]:
    named: dict[int, list[NamedActor]] = defaultdict(list)
    if not ids:
        return named
    for row in tx.connection.execute(_NAMED, {"ids": list(ids)}):
        handle = f"@{row.username}@{row.host or tx.here.domain}"
        named[row.post_id].append(NamedActor(row.uri, handle, row.is_silent, row.is_hidden))
    return named


def _tags(tx: Tx, ids: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    tags: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in tx.connection.execute(_TAGS, {"ids": list(ids)}):
        tags[row.post_id].append((row.name, row.display))
    return tags


def _attachments(tx: Tx, ids: Collection[int]) -> dict[int, list[Attachment]]:
    attachments: dict[int, list[Attachment]] = defaultdict(list)
    if not ids:
        return attachments
    for item in tx.session.scalars(_ATTACHMENTS, {"ids": list(ids)}):
        attachments[item.post_id or 0].append(item)
    return attachments


def _polls(tx: Tx, ids: Collection[int]) -> dict[int, ShownPoll]:
    if not ids:
        return {}
    options: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row in tx.connection.execute(
        select(PollOption.poll_id, PollOption.title, PollOption.votes_count)
        .where(PollOption.poll_id.in_(ids))
        .order_by(PollOption.poll_id, PollOption.position)
    ):
        options[row.poll_id].append((row.title, row.votes_count))
    return {
        poll.id: ShownPoll(
            [
                (title, 0 if poll.hides_totals and poll.closed_at is None else votes)
                for title, votes in options[poll.id]
            ],
            poll.is_multiple,
            poll.ends_at,
            poll.closed_at,
            poll.voters_count,
        )
        for poll in tx.session.scalars(select(Poll).where(Poll.id.in_(ids)))
    }


def _proposals(tx: Tx, ids: Collection[int]) -> dict[int, Proposal]:
    if not ids:
        return {}
    return {
        aid.id: Proposal(
            aid.kind, aid.category, aid.title, aid.place, aid.until, aid.state, aid.words
        )
        for aid in tx.session.scalars(select(Aid).where(Aid.id.in_(ids)))
    }


def _groups(tx: Tx, ids: Collection[int]) -> dict[int, NamedGroup]:
    if not ids:
        return {}
    return {
        group.id: NamedGroup(group.uri, group.followers_uri or f"{group.uri}/followers")
        for group in tx.session.scalars(_ACTORS, {"ids": list(ids)})
    }


def _threads(tx: Tx, posts: Sequence[Post]) -> dict[int, str]:
    """Return the context of each thread: ours for what began here, else what its root said."""
    roots = {post.id: _context(tx, post) for post in posts if post.thread_id == post.id}
    ids = {post.thread_id for post in posts if post.thread_id is not None} - roots.keys()
    if ids:
        for row in tx.connection.execute(_ROOTS, {"ids": list(ids)}):
            roots[row.id] = _context(tx, row)
    return {id_: uri for id_, uri in roots.items() if uri}


def _context(tx: Tx, root: Any) -> str | None:
    return tx.here.thread(root.id) if root.is_local else root.context_uri


def _uris(tx: Tx, ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = tx.connection.execute(_ROOTS, {"ids": list(ids)})
    return {row.id: row.uri for row in rows}
