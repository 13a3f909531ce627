"""All that is shown of a post to everyone alike: gathered for several at once, one query a kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select

from microfed.store.aid import Aid
from microfed.store.database import Tx
from microfed.store.events import Event
from microfed.store.people import Actor
from microfed.store.polls import Poll, PollOption, Vote
from microfed.store.posts import Attachment, Mention, Post, PostTag, Tag

_IDS: Any = bindparam("ids", expanding=True, type_=BigInteger)

# The questions of every page, built once: building one costs more than its answer.
_POSTS = (
    select(Post, Actor.username, Actor.sensitized_at)
    .join(Actor, Actor.id == Post.actor_id)
    .where(Post.id.in_(_IDS))
    # Counters are written beside the session: what it remembers may be older than the row.
    .execution_options(populate_existing=True)
)
_ATTACHED = (
    select(Attachment)
    .where(Attachment.post_id.in_(_IDS))
    .order_by(Attachment.position, Attachment.id)
)
_MENTIONED = (
    select(
        Mention.post_id,
        Actor.id,
        Actor.username,
        Actor.host,
        func.coalesce(Actor.url, Actor.uri),
    )
    .join(Actor, Actor.id == Mention.actor_id)
    .where(Mention.post_id.in_(_IDS), ~Mention.is_silent)
    .order_by(Mention.post_id, Mention.actor_id)
)
_TAGGED = (
    select(PostTag.post_id, Tag.name, Tag.display)
    .join(Tag, Tag.id == PostTag.tag_id)
    .where(PostTag.post_id.in_(_IDS))
    .order_by(Tag.name)
)


@dataclass(frozen=True, slots=True)
class Parts:
    """A post with what belongs to it."""

    post: Post
    author_username: str
    is_veiled: bool  # a keeper put all pictures of its author behind a veil
    mentions: Sequence[tuple[int, str, str, str]]  # id, username, host, page
    tags: Sequence[tuple[str, str]]  # key, as typed
    attachments: Sequence[Attachment]
    poll: Poll | None
    options: Sequence[tuple[str, int]]
    own_page: Aid | Event | None = None  # what a post of ours leads to: an offer, or an event


def parts_of(
    tx: Tx, ids: Sequence[int], *, versions: Mapping[int, int] | None = None
) -> dict[int, Parts]:
    """Return posts with their parts by id. Who may see them was asked before.

    With `versions`, what this transaction gathered already of that very version is not asked again.
    """
    known = {id_: parts for id_ in ids if (parts := _gathered(tx, id_, versions or {})) is not None}
    if known:
        ids = [id_ for id_ in ids if id_ not in known]
    return known | (_ask(tx, ids) if ids else {})


def _gathered(tx: Tx, id_: int, versions: Mapping[int, int]) -> Parts | None:
    whole = tx.memo.get(("whole post", id_, versions.get(id_)))
    if whole is None or whole.named or whole.poll is not None:
        return None
    if whole.proposal is not None or whole.meeting is not None:
        return None
    is_veiled = whole.author.sensitized_at is not None
    return Parts(
        whole.post, whole.author.username, is_veiled, (), whole.tags, whole.attachments, None, ()
    )


def _ask(tx: Tx, ids: Sequence[int]) -> dict[int, Parts]:
    tx.flush()
    rows = tx.session.execute(_POSTS, {"ids": list(ids)}).all()
    mentions, tags, attachments = _mentions(tx, ids), _tags(tx, ids), attachments_of(tx, ids)
    questions = [post.id for post, *_ in rows if post.kind == "question"]
    polls, options = _polls(tx, questions)
    pages = _own_pages(tx, [post for post, *_ in rows if post.is_local])
    return {
        post.id: Parts(
            post,
            username,
            veiled_at is not None,
            mentions[post.id],
            tags[post.id],
            attachments[post.id],
            polls.get(post.id),
            options[post.id],
            pages.get(post.id),
        )
        for post, username, veiled_at in rows
    }


def _own_pages(tx: Tx, posts: Sequence[Post]) -> dict[int, Aid | Event]:
    """Return the offers, needs and events that posts of ours say; most pages have none."""
    found: dict[int, Aid | Event] = {}
    aids = [post.id for post in posts if (post.extras or {}).get("aid")]
    events = [post.id for post in posts if post.kind == "event"]
    if aids:
        found |= {one.id: one for one in tx.session.scalars(select(Aid).where(Aid.id.in_(aids)))}
    if events:
        query = select(Event).where(Event.id.in_(events))
        found |= {one.id: one for one in tx.session.scalars(query)}
    return found


def attachments_of(tx: Tx, post_ids: Sequence[int]) -> dict[int, list[Attachment]]:
    """Return the media of posts in their order."""
    found: dict[int, list[Attachment]] = defaultdict(list)
    for item in tx.session.scalars(_ATTACHED, {"ids": list(post_ids)}):
        found[item.post_id or 0].append(item)
    return found


def my_votes(tx: Tx, actor_id: int, poll_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return what an actor chose, by poll."""
    chosen: dict[int, list[int]] = defaultdict(list)
    if poll_ids:
        for poll_id, position in tx.connection.execute(
            select(Vote.poll_id, Vote.position)
            .where(Vote.actor_id == actor_id, Vote.poll_id.in_(poll_ids))
            .order_by(Vote.position)
        ):
            chosen[poll_id].append(position)
    return chosen


def _mentions(tx: Tx, ids: Sequence[int]) -> dict[int, list[tuple[int, str, str, str]]]:
    found: dict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
    rows = tx.connection.execute(_MENTIONED, {"ids": list(ids)})
    for post_id, id_, username, host, page in rows:
        found[post_id].append((id_, username, host, page))
    return found


def _tags(tx: Tx, ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for post_id, name, display in tx.connection.execute(_TAGGED, {"ids": list(ids)}):
        found[post_id].append((name, display))
    return found


def _polls(tx: Tx, ids: Sequence[int]) -> tuple[dict[int, Poll], dict[int, list[tuple[str, int]]]]:
    options: dict[int, list[tuple[str, int]]] = defaultdict(list)
    if not ids:
        return {}, options
    found: dict[int, Poll] = {
        poll.id: poll
        for poll in tx.session.scalars(
            select(Poll).where(Poll.id.in_(ids)).execution_options(populate_existing=True)
        )
    }
    rows: Any = tx.connection.execute(
        select(PollOption.poll_id, PollOption.title, PollOption.votes_count)
        .where(PollOption.poll_id.in_(ids))
        .order_by(PollOption.poll_id, PollOption.position)
    )
    for poll_id, title, count in rows:
        options[poll_id].append((title, count))
    return found, options
