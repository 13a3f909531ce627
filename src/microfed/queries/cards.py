"""What a list of posts needs beside the posts themselves: versions, faces, what I did with them.

A post's words are kept as bytes by whoever shows them, by (id, version). What changes with the
looker, and the figures beside a name, are read here: one query for a whole page, each row a flat
tuple, because this is where a server spends its day (design.md §4).
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    join,
    literal,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from microfed.queries.pages import Page, in_order, paged
from microfed.queries.silence import not_silenced
from microfed.queries.visibility import Viewer, listed_publicly, said_here, visible_to
from microfed.store.database import Tx
from microfed.store.own import MutedThread
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Bookmark, HomeEntry, Like, Pin, Post
from microfed.store.ring import RingEntry

# A row: entry id, version, its author's face (6), then the same of the post that an entry passes
# on (None when it is no boost), then one number of flags, and the place in the list it came from.
Card = Sequence[Any]
ENTRY, FACE, INNER, INNER_FACE, FLAGS, KEY = 0, 2, 8, 10, 16, 17
FACE_WIDTH = 6
LIKED, BOOSTED, KEPT, MUTED, PINNED, OWN = 1, 2, 4, 8, 16, 32

ME: Any = bindparam("me", type_=BigInteger)
NOW: Any = bindparam("now", type_=BigInteger)
MY_EYES = Viewer(cast(int, ME))

entry, author = aliased(Post, name="entry"), aliased(Actor, name="author")
inner, inner_author = aliased(Post, name="inner_"), aliased(Actor, name="inner_author")


def face_columns(actor: Any) -> tuple[Any, ...]:
    """Return what an account's JSON is kept by: whose, which version, which figures."""
    return (
        actor.id,
        actor.version,
        actor.followers_count,
        actor.following_count,
        actor.posts_count,
        type_coerce(actor.last_post_at, BigInteger),
    )


def cards_select(
    key: Any, *, has_viewer: bool, source: Any = None, source_post: Any = None
) -> Select[Any]:
    """Return the query for cards; `key` is what they page by.

    `source` is the table they are found through, and `source_post` its column with the post's id,
    when that is not the key.

    It holds what everyone must hold to: what the viewer may see, of the post and of what it
    passes on.
    """
    shown = func.coalesce(inner.id, entry.id)
    viewer = MY_EYES if has_viewer else None
    query = (
        select(
            entry.id,
            entry.version,
            *face_columns(author),
            inner.id,
            inner.version,
            *face_columns(inner_author),
            _flags(shown) if has_viewer else literal(0),
            key,
        )
        .select_from(
            entry
            if source is None
            else join(source, entry, entry.id == (key if source_post is None else source_post))
        )
        .join(author, author.id == entry.actor_id)
        .outerjoin(inner, inner.id == entry.boost_of_id)
        .outerjoin(inner_author, inner_author.id == inner.actor_id)
    )
    return query.where(
        visible_to(viewer, entry), or_(entry.boost_of_id.is_(None), visible_to(viewer, inner))
    )


def not_silenced_here() -> Any:
    """Return the condition that neither who speaks nor who is passed on is silenced by ME."""
    return and_(
        not_silenced(ME, entry.actor_id, NOW, author.host),
        or_(
            entry.boost_of_id.is_(None),
            not_silenced(ME, inner.actor_id, NOW, inner_author.host),
        ),
    )


def cards_of(tx: Tx, viewer: Viewer | None, ids: Sequence[int]) -> dict[int, Card]:
    """Return the cards of posts by id, as far as `viewer` may see them."""
    if not ids:
        return {}
    given = {"ids": list(ids)} | ({} if viewer is None else {"me": viewer.actor_id})
    rows = tx.connection.execute(_by_ids(viewer is not None), given)
    return {row[0]: row for row in rows}


def home_cards(tx: Tx, viewer: Viewer, page: Page) -> list[Card]:
    """Return a page of a member's home timeline."""
    return run(tx, _home(shape_of(page)), viewer, page)


def public_cards(
    tx: Tx,
    viewer: Viewer | None,
    page: Page,
    *,
    is_local: bool | None = None,
    only_media: bool = False,
) -> list[Card]:
    """Return a page of what everyone says to everyone: from here, from elsewhere (None: both)."""
    statement = _public(viewer is not None, is_local, only_media, shape_of(page))
    return run(tx, statement, viewer, page)


def ring_cards(tx: Tx, viewer: Viewer, page: Page) -> list[Card]:
    """Return a page of the ring's timeline: what is said here and in allied places."""
    return run(tx, _ring(shape_of(page)), viewer, page)


def run(
    tx: Tx, statement: Select[Any], viewer: Viewer | None, page: Page, **more: Any
) -> list[Card]:
    """Return the cards that a statement made by `shape_of(page)` finds, newest first."""
    given: dict[str, Any] = {"limit": page.limit, **more}
    if page.max_id is not None:
        given["max_id"] = page.max_id
    if page.min_id is not None or page.since_id is not None:
        given["after"] = page.min_id if page.min_id is not None else page.since_id
    if viewer is not None:
        given["me"] = viewer.actor_id
        given["now"] = int(tx.now.timestamp() * 1000)
    return in_order(list(tx.connection.execute(statement, given).all()), page)


