"""Gathers what others said: the posts above and below one, a profile's latest, a missed outbox.

Each call fetches only so much (security.md §2.2), one after the other, signed by the place itself;
what was brought stays, so the next call goes on where this one stopped.
"""

from collections import deque
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from microfed.errors import Refused, TryLater
from microfed.fetching import bring
from microfed.here import same_origin
from microfed.house import House
from microfed.operations.elsewhere import remember_post
from microfed.operations.featured import MOST_KEPT, set_pins, set_tags
from microfed.queries.whole_posts import find_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import Audience, read_audience
from microfed.vocab.objects import Note, is_post, read_note
from microfed.vocab.reading import as_list, ref, types, word

MOST_ANCESTORS = 40
MOST_DESCENDANTS = 60
MOST_PAGES = 5
MOST_OF_A_PROFILE = 20


class Budget:
    """How much may still be asked of others."""

    def __init__(self, left: int) -> None:
        self.left = left

    def take(self) -> bool:
        """Take one, if there is one."""
        self.left -= 1
        return self.left >= 0


async def gather_ancestors(house: House, arguments: Mapping[str, Any]) -> None:
    """Bring what a post answers, and what that answers, up to the first of the conversation."""
    post_id = int(arguments["post_id"])
    for _ in range(MOST_ANCESTORS):
        missing = await house.db.read(partial(_missing_above, post_id=post_id))
        if missing is None or not await _bring(house, missing):
            return


async def gather_replies(house: House, arguments: Mapping[str, Any]) -> None:
    """Bring the answers to a post from elsewhere: from its conversation's collection (FEP-7888),
    else from the `replies` of each post in turn (FEP-f228)."""
    post_id = int(arguments["post_id"])
    known = await house.db.read(lambda tx: _where(tx, post_id))
    if known is None:
        return
    uri, context = known
    budget = Budget(MOST_DESCENDANTS)
    if context and context.startswith("https://") and same_origin(context, uri):
        async for item in _items(house, context, budget):
            await _bring_unknown(house, item, budget)
    waiting = deque([uri])
    seen = {uri}
    while waiting and budget.take():
        document = await _document(house, waiting.popleft())
        replies = None if document is None else document.get("replies")
        if replies is None:
            continue
        async for item in _items(house, replies, budget):
            if item not in seen:
                seen.add(item)
                await _bring_unknown(house, item, budget)
                waiting.append(item)  # what we have may have answers that we do not have


async def gather_profile(house: House, arguments: Mapping[str, Any]) -> None:
    """Bring the latest public posts of somebody elsewhere, and what they show on their profile."""
    await gather_outbox(house, arguments)
    actor_id = int(arguments["actor_id"])
    actor = await house.db.read(lambda tx: _addresses(tx, actor_id))
    if actor is None or actor[2] is None:
        return
    budget = Budget(MOST_KEPT)
    uris: list[str] = []
    async for item in _items(house, actor[2], budget):
        if same_origin(item, actor[0]) and len(uris) < MOST_KEPT:
            await _bring_unknown(house, item, budget)
            uris.append(item)
    await house.db.write(lambda tx: _pin(tx, actor_id, uris))
    await _gather_tags(house, actor_id, actor[0])


async def _gather_tags(house: House, actor_id: int, uri: str) -> None:
    """Read the hashtags somebody shows on their profile."""
    where = await house.db.read(lambda tx: _tags_uri(tx, actor_id))
    if where is None or not same_origin(where, uri):
        return
    names: list[str] = []
    async for entry in _entries(house, where, Budget(MOST_PAGES)):
        if isinstance(entry, Mapping) and "Hashtag" in types(entry):
            names.append((word(entry.get("name")) or "").lstrip("#")[:100])
    await house.db.write(lambda tx: _show_tags(tx, actor_id, names))


async def gather_outbox(house: House, arguments: Mapping[str, Any]) -> None:
    """Bring the first page of an outbox. `since` makes what is younger news, for homes too."""
    actor_id = int(arguments["actor_id"])
    since = arguments.get("since")
    actor = await house.db.read(lambda tx: _addresses(tx, actor_id))
    if actor is None or actor[1] is None:
        return
    budget = Budget(MOST_OF_A_PROFILE + MOST_PAGES)
    taken = 0
    async for entry in _entries(house, actor[1], budget):
        if taken >= MOST_OF_A_PROFILE:
            return
        note = _public_note(entry, actor[0])
        if note is not None:
            is_news = since is not None and (
                note.published is None or note.published > datetime.fromisoformat(since)
            )
            await house.db.write(partial(_store, actor_id, note, is_news))
            taken += 1
        elif isinstance(entry, str) and same_origin(entry, actor[0]):
            taken += await _bring_unknown(house, entry, budget)


