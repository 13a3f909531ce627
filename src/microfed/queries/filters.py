"""What a member filters: which words, which posts, and whether a post is held back by them."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import BigInteger, bindparam, or_, select

from microfed.errors import NotFound
from microfed.store.database import Tx
from microfed.store.filters import Filter, FilterKeyword, FilterPost
from microfed.store.rows import Moment

_MINE = (
    select(Filter.id, Filter.title, Filter.contexts, Filter.action, Filter.expires_at)
    .where(
        Filter.owner_id == bindparam("me", type_=BigInteger),
        or_(Filter.expires_at.is_(None), Filter.expires_at > bindparam("now", type_=Moment())),
    )
    .order_by(Filter.id)
)


@dataclass(frozen=True, slots=True)
class Sieve:
    """One filter with all it looks for."""

    id: int
    title: str
    contexts: tuple[str, ...]
    action: str
    expires_at: datetime | None
    keywords: tuple[FilterKeyword, ...]
    posts: tuple[FilterPost, ...]


@dataclass(frozen=True, slots=True)
class Caught:
    """A filter holds a post back: for these words in it, or because it is this very post."""

    sieve: Sieve
    words: tuple[str, ...]
    is_named: bool


def sieves_of(tx: Tx, owner_id: int) -> list[Sieve]:
    """Return a member's filters that hold now: one question for whoever has none."""
    rows = tx.connection.execute(_MINE, {"me": owner_id, "now": tx.now}).all()
    return _whole(tx, rows) if rows else []


def all_filters(tx: Tx, owner_id: int) -> list[Sieve]:
    """Return a member's filters, those that ended too: to be looked at and renewed."""
    query = select(Filter.id, Filter.title, Filter.contexts, Filter.action, Filter.expires_at)
    rows = tx.connection.execute(query.where(Filter.owner_id == owner_id).order_by(Filter.id))
    return _whole(tx, rows.all())


def need_filter(tx: Tx, owner_id: int, id_: int) -> Filter:
    """Return a filter; NotFound unless it is the member's own."""
    found = tx.session.scalar(select(Filter).where(Filter.id == id_, Filter.owner_id == owner_id))
    if found is None:
        raise NotFound("there is no such filter")
    return found


def need_keyword(tx: Tx, owner_id: int, id_: int) -> FilterKeyword:
    """Return a keyword of a member's filter."""
    found = tx.session.scalar(
        select(FilterKeyword)
        .join(Filter, Filter.id == FilterKeyword.filter_id)
        .where(FilterKeyword.id == id_, Filter.owner_id == owner_id)
    )
    if found is None:
        raise NotFound("there is no such keyword")
    return found


def need_filtered_post(tx: Tx, owner_id: int, id_: int) -> FilterPost:
    """Return a post of a member's filter."""
    found = tx.session.scalar(
        select(FilterPost)
        .join(Filter, Filter.id == FilterPost.filter_id)
        .where(FilterPost.id == id_, Filter.owner_id == owner_id)
    )
    if found is None:
        raise NotFound("there is no such post in a filter")
    return found


def sieve_of(tx: Tx, found: Filter) -> Sieve:
    """Return one filter with all it looks for."""
    row = (found.id, found.title, found.contexts, found.action, found.expires_at)
    return _whole(tx, [row])[0]


def catch(sieves: Iterable[Sieve], post_id: int, words: str) -> list[Caught]:
    """Return which filters hold back a post that reads `words`."""
    found = []
    for sieve in sieves:
        matches = tuple(
            match[0]
            for one in sieve.keywords
            if (match := _pattern(one.keyword, one.is_whole_word).search(words)) is not None
        )
        is_named = any(one.post_id == post_id for one in sieve.posts)
        if matches or is_named:
            found.append(Caught(sieve, matches, is_named))
    return found


def _whole(tx: Tx, rows: Sequence[Sequence[object]]) -> list[Sieve]:
    ids: Collection[object] = [row[0] for row in rows]
    keywords: dict[int, list[FilterKeyword]] = defaultdict(list)
    posts: dict[int, list[FilterPost]] = defaultdict(list)
    for keyword in tx.session.scalars(
        select(FilterKeyword).where(FilterKeyword.filter_id.in_(ids)).order_by(FilterKeyword.id)
    ):
        keywords[keyword.filter_id].append(keyword)
    for post in tx.session.scalars(
        select(FilterPost).where(FilterPost.filter_id.in_(ids)).order_by(FilterPost.id)
    ):
        posts[post.filter_id].append(post)
    return [_sieve(row, keywords, posts) for row in rows]


def _sieve(
    row: Sequence[object],
    keywords: dict[int, list[FilterKeyword]],
    posts: dict[int, list[FilterPost]],
) -> Sieve:
    id_, title, contexts, action, expires_at = row
    assert isinstance(id_, int) and isinstance(contexts, list)  # noqa: S101 - our columns
    return Sieve(
        id=id_,
        title=str(title),
        contexts=tuple(str(one) for one in contexts),
        action=str(action),
        expires_at=expires_at if isinstance(expires_at, datetime) else None,
        keywords=tuple(keywords[id_]),
        posts=tuple(posts[id_]),
    )


@lru_cache(1_000)
def _pattern(keyword: str, is_whole_word: bool) -> re.Pattern[str]:
    """Return what finds a keyword, whatever its case; whole, when it begins and ends in letters."""
    pattern = re.escape(keyword)
    if is_whole_word:
        pattern = rf"{_edge(keyword[:1])}{pattern}{_edge(keyword[-1:])}"
    return re.compile(pattern, re.IGNORECASE)


def _edge(letter: str) -> str:
    return r"\b" if letter.isalnum() or letter == "_" else ""
