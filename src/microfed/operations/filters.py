"""A member says what they would rather not see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.queries.filters import need_keyword
from microfed.store.database import Tx
from microfed.store.filters import Filter, FilterKeyword, FilterPost
from microfed.store.insert import insert_once
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import clean_text

CONTEXTS = ("home", "notifications", "public", "thread", "account")
ACTIONS = ("warn", "hide", "blur")
MOST_FILTERS = 200
MOST_KEYWORDS = 200
LONGEST = 500
LONGEST_TERM = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class KeywordWish:
    """A keyword to add, change (`id`), or drop."""

    keyword: str | None = None
    is_whole_word: bool | None = None
    id: int | None = None
    drops: bool = False


def make_filter(
    tx: Tx,
    *,
    owner: Actor,
    title: str,
    contexts: Sequence[str],
    action: str = "warn",
    lasts: timedelta | None = None,
    keywords: Sequence[KeywordWish] = (),
) -> Filter:
    """`owner` filters something, for a while (`lasts`) or for good."""
    count = select(func.count(Filter.id)).where(Filter.owner_id == owner.id)
    if (tx.connection.scalar(count) or 0) >= MOST_FILTERS:
        raise Invalid(f"at most {MOST_FILTERS} filters", {"base": "too many filters"})
    made = Filter(
        id=id_at(tx.now),
        owner_id=owner.id,
        title=_words(title, "title"),
        contexts=_contexts(contexts),
        action=_action(action),
        expires_at=_until(tx, lasts),
    )
    tx.session.add(made)
    tx.flush()
    set_keywords(tx, made, keywords)
    return made


def change_filter(
    tx: Tx,
    found: Filter,
    *,
    title: str | None = None,
    contexts: Sequence[str] | None = None,
    action: str | None = None,
    keywords: Sequence[KeywordWish] = (),
) -> None:
    """Its owner changes a filter; None leaves what was said."""
    if title is not None:
        found.title = _words(title, "title")
    if contexts is not None:
        found.contexts = _contexts(contexts)
    if action is not None:
        found.action = _action(action)
    tx.flush()
    set_keywords(tx, found, keywords)


def set_term(tx: Tx, found: Filter, lasts: timedelta | None) -> None:
    """A filter ends `lasts` from now; None: never."""
    found.expires_at = _until(tx, lasts)
    _changed(tx, found)


def set_keywords(tx: Tx, found: Filter, wishes: Sequence[KeywordWish]) -> None:
    """Add, change and drop keywords of a filter, all or none."""
    for wish in wishes:
        if wish.id is None:
            if not wish.drops:
                add_keyword(tx, found, wish.keyword or "", is_whole_word=bool(wish.is_whole_word))
            continue
        keyword = need_keyword(tx, found.owner_id, wish.id)
        if wish.drops:
            tx.session.delete(keyword)
        else:
            change_keyword(tx, found, keyword, wish.keyword, wish.is_whole_word)
    _changed(tx, found)


def add_keyword(
    tx: Tx, found: Filter, keyword: str, *, is_whole_word: bool = False
) -> FilterKeyword:
    """A filter looks for another word."""
    count = select(func.count(FilterKeyword.id)).where(FilterKeyword.filter_id == found.id)
    if (tx.connection.scalar(count) or 0) >= MOST_KEYWORDS:
        raise Invalid(f"at most {MOST_KEYWORDS} keywords", {"base": "too many keywords"})
    made = FilterKeyword(
        id=id_at(tx.now),
        filter_id=found.id,
        keyword=_words(keyword, "keyword"),
        is_whole_word=is_whole_word,
    )
    tx.session.add(made)
    _changed(tx, found)
    return made


def change_keyword(
    tx: Tx,
    found: Filter,
    keyword: FilterKeyword,
    words: str | None,
    is_whole_word: bool | None,
) -> None:
    """A filter looks for something else."""
    if words is not None:
        keyword.keyword = _words(words, "keyword")
    if is_whole_word is not None:
        keyword.is_whole_word = is_whole_word
    _changed(tx, found)


def filter_post(tx: Tx, found: Filter, post: Post) -> FilterPost:
    """A filter holds one very post back. Twice is harmless."""
    values = {"id": id_at(tx.now), "filter_id": found.id, "post_id": post.id}
    insert_once(tx, FilterPost, values)
    _changed(tx, found)
    return tx.session.scalars(
        select(FilterPost).where(FilterPost.filter_id == found.id, FilterPost.post_id == post.id)
    ).one()


def drop(tx: Tx, found: Filter, row: Filter | FilterKeyword | FilterPost) -> None:
    """A filter goes, or something it looked for."""
    tx.session.delete(row)
    _changed(tx, found)


def _changed(tx: Tx, found: Filter) -> None:
    tx.flush()
    tx.tell("actor", found.owner_id)  # who asks is remembered with whether they filter at all
    tx.tell("stream", ("filters", found.owner_id, found.owner_id))


def _words(text: str, name: str) -> str:
    words = clean_text(text).strip()
    if not words:
        raise Invalid(f"a filter needs a {name}", {name: "can't be blank"})
    if len(words) > LONGEST:
        raise Invalid(f"this {name} is too long", {name: "is too long"})
    return words


def _contexts(contexts: Sequence[str]) -> list[str]:
    if not contexts or set(contexts) - set(CONTEXTS):
        raise Invalid(f"a filter is for {', '.join(CONTEXTS)}", {"context": "is not in the list"})
    return [one for one in CONTEXTS if one in contexts]


def _action(action: str) -> str:
    if action not in ACTIONS:
        raise Invalid(f"one of {', '.join(ACTIONS)}", {"filter_action": "is not in the list"})
    return action


def _until(tx: Tx, lasts: timedelta | None) -> datetime | None:
    if lasts is None:
        return None
    if not timedelta() < lasts <= LONGEST_TERM:
        raise Invalid("a filter lasts for at most ten years", {"expires_in": "is out of range"})
    return tx.now + lasts