def _public_note(entry: Any, author: str) -> Note | None:
    """Return the public post in an outbox, which is believed: it stands on its author's server."""
    if not isinstance(entry, Mapping):
        return None
    inside = entry.get("object") if "Create" in types(entry) else entry
    if not isinstance(inside, Mapping) or not is_post(inside):
        return None
    note = read_note(inside, said_by=author)
    audience = read_audience(to=note.to, cc=note.cc, followers_uri=None)
    is_open = audience in (Audience.PUBLIC, Audience.QUIET)
    return note if is_open and note.attributed_to == author else None


async def _items(house: House, collection: Any, budget: Budget) -> AsyncIterator[str]:
    async for entry in _entries(house, collection, budget):
        if (uri := ref(entry)) is not None:
            yield uri


async def _entries(house: House, collection: Any, budget: Budget) -> AsyncIterator[Any]:
    """Go through a collection, page by page, as far as the budget goes."""
    page: Any = collection
    for _ in range(MOST_PAGES + 1):
        if isinstance(page, str):
            page = await _document(house, page) if budget.take() else None
        if not isinstance(page, Mapping):
            return
        for entry in as_list(page.get("orderedItems") or page.get("items")):
            yield entry
        page = page.get("first") or page.get("next")


async def _document(house: House, uri: str) -> dict[str, Any] | None:
    if house.db.here.is_ours(uri):
        return None
    try:
        return (await house.fetcher.document(uri)).data
    except (Refused, TryLater):
        return None


async def _bring_unknown(house: House, uri: str, budget: Budget) -> bool:
    """Bring a post we do not have; returns whether it was brought."""
    if house.db.here.is_ours(uri):
        return False
    if await house.db.read(lambda tx: find_post(tx, uri) is not None):
        return False
    return budget.take() and await _bring(house, uri)


async def _bring(house: House, uri: str) -> bool:
    try:
        await bring(house, uri)
    except (Refused, TryLater):
        return False
    return True


def _missing_above(tx: Tx, *, post_id: int) -> str | None:
    post = tx.session.get(Post, post_id)
    for _ in range(MOST_ANCESTORS * 2):
        if post is None or post.in_reply_to_uri is None:
            return None
        if post.in_reply_to_id is None:
            uri = post.in_reply_to_uri
            # What is known already does not want this answer below it.
            return None if tx.here.is_ours(uri) or find_post(tx, uri) is not None else uri
        post = tx.session.get(Post, post.in_reply_to_id)
    return None


def _where(tx: Tx, post_id: int) -> tuple[str, str | None] | None:
    post = tx.session.get(Post, post_id)
    return None if post is None or post.is_local else (post.uri, post.context_uri)


def _addresses(tx: Tx, actor_id: int) -> tuple[str, str | None, str | None] | None:
    actor = tx.session.get(Actor, actor_id)
    if actor is None or actor.is_local or actor.gone_at or actor.suspended_at:
        return None
    return actor.uri, actor.outbox_uri, actor.featured_uri


def _store(actor_id: int, note: Note, is_news: bool, tx: Tx) -> None:
    author = tx.session.get(Actor, actor_id)
    if author is not None:
        remember_post(tx, author=author, note=note, is_news=is_news)


def _tags_uri(tx: Tx, actor_id: int) -> str | None:
    actor = tx.session.get(Actor, actor_id)
    return None if actor is None else actor.extras.get("featured_tags_uri")


def _show_tags(tx: Tx, actor_id: int, names: list[str]) -> None:
    actor = tx.session.get(Actor, actor_id)
    if actor is not None:
        set_tags(tx, by=actor, names=names)


def _pin(tx: Tx, actor_id: int, uris: list[str]) -> None:
    author = tx.session.get(Actor, actor_id)
    if author is not None:
        posts = [post for uri in uris if (post := find_post(tx, uri)) is not None]
        set_pins(tx, by=author, posts=posts)