Shape = tuple[bool, bool, bool]


def shape_of(page: Page) -> Shape:
    """Return which bounds a page has: statements are built once for each."""
    return page.max_id is not None, page.since_id is not None, page.min_id is not None


def page_like(shape: Shape) -> Page:
    """Return a page of that shape whose numbers are given when the statement is run."""
    after: Any = bindparam("after", type_=BigInteger)
    return Page(
        limit=cast(int, bindparam("limit", type_=Integer)),
        max_id=cast(int, bindparam("max_id", type_=BigInteger)) if shape[0] else None,
        since_id=after if shape[1] else None,
        min_id=after if shape[2] else None,
    )


@lru_cache(8)
def _home(shape: Shape) -> Any:
    query = cards_select(HomeEntry.post_id, has_viewer=True, source=HomeEntry).where(
        HomeEntry.owner_id == ME, not_silenced_here()
    )
    return paged(query, HomeEntry.post_id, page_like(shape))


@lru_cache(8)
def _ring(shape: Shape) -> Any:
    query = cards_select(RingEntry.post_id, has_viewer=True, source=RingEntry).where(
        not_silenced_here(), author.silenced_at.is_(None)
    )
    return paged(query, RingEntry.post_id, page_like(shape))


@lru_cache(64)
def _public(has_viewer: bool, is_local: bool | None, only_media: bool, shape: Shape) -> Any:
    query = cards_select(entry.id, has_viewer=has_viewer).where(
        *(near_conditions() if has_viewer and is_local else public_conditions(is_local))
    )
    if only_media:
        query = query.where(has_media())
    if has_viewer:
        query = query.where(not_silenced_here())
    return paged(query, entry.id, page_like(shape))


def has_media() -> Any:
    """Return the condition that a post shows something."""
    return exists(select(Attachment.id).where(Attachment.post_id == entry.id))


def near_conditions() -> tuple[Any, ...]:
    """Return what makes a post stand on the timeline of the place, for those who live here."""
    return (said_here(entry), *_begins_something())


def _begins_something() -> tuple[Any, ...]:
    return (
        or_(entry.in_reply_to_uri.is_(None), entry.in_reply_to_actor_id == entry.actor_id),
        author.silenced_at.is_(None),
    )


def public_conditions(is_local: bool | None) -> tuple[Any, ...]:
    """Return what makes a post stand on public timelines."""
    conditions: tuple[Any, ...] = (listed_publicly(entry), *_begins_something())
    if is_local is not None:
        conditions += (entry.is_local if is_local else ~entry.is_local,)
    return conditions


@lru_cache(2)
def _by_ids(has_viewer: bool) -> Select[Any]:
    return cards_select(entry.id, has_viewer=has_viewer).where(
        entry.id.in_(bindparam("ids", expanding=True))
    )


def flags_for(tx: Tx, id_: int, people: Collection[int]) -> dict[int, int]:
    """Return what each of `people` did with a post, or with what it passes on, by person."""
    given = {"id": id_, "people": list(people)}
    rows: Any = tx.connection.execute(_flags_of_people(), given)
    return dict(rows.all())


@lru_cache(1)
def _flags_of_people() -> Any:
    person = aliased(Actor, name="person")
    return (
        select(person.id, _flags(func.coalesce(inner.id, entry.id), person.id))
        .select_from(entry)
        .join(person, person.id.in_(bindparam("people", expanding=True)))
        .outerjoin(inner, inner.id == entry.boost_of_id)
        .where(entry.id == bindparam("id", type_=BigInteger))
    )


def _flags(shown: Any, me: Any = ME) -> Any:
    # Aliases: a list of what I keep comes from one of these tables itself.
    boost, liked, kept = aliased(Post), aliased(Like), aliased(Bookmark)
    muted, pinned = aliased(MutedThread), aliased(Pin)
    bits = (
        (LIKED, exists(select(liked.id).where(liked.post_id == shown, liked.actor_id == me))),
        (BOOSTED, exists(select(boost.id).where(boost.boost_of_id == shown, boost.actor_id == me))),
        (
            KEPT,
            exists(select(kept.id).where(kept.post_id == shown, kept.actor_id == me)),
        ),
        (
            MUTED,
            exists(
                select(muted.thread_id).where(
                    muted.actor_id == me,
                    muted.thread_id == func.coalesce(inner.thread_id, entry.thread_id),
                )
            ),
        ),
        (PINNED, exists(select(pinned.id).where(pinned.actor_id == me, pinned.post_id == shown))),
        (OWN, func.coalesce(inner.actor_id, entry.actor_id) == me),
    )
    total: Any = None
    for bit, condition in bits:
        value = case((condition, literal_column(str(bit))), else_=literal_column("0"))
        total = value if total is None else total + value
    return type_coerce(total, Integer)
