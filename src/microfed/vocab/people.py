"""Actors as the world writes them, read tolerantly into one frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from microfed.errors import Invalid
from microfed.vocab.groups import is_private_group
from microfed.vocab.objects import EmojiTag, read_emojis
from microfed.vocab.reading import (
    as_list,
    documents,
    flag,
    known_type,
    link,
    moment,
    ref,
    refs,
    types,
    word,
)
from microfed.vocab.terms import ACTOR_TYPES

MOST_FIELDS = 20
MOST_ALIASES = 20


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key an actor says is theirs."""

    uri: str
    algorithm: str  # rsa, ed25519
    public: str


@dataclass(frozen=True, slots=True)
class Person:
    """An actor from elsewhere, whatever their type."""

    id: str
    type: str
    username: str
    name: str
    summary: str
    inbox: str
    shared_inbox: str | None
    outbox: str | None
    followers: str | None
    following: str | None
    featured: str | None
    featured_tags: str | None
    url: str | None
    is_locked: bool
    is_discoverable: bool
    is_indexable: bool
    is_memorial: bool
    is_suspended: bool
    is_private: bool
    icon: str | None
    icon_description: str | None
    image: str | None
    image_description: str | None
    fields: tuple[tuple[str, str], ...]
    emojis: tuple[EmojiTag, ...]
    also_known_as: tuple[str, ...]
    moved_to: str | None
    published: datetime | None
    keys: tuple[PublicKey, ...]
    webfinger: str | None
    generator: str | None = None  # the name of the software that made the document


def is_actor(document: Mapping[str, Any]) -> bool:
    """Say whether `document` is someone who can act."""
    return known_type(document, ACTOR_TYPES) is not None


def read_person(document: Mapping[str, Any]) -> Person:
    """Return the actor in `document`; Invalid without id, type, name or inbox."""
    kind, uri = known_type(document, ACTOR_TYPES), word(document.get("id"))
    username, inbox = word(document.get("preferredUsername")), ref(document.get("inbox"))
    if kind is None or uri is None:
        raise Invalid("this is not an actor")
    if username is None or inbox is None:
        raise Invalid("an actor needs preferredUsername and inbox")
    endpoints = document.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, Mapping) else None
    icon, icon_text = _picture(document.get("icon"))
    image, image_text = _picture(document.get("image"))
    return Person(
        id=uri,
        type=kind,
        username=username[:128],
        name=(word(document.get("name")) or "")[:500],
        summary=(word(document.get("summary")) or "")[:20_000],
        inbox=inbox,
        shared_inbox=word(shared) or word(document.get("sharedInbox")),
        outbox=ref(document.get("outbox")),
        followers=ref(document.get("followers")),
        following=ref(document.get("following")),
        featured=ref(document.get("featured")),
        featured_tags=ref(document.get("featuredTags")),
        url=link(document.get("url")),
        is_locked=flag(document.get("manuallyApprovesFollowers")),
        is_discoverable=flag(document.get("discoverable")),
        is_indexable=flag(document.get("indexable")),
        is_memorial=flag(document.get("memorial")),
        is_suspended=flag(document.get("suspended")),
        is_private=is_private_group(document),
        icon=icon,
        icon_description=icon_text,
        image=image,
        image_description=image_text,
        fields=_fields(document),
        emojis=read_emojis(document),
        also_known_as=refs(document.get("alsoKnownAs"))[:MOST_ALIASES],
        moved_to=ref(document.get("movedTo")),
        published=moment(document.get("published")),
        keys=read_keys(document),
        webfinger=word(document.get("webfinger")),
        generator=_generator(document.get("generator")),
    )


def read_keys(document: Mapping[str, Any]) -> tuple[PublicKey, ...]:
    """Return the keys a document claims, each with its owner checked against the document's id."""
    owner = word(document.get("id"))
    keys = []
    for item in documents(document.get("publicKey")):
        uri, pem = word(item.get("id")), word(item.get("publicKeyPem"))
        if uri and pem and ref(item.get("owner") or item.get("controller")) == owner:
            keys.append(PublicKey(uri, "rsa", pem))
    for item in documents(document.get("assertionMethod")):
        uri, multibase = word(item.get("id")), word(item.get("publicKeyMultibase"))
        if uri and multibase and ref(item.get("controller")) == owner:
            keys.append(PublicKey(uri, "ed25519", multibase))
    return tuple(keys[:10])


def _generator(value: Any) -> str | None:
    made = next(documents(value), None)
    return None if made is None else (word(made.get("name")) or "")[:60].lower() or None


def _picture(value: Any) -> tuple[str | None, str | None]:
    for item in as_list(value):  # PeerTube sends a list of sizes
        if isinstance(item, str):
            return item, None
        if isinstance(item, Mapping) and (url := link(item.get("url"))):
            return url, word(item.get("summary")) or word(item.get("name"))
    return None, None


def _fields(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found = [
        (name[:255], (word(item.get("value")) or word(item.get("content")) or "")[:2_000])
        for item in documents(document.get("attachment"))
        if {"PropertyValue", "Note"} & set(types(item)) and (name := word(item.get("name")))
    ]
    return tuple(found[:MOST_FIELDS])
