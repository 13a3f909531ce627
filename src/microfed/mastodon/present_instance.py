"""The place as an entity of apps, in the newer shape and the older."""

from typing import Any

import orjson

from microfed import __version__
from microfed.mastodon.present_accounts import AVATAR, account
from microfed.media import limits
from microfed.media.workshop import accepted_types
from microfed.operations.featured import MOST_PINS
from microfed.operations.media import MOST_DESCRIPTION
from microfed.operations.polls import LONGEST, LONGEST_OPTION, MOST_OPTIONS, SHORTEST
from microfed.operations.post_parts import MOST_MEDIA
from microfed.operations.profiles import (
    LONGEST_FIELD,
    LONGEST_NAME,
    LONGEST_NOTE,
    MOST_FIELDS,
)
from microfed.operations.saying import MOST_CHARACTERS
from microfed.queries.figures import MONTH, active_since, place_figures
from microfed.queries.files import our_emojis
from microfed.queries.look import load_look
from microfed.queries.place import (
    contact_of_the_place,
    federation_mode,
    registration_mode,
    rules_in,
    words_of_the_place,
)
from microfed.settings import Settings
from microfed.store.database import Tx

# The version of Mastodon whose API this is; Mastodon.py takes what stands before the plus sign.
VERSION = f"4.5.0+microfed-{__version__}"
API_VERSION = 7
LANGUAGES = {"fr": "Français", "en": "English"}


def emojis(tx: Tx) -> list[dict[str, Any]]:
    """Return the pictures the place has for words."""
    return [
        {
            "shortcode": emoji.shortcode,
            "url": emoji.url,
            "static_url": emoji.url,
            "visible_in_picker": emoji.is_listed,
            "category": emoji.category,
        }
        for emoji in our_emojis(tx)
    ]


def newer(tx: Tx, settings: Settings) -> dict[str, Any]:
    """Return the place, in the shape of today."""
    said, contact = words_of_the_place(tx), contact_of_the_place(tx)
    registration = registration_mode(tx)
    look, icon = load_look(tx), settings.url + AVATAR
    picture = look.picture_url or icon
    return {
        "domain": settings.handle_host,
        "title": said.get("title") or settings.title,
        "version": VERSION,
        "source_url": f"{settings.url}/about",
        "description": said.get("description") or "",
        "usage": {"users": {"active_month": active_since(tx, tx.now - MONTH)}},
        "thumbnail": {
            "url": picture,
            "description": look.picture_description,
            "blurhash": None,
            "versions": {"@1x": picture, "@2x": picture},
        },
        "icon": [{"src": icon, "size": "120x120"}],
        "languages": list(LANGUAGES),
        "configuration": {
            "urls": {
                "streaming": _streaming(settings),
                "status": None,
                "about": f"{settings.url}/about",
                "privacy_policy": f"{settings.url}/privacy",
                "terms_of_service": None,
            },
            "vapid": {"public_key": (said.get("vapid") or {}).get("public", "")},
            **_limits(),
            "translation": {"enabled": False},
            "timelines_access": {
                "live_feeds": {"local": "public", "remote": "public"},
                "hashtag_feeds": {"local": "public", "remote": "public"},
                "trending_link_feeds": {"local": "disabled", "remote": "disabled"},
            },
            "limited_federation": federation_mode(tx) != "open",
        },
        "registrations": {
            "enabled": registration in ("open", "approval"),
            "approval_required": registration == "approval",
            "reason_required": registration == "approval",
            "message": None,
            "min_age": None,
            "url": None,
        },
        "api_versions": {"mastodon": API_VERSION},
        "contact": {
            "email": said.get("contact_email") or (contact[1] if contact else ""),
            "account": orjson.Fragment(account(tx, contact[0])) if contact else None,
        },
        "rules": rules_of_the_place(said),
    }


def older(tx: Tx, settings: Settings) -> dict[str, Any]:
    """Return the place, in the older shape."""
    said, figures = words_of_the_place(tx), place_figures(tx)
    registration = registration_mode(tx)
    contact = contact_of_the_place(tx)
    description = said.get("description") or ""
    return {
        "uri": settings.handle_host,
        "title": said.get("title") or settings.title,
        "short_description": description,
        "description": description,
        "email": said.get("contact_email") or (contact[1] if contact else ""),
        "version": VERSION,
        "urls": {"streaming_api": _streaming(settings)},
        "stats": {
            "user_count": figures.members,
            "status_count": figures.posts,
            "domain_count": figures.servers,
        },
        "thumbnail": load_look(tx).picture_url or settings.url + AVATAR,
        "languages": list(LANGUAGES),
        "registrations": registration in ("open", "approval"),
        "approval_required": registration == "approval",
        "invites_enabled": registration != "closed",
        "configuration": _limits(),
        "contact_account": orjson.Fragment(account(tx, contact[0])) if contact else None,
        "rules": rules_of_the_place(said),
    }


def _limits() -> dict[str, Any]:
    return {
        "accounts": {
            "max_featured_tags": 10,
            "max_pinned_statuses": MOST_PINS,
            "max_display_name_length": LONGEST_NAME,
            "max_note_length": LONGEST_NOTE,
            "max_profile_fields": MOST_FIELDS,
            "profile_field_name_limit": LONGEST_FIELD,
            "profile_field_value_limit": LONGEST_FIELD,
        },
        "statuses": {
            "max_characters": MOST_CHARACTERS,
            "max_media_attachments": MOST_MEDIA,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "supported_mime_types": accepted_types(),
            "description_limit": MOST_DESCRIPTION,
            "image_size_limit": limits.MOST_PICTURE_BYTES,
            "image_matrix_limit": limits.MOST_PIXELS,
            "video_size_limit": limits.MOST_FILM_BYTES,
            "video_frame_rate_limit": limits.MOST_FRAMES_PER_SECOND,
            "video_matrix_limit": limits.MOST_FILM_PIXELS,
        },
        "polls": {
            "max_options": MOST_OPTIONS,
            "max_characters_per_option": LONGEST_OPTION,
            "min_expiration": int(SHORTEST.total_seconds()),
            "max_expiration": int(LONGEST.total_seconds()),
        },
    }


def rules_of_the_place(said: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rules of the place as apps read them."""
    return [
        {"id": str(number), "text": text, "hint": "", "translations": {}}
        for number, text in rules_in(said)
    ]


def _streaming(settings: Settings) -> str:
    return settings.url.replace("http", "ws", 1)
