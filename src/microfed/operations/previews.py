"""Cards under posts that lead to a page: which page, when it is read, and what is shown of it.

A page is read once a day at most, however many posts lead to it, and only for posts that anyone
may read: nobody learns from us what was said among friends.
"""

import html
import random
import re
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from microfed.here import Here, authority_of
from microfed.ids import id_at
from microfed.operations.jobs import add_job
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.links import Link, PostLink
from microfed.store.posts import Post
from microfed.vocab.audience import Audience

READ_AGAIN_AFTER = timedelta(hours=24)
# A post that travels is read by a thousand servers in one second; they must not all knock at once.
HERD_SECONDS = 60.0
MOST_URL = 2_000
# A page of the world may be given in more posts than one transaction should touch.
MOST_SHOWN = 500
_LINKS = re.compile(r"<a\s([^>]*)>")
_HREF = re.compile(r'href="(https?://[^"]+)"')
_NO_PAGE = re.compile(r'class="[^"]*\b(?:mention|hashtag|quote-inline)\b|rel="[^"]*\btag\b')
_FIND = select(Link.id, Link.card, Link.fetched_at).where(Link.url == bindparam("url"))


def show_link(tx: Tx, *, post_id: int, audience: str, content: str, is_ours: bool) -> None:
    """Find the page a post leads to, and see that its card is shown under it."""
    if "<a " not in content or not Audience(audience).is_open:
        return
    url = first_link(content, tx.here)
    if url is None:
        return
    row = tx.connection.execute(_FIND, {"url": url}).first()
    if row is None:
        insert_once(tx, Link, {"id": id_at(tx.now), "url": url})
        row = tx.connection.execute(_FIND, {"url": url}).one()
    if not insert_once(tx, PostLink, {"post_id": post_id, "link_id": row.id}):
        return
    if row.card is not None:
        _place(tx, [post_id], row.card)
    if row.fetched_at is None or row.fetched_at < tx.now - READ_AGAIN_AFTER:
        wait = 0.0 if is_ours else random.uniform(0, HERD_SECONDS)  # noqa: S311 (no secret)
        add_job(
            tx,
            "preview",
            key=str(row.id),
            arguments={"link_id": row.id},
            due_at=tx.now + timedelta(seconds=wait),
        )


def show_link_anew(tx: Tx, post: Post) -> None:
    """A post was corrected: it may lead to another page now, or to none."""
    held = tx.connection.execute(
        select(Link.id, Link.url)
        .join(PostLink, PostLink.link_id == Link.id)
        .where(PostLink.post_id == post.id)
    ).first()
    url = first_link(post.content, tx.here)
    if held is not None and held.url == url:
        return
    if held is not None:
        tx.connection.execute(delete(PostLink).where(PostLink.post_id == post.id))
        extras = {name: it for name, it in (post.extras or {}).items() if name != "card"}
        post.extras = extras or None
    tx.flush()
    show_link(
        tx,
        post_id=post.id,
        audience=post.audience,
        content=post.content,
        is_ours=post.is_local,
    )


def link_was_read(
    tx: Tx, link_id: int, *, card: dict[str, Any] | None, image_url: str | None
) -> None:
    """A page was read; `card` is None when it has nothing to show. What stood is kept then."""
    values: dict[str, Any] = {"fetched_at": tx.now}
    if card is not None:
        values |= {"card": card, "image_url": image_url}
    tx.connection.execute(update(Link).where(Link.id == link_id).values(**values))
    if card is None:
        return
    posts = select(PostLink.post_id).where(PostLink.link_id == link_id)
    newest = posts.order_by(PostLink.post_id.desc()).limit(MOST_SHOWN)
    _place(tx, list(tx.connection.scalars(newest)), card)


def first_link(content: str, here: Here) -> str | None:
    """Return the first page elsewhere that some safe HTML leads to; names and tags are no pages."""
    for match in _LINKS.finditer(content):
        attributes = match.group(1)
        href = _HREF.search(attributes)
        if href is None or _NO_PAGE.search(attributes):
            continue
        url = html.unescape(href.group(1))
        if len(url) <= MOST_URL and not here.is_ours(url) and authority_of(url):
            return url
    return None


def _place(tx: Tx, post_ids: list[int], card: dict[str, Any]) -> None:
    rows = tx.connection.execute(select(Post.id, Post.extras).where(Post.id.in_(post_ids)))
    for id_, extras in rows.all():
        if (extras or {}).get("card") == card:
            continue
        tx.connection.execute(
            update(Post)
            .where(Post.id == id_)
            .values(extras={**(extras or {}), "card": card}, version=Post.version + 1)
        )
        tx.tell("post_changed", id_)
