"""Finding posts and hashtags. People are found by `queries.people_lists.find_people`.

Whoever is signed in finds what neighbours say to the place or to everyone, what anyone elsewhere
says who lets themselves be found, and what is their own: written by them, to them, liked, passed
on or kept. Newest first, never by how much it was liked. Without an account no posts are found.
"""

from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from microfed.ids import first_id_at
from microfed.queries.cards import (
    ME,
    Card,
    author,
    cards_select,
    entry,
    has_media,
    not_silenced_here,
    page_like,
    run,
    shape_of,
)
from microfed.queries.pages import Page, paged
from microfed.queries.people import find_by_handle
from microfed.queries.search_words import SearchWords, read_search
from microfed.queries.visibility import Viewer, said_to_the_place
from microfed.store.database import Tx
from microfed.store.posts import Bookmark, Like, Mention, Post, Tag
from microfed.store.search import holds, kept_words
from microfed.text import tag_key


def search_cards(
    tx: Tx,
    viewer: Viewer,
    typed: str,
    page: Page,
    *,
    offset: int = 0,
    author_id: int | None = None,
) -> list[Card]:
    """Return a page of the posts that hold what is typed (see `read_search`), newest first."""
    wish = read_search(typed)
    if wish.is_empty:
        return []
    writer = author_id
    if wish.author is not None:
        found = viewer.actor_id if wish.author == "me" else _actor_id(tx, wish.author)
        if found is None or (writer is not None and writer != found):
            return []
        writer = found
    if wish.words or wish.phrases:
        words, key = kept_words(tx)
        query = cards_select(key, has_viewer=True, source=words)
        query = query.where(holds(tx, words=wish.words, phrases=wish.phrases, without=wish.without))
    else:
        key = entry.id
        query = cards_select(key, has_viewer=True)
    query = query.where(
        entry.boost_of_id.is_(None), not_silenced_here(), _may_be_found(wish), *_narrowing(wish)
    )
    if writer is not None:
        query = query.where(entry.actor_id == writer)
    statement = paged(query, key, page_like(shape_of(page)))
    return run(tx, statement.offset(offset) if offset else statement, viewer, page)


def search_ids(
    tx: Tx, viewer: Viewer, typed: str, *, limit: int, before: int | None = None
) -> list[int]:
    """Return the ids of a page of posts, for whoever shows them otherwise than apps do."""
    return [card[0] for card in search_cards(tx, viewer, typed, Page(limit, max_id=before))]


def find_tag_ids(tx: Tx, typed: str, *, limit: int, offset: int = 0) -> list[int]:
    """Return the hashtags that begin with what is typed: the very one first, then by name."""
    key = tag_key(typed.strip())
    if not key:
        return []
    pattern = key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    query = (
        select(Tag.id)
        .where(Tag.name.like(f"{pattern}%", escape="\\"))
        .order_by((Tag.name == key).desc(), Tag.name)
        .limit(limit)
        .offset(offset)
    )
    return list(tx.connection.scalars(query))


def _actor_id(tx: Tx, handle: str) -> int | None:
    actor = find_by_handle(tx, handle)
    return None if actor is None else actor.id


def _may_be_found(wish: SearchWords) -> Any:
    mine = or_(
        entry.actor_id == ME, *(_did(table) for table in (Like, Bookmark)), _boosted(), _is_named()
    )
    if wish.in_library:
        return mine
    return or_(mine, and_(said_to_the_place(entry), or_(entry.is_local, author.is_indexable)))


def _did(kind: Any) -> Any:
    done = aliased(kind)
    return exists(select(done.id).where(done.post_id == entry.id, done.actor_id == ME))


def _boosted() -> Any:
    boost = aliased(Post)
    return exists(select(boost.id).where(boost.boost_of_id == entry.id, boost.actor_id == ME))


def _is_named() -> Any:
    named = aliased(Mention)
    return exists(select(named.post_id).where(named.post_id == entry.id, named.actor_id == ME))


def _narrowing(wish: SearchWords) -> list[Any]:
    marks = {
        "media": has_media(),
        "poll": entry.kind == "question",
        "quote": entry.quote_of_id.is_not(None),
        "reply": entry.in_reply_to_uri.is_not(None),
        "sensitive": entry.is_sensitive,
    }
    conditions = [marks[name] for name in wish.has]
    conditions += [~marks[name] for name in wish.has_not]
    if wish.language is not None:
        conditions.append(entry.language == wish.language)
    if wish.after is not None:
        conditions.append(entry.id >= first_id_at(wish.after))
    if wish.before is not None:
        conditions.append(entry.id < first_id_at(wish.before))
    return conditions
