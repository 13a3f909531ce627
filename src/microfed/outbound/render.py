"""Actors and activities as ActivityPub documents. With `render_posts`, the only writer of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from microfed.here import Here
from microfed.ids import moment_of
from microfed.storage import type_of
from microfed.store.people import Actor, ActorKey
from microfed.vocab.directory import property_values
from microfed.vocab.groups import GROUP_CONTEXT
from microfed.vocab.terms import ACTOR_CONTEXT, AS2, QUOTE_CONTEXT, STREAM_CONTEXT

RFC_9421 = {
    "href": "https://datatracker.ietf.org/doc/html/rfc9421",
    "name": "RFC-9421: HTTP Message Signatures",
}

OWN_COLLECTIONS = ("pendingFollowers", "pendingFollowing", "blocked", "blocks")


def stamp(moment: datetime) -> str:
    """Return a moment as peers write it, to the second and in UTC."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def actor_document(here: Here, actor: Actor, keys: Iterable[ActorKey]) -> dict[str, Any]:
    """Return the whole document of someone who lives here (interop.md §1.6)."""
    kept = list(keys)
    document: dict[str, Any] = {
        "@context": ACTOR_CONTEXT,
        "id": actor.uri,
        "type": actor.kind,
        "preferredUsername": actor.username,
        "webfinger": f"{actor.username}@{here.domain}",
        "name": actor.display_name or actor.username,
        "summary": actor.note,
        "url": actor.url,
        "inbox": actor.inbox_uri,
        "outbox": actor.outbox_uri,
        "followers": actor.followers_uri,
        "following": actor.following_uri,
        "liked": f"{actor.uri}/liked",
        "featured": actor.featured_uri,
        "featuredTags": f"{actor.uri}/collections/tags",
        "manuallyApprovesFollowers": actor.is_locked,
        "discoverable": actor.is_discoverable,
        "indexable": actor.is_indexable,
        # Midnight, so that nobody learns the minute somebody signed up.
        "published": (actor.published_at or moment_of(actor.id)).strftime("%Y-%m-%dT00:00:00Z"),
        "endpoints": endpoints(here, actor),
        # For its owner's clients alone (FEP-4ccd, FEP-c648); anyone may know that they are there.
        **{name: f"{actor.uri}/{name}" for name in OWN_COLLECTIONS},
        "objectIDAsClientID": True,  # FEP-d8c2
        **_keys(actor, kept),
        "attachment": [
            {"type": "PropertyValue", "name": field["name"], "value": field["value"]}
            for field in actor.fields
        ]
        + property_values(_in_directory(actor, "facts")),
        "tag": emoji_tags(actor.emojis)
        + [
            {"type": "Hashtag", "name": f"#{name}", "href": href}
            for name, href in _in_directory(actor, "tags")
        ],
        "generator": {"type": "Application", "name": "microfed", "implements": [RFC_9421]},
    }
    if actor.kind == "Group":
        document |= _of_a_group(actor)
    if actor.also_known_as:
        document["alsoKnownAs"] = actor.also_known_as
    if actor.moved_to_uri:
        document["movedTo"] = actor.moved_to_uri
    if actor.avatar_uri:
        document["icon"] = _image(actor.avatar_uri, actor.avatar_description)
    if actor.header_uri:
        document["image"] = _image(actor.header_uri, actor.header_description)
    if actor.suspended_at is not None:
        empty: dict[str, Any] = {"name": "", "summary": "", "attachment": [], "tag": []}
        document = {**document, **empty, "suspended": True}
        for picture in ("icon", "image"):
            document.pop(picture, None)
    return document


def moderators_uri(group: Actor) -> str:
    """Return where it stands who looks after a group of ours."""
    return f"{group.uri}/moderators"


def little_actor_document(here: Here, actor: Actor, keys: Iterable[ActorKey]) -> dict[str, Any]:
    """Return as much of someone here as a stranger needs to check their signature, no more."""
    return {
        "@context": ACTOR_CONTEXT,
        "id": actor.uri,
        "type": actor.kind,
        "preferredUsername": actor.username,
        "inbox": actor.inbox_uri,
        "outbox": actor.outbox_uri,
        "endpoints": endpoints(here, actor),
        **_keys(actor, list(keys)),
    }


def card(actor: Actor, domain: str) -> dict[str, Any]:
    """Return as much of anyone, from here or elsewhere, as a list of names shows."""
    document: dict[str, Any] = {
        "id": actor.uri,
        "type": actor.kind,
        "name": actor.display_name or actor.username,
        "preferredUsername": actor.username,
        "webfinger": f"{actor.username}@{actor.host or domain}",
        "url": actor.url,
        "inbox": actor.inbox_uri,
        "outbox": actor.outbox_uri or f"{actor.uri}/outbox",
    }
    if actor.is_local and actor.avatar_uri:
        document["icon"] = _image(actor.avatar_uri, actor.avatar_description)
    return document


def quote_authorization(uri: str, *, author: str, quoting: str, quoted: str) -> dict[str, Any]:
    """Return the leave of `author` to show `quoted` inside `quoting` (FEP-044f)."""
    return {
        "@context": QUOTE_CONTEXT,
        "id": uri,
        "type": "QuoteAuthorization",
        "attributedTo": author,
        "interactingObject": quoting,
        "interactionTarget": quoted,
    }


