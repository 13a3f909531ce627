"""The words of the wire that are spelled in one place: Public, contexts, media types."""

from typing import Any

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
# Takahē and Lemmy write the short forms (interop.md §0.4).
PUBLIC_FORMS = frozenset({PUBLIC, "as:Public", "Public"})

AS2 = "https://www.w3.org/ns/activitystreams"
SECURITY = "https://w3id.org/security/v1"
MULTIKEY = "https://w3id.org/security/multikey/v1"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"

ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

ACTOR_CONTEXT: list[Any] = [
    AS2,
    SECURITY,
    MULTIKEY,
    {
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
        "toot": "http://joinmastodon.org/ns#",
        "featured": {"@id": "toot:featured", "@type": "@id"},
        "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
        "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
        "movedTo": {"@id": "as:movedTo", "@type": "@id"},
        "schema": "http://schema.org#",
        "PropertyValue": "schema:PropertyValue",
        "value": "schema:value",
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
        "suspended": "toot:suspended",
        "memorial": "toot:memorial",
        "Emoji": "toot:Emoji",
        "Hashtag": "as:Hashtag",
        "webfinger": {
            "@id": "https://purl.archive.org/socialweb/webfinger#webfinger",
            "@type": "http://www.w3.org/2001/XMLSchema#string",
        },
        "pendingFollowers": {
            "@id": "https://purl.archive.org/socialweb/pending#pendingFollowers",
            "@type": "@id",
        },
        "pendingFollowing": {
            "@id": "https://purl.archive.org/socialweb/pending#pendingFollowing",
            "@type": "@id",
        },
        "blocked": {"@id": "https://purl.archive.org/socialweb/blocked#blocked", "@type": "@id"},
        "blocks": {"@id": "https://purl.archive.org/socialweb/blocked#blocks", "@type": "@id"},
        "objectIDAsClientID": {
            "@id": "https://purl.archive.org/socialweb/oauth#objectIDAsClientID",
            "@type": "http://www.w3.org/2001/XMLSchema#boolean",
        },
        "actorAutocomplete": (
            "https://swicg.github.io/activitypub-api/autocomplete#actorAutocomplete"
        ),
        "implements": {
            "@id": "https://w3id.org/fep/844e#implements",
            "@type": "@id",
            "@container": "@set",
        },
    },
]

STREAM_CONTEXT: list[Any] = [
    AS2,
    {
        "eventStream": {
            "@id": "https://purl.archive.org/socialweb/sse#eventStream",
            "@type": "@id",
        }
    },
]

POST_CONTEXT: list[Any] = [
    AS2,
    DATA_INTEGRITY,
    {
        "ostatus": "http://ostatus.org#",
        "conversation": "ostatus:conversation",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
        "Emoji": "toot:Emoji",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "Hashtag": "as:Hashtag",
        "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "approvedBy": {"@id": "https://gotosocial.org/ns#approvedBy", "@type": "@id"},
        "quoteAuthorization": {
            "@id": "https://w3id.org/fep/044f#quoteAuthorization",
            "@type": "@id",
        },
        "quoteUri": "http://fedibird.com/ns#quoteUri",
        "quoteUrl": "as:quoteUrl",
        "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
        "gts": "https://gotosocial.org/ns#",
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "canReply": {"@id": "gts:canReply", "@type": "@id"},
        "canLike": {"@id": "gts:canLike", "@type": "@id"},
        "canAnnounce": {"@id": "gts:canAnnounce", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
        "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
    },
]

QUOTE_CONTEXT: list[Any] = [
    AS2,
    {
        "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
        "gts": "https://gotosocial.org/ns#",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]

ACTOR_TYPES = frozenset({"Person", "Service", "Application", "Group", "Organization"})
POST_TYPES = frozenset(
    {"Note", "Question", "Article", "Page", "Image", "Audio", "Video", "Event", "ChatMessage"}
)
