"""Filters as apps read them, and what they say of a post."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from microfed.mastodon.answers import stamp
from microfed.mastodon.write_status import Written
from microfed.queries.filters import Caught, Sieve, catch
from microfed.store.filters import FilterKeyword, FilterPost
from microfed.text import bare_text


def filter_entity(sieve: Sieve, *, is_whole: bool = True) -> dict[str, Any]:
    """Return a Filter; inside a post (`is_whole` False) without what it looks for."""
    value: dict[str, Any] = {
        "id": str(sieve.id),
        "title": sieve.title,
        "context": list(sieve.contexts),
        "expires_at": stamp(sieve.expires_at),
        "filter_action": sieve.action,
    }
    if is_whole:
        value["keywords"] = [keyword_entity(one) for one in sieve.keywords]
        value["statuses"] = [status_entity(one) for one in sieve.posts]
    return value


def keyword_entity(keyword: FilterKeyword) -> dict[str, Any]:
    """Return a FilterKeyword."""
    return {
        "id": str(keyword.id),
        "keyword": keyword.keyword,
        "whole_word": keyword.is_whole_word,
    }


def status_entity(post: FilterPost) -> dict[str, Any]:
    """Return a FilterStatus."""
    return {"id": str(post.id), "status_id": str(post.post_id)}


def old_entity(sieve: Sieve, keyword: FilterKeyword) -> dict[str, Any]:
    """Return a V1::Filter: one keyword, as the first version had it."""
    return {
        "id": str(keyword.id),
        "phrase": keyword.keyword,
        "context": list(sieve.contexts),
        "whole_word": keyword.is_whole_word,
        "expires_at": stamp(sieve.expires_at),
        "irreversible": sieve.action == "hide",
    }


def filtered(
    sieves: Sequence[Sieve], written: Mapping[int, Written], ids: Iterable[int]
) -> dict[int, bytes]:
    """Return the `filtered` of each post that something holds back."""
    found = {}
    for id_ in ids:
        caught = catch(sieves, id_, _words(written[id_]))
        if caught:
            found[id_] = orjson.dumps([_result(id_, one) for one in caught])
    return found


def _result(post_id: int, caught: Caught) -> dict[str, Any]:
    return {
        "filter": filter_entity(caught.sieve, is_whole=False),
        "keyword_matches": list(caught.words) or None,
        "status_matches": [str(post_id)] if caught.is_named else None,
    }


def _words(written: Written) -> str:
    """Return what a post says: its words, its warning, what its pictures show, its choices."""
    # Read from what is kept as bytes: only those who filter pay for it.
    value = orjson.loads(b"{" + written.tail[1:] + b"}")
    choices = (
        () if written.poll is None else [one["title"] for one in written.poll.value["options"]]
    )
    return "\n".join(
        (
            value["spoiler_text"],
            bare_text(value["content"]),
            *(one["description"] or "" for one in value["media_attachments"]),
            *choices,
        )
    )