def instance_actor_document(here: Here, actor: Actor, keys: Iterable[ActorKey]) -> dict[str, Any]:
    """Return the actor that signs our questions and speaks for the place (interop.md §1.5)."""
    return {
        "@context": ACTOR_CONTEXT,
        "id": actor.uri,
        "type": "Application",
        "preferredUsername": actor.username,
        "name": actor.display_name or here.domain,
        "summary": actor.note,
        "url": f"{here.url}/about",
        "inbox": actor.inbox_uri,
        "outbox": actor.outbox_uri,
        "followers": actor.followers_uri,
        "following": actor.following_uri,
        "endpoints": {"sharedInbox": here.shared_inbox},
        "manuallyApprovesFollowers": True,
        **_keys(actor, list(keys)),
        "implements": [RFC_9421],
    }


def endpoints(here: Here, actor: Actor) -> dict[str, str]:
    """Return where an actor's clients and peers find what is not theirs alone."""
    return {
        "sharedInbox": here.shared_inbox,
        "oauthAuthorizationEndpoint": f"{here.url}/oauth/authorize",
        "oauthTokenEndpoint": f"{here.url}/oauth/token",
        "proxyUrl": f"{actor.uri}/proxy",
        "uploadMedia": f"{actor.uri}/upload",
        "actorAutocomplete": f"{here.url}/autocomplete?q={{q}}",
    }


def activity(
    kind: str,
    *,
    id_: str,
    actor: str,
    object_: Any,
    to: Iterable[str] = (),
    cc: Iterable[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """Return an activity of ours. `object_` is an id, or a document where peers want one."""
    return {
        "@context": AS2,
        "id": id_,
        "type": kind,
        "actor": actor,
        "to": list(to),
        **({"cc": list(cc)} if cc else {}),
        **more,
        "object": object_,
    }


def follow_inside(*, uri: str, follower: str, target: str) -> dict[str, str]:
    """Return a Follow as it stands inside Accept, Reject and Undo: unchanged and embedded."""
    return {"id": uri, "type": "Follow", "actor": follower, "object": target}


def tombstone(uri: str, former_type: str | None, deleted_at: datetime) -> dict[str, Any]:
    """Return what stands where something was."""
    document = {"@context": AS2, "id": uri, "type": "Tombstone", "deleted": stamp(deleted_at)}
    return document | ({"formerType": former_type} if former_type else {})


def emoji_tags(emojis: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the tags of emojis of ours, as they stand in posts and actors (interop.md §3.3)."""
    return [
        {
            "id": emoji["id"],
            "type": "Emoji",
            "name": f":{emoji['shortcode']}:",
            "updated": emoji["updated"],
            "icon": {
                "type": "Image",
                "mediaType": type_of(emoji["url"]) or "image/png",
                "url": emoji["url"],
            },
        }
        for emoji in emojis
        if "id" in emoji
    ]


def collection(
    uri: str, *, total: int, first: str | None = None, kind: str = "OrderedCollection"
) -> dict[str, Any]:
    """Return the head of a collection; without `first` only its size is told."""
    document: dict[str, Any] = {"@context": AS2, "id": uri, "type": kind, "totalItems": total}
    if first is not None:
        document["first"] = first
    return document


def streamed(document: dict[str, Any]) -> dict[str, Any]:
    """Return the head of a collection whose news can be listened to (by whoever may read it)."""
    stream = {"eventStream": f"{document['id']}/stream"}
    return {**document, "@context": STREAM_CONTEXT, **stream}


def collection_page(
    uri: str, *, part_of: str, items: list[Any], next_: str | None = None, context: Any = AS2
) -> dict[str, Any]:
    """Return one page of a collection, newest first."""
    document: dict[str, Any] = {
        "@context": context,
        "id": uri,
        "type": "OrderedCollectionPage",
        "partOf": part_of,
        "orderedItems": items,
    }
    if next_ is not None:
        document["next"] = next_
    return document


def _of_a_group(actor: Actor) -> dict[str, Any]:
    """Return what a group says besides: who looks after it (FEP-1b12), and who reads it."""
    said: dict[str, Any] = {
        "@context": GROUP_CONTEXT,
        "attributedTo": moderators_uri(actor),
        "moderators": moderators_uri(actor),  # as WordPress has it
        "postingRestrictedToMods": False,
        "sensitive": False,
    }
    return said | ({"membersOnly": True} if actor.is_private else {})


def _in_directory(actor: Actor, what: str) -> list[tuple[str, str]]:
    """Return what everyone may read of somebody in the directory, while they wish to be found."""
    kept = (actor.extras or {}).get("directory") or {}
    return [(one[0], one[1]) for one in kept.get(what, ())] if actor.is_discoverable else []


def _keys(actor: Actor, keys: list[ActorKey]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for key in keys:
        if key.algorithm == "rsa":
            said["publicKey"] = {"id": key.uri, "owner": actor.uri, "publicKeyPem": key.public}
    multikeys = [
        {
            "id": key.uri,
            "type": "Multikey",
            "controller": actor.uri,
            "publicKeyMultibase": key.public,
        }
        for key in keys
        if key.algorithm == "ed25519"
    ]
    return said | ({"assertionMethod": multikeys} if multikeys else {})


def _image(url: str, description: str | None) -> dict[str, str]:
    image = {"type": "Image", "url": url}
    if media_type := type_of(url):
        image = {"type": "Image", "mediaType": media_type, "url": url}
    return image | ({"name": description} if description else {})
