"""Polls and quotes as the world writes them, read out of the document of a post."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from microfed.vocab.objects import MOST_OPTIONS
from microfed.vocab.reading import documents, moment, number, ref, types, word

LONGEST_OPTION = 200
_QUOTE_REL = "https://misskey-hub.net/ns#_misskey_quote"


@dataclass(frozen=True, slots=True)
class Question:
    """A poll: its answers with their counts, and until when one may choose."""

    options: tuple[tuple[str, int], ...]
    is_multiple: bool
    ends_at: datetime | None
    voters_count: int | None


@dataclass(frozen=True, slots=True)
class Quotation:
    """What a post quotes; `stamp` is the id of its author's leave (FEP-044f)."""

    uri: str
    stamp: str | None


def read_question(document: Mapping[str, Any]) -> Question | None:
    """Return the poll in a post, if it has one; of a bomb the first answers alone."""
    several = list(documents(document.get("anyOf")))
    options: dict[str, int] = {}
    for item in several or documents(document.get("oneOf")):
        name = (word(item.get("name")) or "")[:LONGEST_OPTION]
        replies = item.get("replies")
        votes = number(replies.get("totalItems")) if isinstance(replies, Mapping) else None
        if votes is None:
            votes = number(item.get("_misskey_votes"))
        if name and len(options) < MOST_OPTIONS:
            options.setdefault(name, votes or 0)
    if len(options) < 2:
        return None
    # GoToSocial says `closed` alone when it is over.
    ends_at = moment(document.get("endTime")) or moment(document.get("closed"))
    voters = number(document.get("votersCount"))
    return Question(tuple(options.items()), bool(several), ends_at, voters)


def read_vote(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return (the poll, the answer) when a note is a vote: a name, no words, in reply to it."""
    name, poll = word(document.get("name")), ref(document.get("inReplyTo"))
    if name is None or poll is None or word(document.get("content")):
        return None
    return (poll, name) if "Note" in types(document) else None


def read_quotation(document: Mapping[str, Any]) -> Quotation | None:
    """Return what a post quotes, whichever of the five ways it says so."""
    if uri := ref(document.get("quote")):
        # Before it had its name, the leave was called as GoToSocial's is.
        leave = ref(document.get("quoteAuthorization")) or ref(document.get("approvedBy"))
        return Quotation(uri, leave)
    for key in ("quoteUrl", "quoteUri", "_misskey_quote"):
        if uri := ref(document.get(key)):
            return Quotation(uri, None)
    for tag in documents(document.get("tag")):  # FEP-e232, as Threads writes it
        kind = word(tag.get("mediaType")) or ""
        is_object = "activitystreams" in kind or kind == "application/activity+json"
        if "Link" in types(tag) and (tag.get("rel") == _QUOTE_REL or is_object):
            return Quotation(uri, None) if (uri := word(tag.get("href"))) else None
    return None
