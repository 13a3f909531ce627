"""The activities that carry posts: saying, correcting, passing on, taking back."""

from collections.abc import Iterable
from typing import Any

from microfed.here import Here
from microfed.ids import moment_of
from microfed.outbound.render import stamp
from microfed.outbound.render_posts import context_of, in_context, note
from microfed.outbound.whole_post import WholePost
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.terms import POST_CONTEXT, PUBLIC


def create(here: Here, whole: WholePost) -> dict[str, Any]:
    """Return the Create of a post; its addressees are the post's, to the letter."""
    object_ = note(here, whole)
    if whole.post.kind == "deed":  # it is an activity itself
        return in_context(object_)
    return {
        "@context": context_of(object_),
        "id": f"{whole.post.uri}/activity",
        "type": "Create",
        "actor": whole.author.uri,
        "published": object_["published"],
        "to": object_["to"],
        "cc": object_["cc"],
        **_audience(whole),
        "object": object_,
    }


def update(here: Here, whole: WholePost) -> dict[str, Any]:
    """Return the Update of an edited post: the whole of it."""
    object_ = note(here, whole)
    return {
        "@context": context_of(object_),
        "id": f"{whole.post.uri}/updates/{whole.post.version}",
        "type": "Update",
        "actor": whole.author.uri,
        "published": object_.get("updated", object_["published"]),
        "to": object_["to"],
        "cc": object_["cc"],
        **_audience(whole),
        "object": object_,
    }


def delete(
    *, actor: str, uri: str, to: Iterable[str], audience: str | None = None
) -> dict[str, Any]:
    """Return the Delete of a post of ours, for those who got it."""
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{uri}/delete",
        "type": "Delete",
        "actor": actor,
        "to": list(to),
        **({"audience": audience} if audience else {}),
        "object": {"id": uri, "type": "Tombstone"},
    }


def undo(here: Here, whole: WholePost) -> dict[str, Any]:
    """Return the Undo of a deed of ours, for those who were told of it."""
    inside = note(here, whole)
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": f"{whole.post.uri}/undo",
        "type": "Undo",
        "actor": whole.author.uri,
        "to": inside["to"],
        "cc": inside["cc"],
        "object": {key: inside[key] for key in ("id", "type", "actor") if key in inside},
    }


def announce(boost: Post, *, actor: Actor, of: Post, author_uri: str) -> dict[str, Any]:
    """Return the Announce of a boost: the post by its bare id, as Mastodon wants it."""
    followers = actor.followers_uri or f"{actor.uri}/followers"
    approved = (boost.extras or {}).get("approved_by")
    return {
        "@context": POST_CONTEXT if approved else "https://www.w3.org/ns/activitystreams",
        "id": boost.uri,
        "type": "Announce",
        "actor": actor.uri,
        "published": stamp(moment_of(boost.id)),
        "to": [PUBLIC],
        "cc": [followers, author_uri],
        "object": of.uri,
        **({"approvedBy": approved} if approved else {}),
    }


def _audience(whole: WholePost) -> dict[str, str]:
    """Return the group an activity is for, which Lemmy asks for on the outside too."""
    return {} if whole.group is None else {"audience": whole.group.uri}
