"""Deeds and things of any type: kept as they are said, and readable to everyone (interop.md §6.3).

A neighbour arrives somewhere, reads a book, keeps a collection: each is a post with words made from
what was said, and the document itself beside them for clients that know more.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from microfed.errors import Forbidden, Invalid, NotFound, TooLarge
from microfed.ids import id_at
from microfed.operations.elsewhere import concerns_us, remember_post
from microfed.operations.elsewhere_gone import post_is_gone
from microfed.operations.posts import need_own, send_update, write_post
from microfed.operations.saying import Draft
from microfed.outbound.deliver import deliver
from microfed.outbound.recipients import inboxes_of_followers
from microfed.outbound.render import activity
from microfed.queries.whole_posts import find_post, whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import bare_text, clean_html
from microfed.vocab.activities import Activity
from microfed.vocab.audience import Audience
from microfed.vocab.deeds import (
    Words,
    is_collection,
    is_for_people,
    items_of,
    without_secrets,
    words_of_deed,
    words_of_thing,
)
from microfed.vocab.objects import Note
from microfed.vocab.reading import moment, ref, types, word

MOST_BYTES = 100_000
MOST_ITEMS = 500
_TEXTS = ("content", "summary", "name", "nameMap", "summaryMap", "contentMap")
# What the server says of a thing, whatever the client says.
_OURS = frozenset(
    {
        *("id", "actor", "attributedTo", "published", "updated", "to", "cc", "bto", "bcc"),
        *("audience", "url", "likes", "shares", "replies", "totalItems", "first", "last"),
        *("inbox", "outbox", "publicKey", "assertionMethod", "proof", "signature", "endpoints"),
    }
)


def keep_deed(tx: Tx, *, author: Actor, document: Mapping[str, Any], draft: Draft) -> Post:
    """`author` does something that we have no rule for. `draft` says for whom."""
    kept = _kept(document)
    return _write(tx, author, replace(draft, kind="deed"), kept, words_of_deed(kept))


def keep_thing(tx: Tx, *, author: Actor, document: Mapping[str, Any], draft: Draft) -> Post:
    """`author` makes a thing that is no post: a collection, a place, a recipe."""
    kept = _kept(document)
    if is_collection(kept):
        kept = _with_items(kept, [uri for item in items_of(kept) if (uri := ref(item))])
        return _write(tx, author, replace(draft, kind="collection"), kept, words_of_thing(kept))
    return _write(tx, author, replace(draft, kind="thing"), kept, words_of_thing(kept))


def change_thing(tx: Tx, *, author: Actor, post: Post, changes: Mapping[str, Any]) -> None:
    """`author` changes a thing: what is given replaces, null takes away, the rest stays."""
    need_own(author, post)
    document = _document(post)
    fixed = _OURS | {"type", "@context", "items", "orderedItems"}
    changed = {key: value for key, value in changes.items() if key not in fixed}
    if not changed:
        raise Invalid("there is nothing to change in it", {"object": "nothing to change"})
    for key, value in changed.items():
        document.pop(key, None)
        if value is not None:
            document[key] = value
    _store(tx, post, _kept(document))
    post.edited_at = tx.now
    tx.flush()
    send_update(tx, post)


def collect(tx: Tx, *, author: Actor, collection: Post, item: str, is_in: bool) -> dict[str, Any]:
    """`author` puts `item` into a collection of theirs, or takes it out. Twice is harmless.

    Returns the activity by which others hear of it.
    """
    need_own(author, collection)
    if collection.kind != "collection":
        raise Forbidden("this is no collection of yours")
    document = _document(collection)
    items = [uri for uri in items_of(document) if uri != item]
    if is_in:
        items = [item, *items]  # the newest first
    if len(items) > MOST_ITEMS:
        raise Invalid(f"a collection holds at most {MOST_ITEMS}", {"target": "is full"})
    is_news = items != items_of(document)
    _store(tx, collection, _with_items(document, items))
    tx.flush()
    to = whole_post(tx, collection).addressing
    said = activity(
        "Add" if is_in else "Remove",
        id_=tx.here.activity(id_at(tx.now)),
        actor=author.uri,
        to=to.to,
        cc=to.cc,
        object_=item,
        target=collection.uri,
    )
    goes = is_news and Audience(collection.audience).is_open
    deliver(tx, said, sender=author, inboxes=inboxes_of_followers(tx, author.id) if goes else ())
    return said


def deed_arrived(tx: Tx, *, by: Actor, done: Activity) -> bool:
    """Someone elsewhere does or makes something of a type we have no rule for.

    Returns whether it stands among posts now: what only programs read does not.
    """
    inside = done.embedded if "Create" in types(done.document) else None
    if inside is None and not is_for_people(done.document):
        return False
    document = without_secrets(inside or done.document)
    if len(orjson.dumps(document)) > MOST_BYTES:
        return False
    words = words_of_deed(document) if inside is None else words_of_thing(document)
    note = Note(
        id=(done.id if inside is None else word(inside.get("id"))) or "",
        type="Deed" if inside is None else "Thing",
        attributed_to=ref(document.get("attributedTo")) or by.uri,
        to=done.to,
        cc=done.cc,
        content=words.html,
        title=words.title,
        language=words.language,
        published=moment(document.get("published")),
        document=document,
    )
    if not concerns_us(tx, author=by, note=note):
        return False
    return remember_post(tx, author=by, note=note) is not None


def deed_was_undone(tx: Tx, *, by: Actor, uri: str) -> bool:
    """Someone elsewhere takes a deed back by its id. Returns whether there was one of theirs."""
    post = find_post(tx, uri)
    if post is None or post.kind != "deed" or post.actor_id != by.id:
        return False
    post_is_gone(tx, by=by, uri=uri)
    return True


def need_thing(tx: Tx, *, author: Actor, uri: str) -> Post:
    """Return a thing of `author` by its id."""
    post = find_post(tx, uri)
    if post is None:
        raise NotFound("there is no such thing")
    if post.actor_id != author.id:
        raise Forbidden("this is somebody else's")
    return post


def _write(tx: Tx, author: Actor, draft: Draft, kept: dict[str, Any], words: Words) -> Post:
    said = replace(
        draft,
        html=words.html,
        source="",
        title=bare_text(words.title)[:500] if words.title else None,
        language=draft.language or words.language,
        document=kept,
    )
    return write_post(tx, author=author, draft=said)


def _store(tx: Tx, post: Post, document: dict[str, Any]) -> None:
    words = words_of_thing(document)
    post.extras = {**(post.extras or {}), "document": document}
    post.content = clean_html(words.html)
    post.title = bare_text(words.title)[:500] if words.title else None
    post.version += 1
    tx.tell("post_changed", post.id)
    tx.tell("stream", ("edit", post.id))


def _document(post: Post) -> dict[str, Any]:
    return dict((post.extras or {}).get("document") or {})


def _kept(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the client says, safe to show, without what is the server's to say."""
    safe = {key: _safe(key, value) for key, value in document.items() if key not in _OURS}
    if len(orjson.dumps(safe)) > MOST_BYTES:
        raise TooLarge(f"such a document has at most {MOST_BYTES} bytes")
    return safe


def _safe(key: str, value: Any) -> Any:
    if isinstance(value, str):
        if key in ("name", "nameMap"):
            return bare_text(value)
        return clean_html(value) if key in _TEXTS else value
    if isinstance(value, list):
        return [_safe(key, item) for item in value]
    if isinstance(value, Mapping):
        by_language = key in _TEXTS
        return {
            inner: _safe(key if by_language else inner, item)
            for inner, item in value.items()
            if inner not in ("bto", "bcc")
        }
    return value


def _with_items(document: Mapping[str, Any], items: list[str]) -> dict[str, Any]:
    if len(items) > MOST_ITEMS:
        raise Invalid(f"a collection holds at most {MOST_ITEMS}", {"items": "too many"})
    is_ordered = "OrderedCollection" in types(document)
    rest = {k: v for k, v in document.items() if k not in ("items", "orderedItems")}
    return {**rest, "orderedItems" if is_ordered else "items": items}
