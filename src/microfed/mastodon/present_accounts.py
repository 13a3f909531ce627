"""People as apps read them: Account, CredentialAccount, Relationship."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from microfed.errors import NotFound
from microfed.here import Here
from microfed.ids import moment_of
from microfed.mastodon.kept import kept_for, may_keep
from microfed.outbound.media import avatar_url, emoji_url, header_url
from microfed.queries.faces import actors_by_id, faces_of
from microfed.queries.relationships import Between, between
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.text import bare_text

AVATAR, HEADER = "/pictures/avatar.png", "/pictures/header.png"
ROLES = {
    "admin": {"id": "3", "name": "Admin", "permissions": "1048575"},
    "organiser": {"id": "2", "name": "Organiser", "permissions": "16"},
    "member": {"id": "-99", "name": "", "permissions": "0"},
}


def accounts(tx: Tx, ids: Sequence[int]) -> list[bytes]:
    """Return accounts in the order of `ids`; whoever is gone is left out."""
    faces = faces_of(tx, ids)
    written = write_faces(tx, faces.values())
    return [written[id_] for id_ in ids if id_ in written]


def account(tx: Tx, id_: int) -> bytes:
    """Return one account; NotFound when there is none."""
    found = accounts(tx, [id_])
    if not found:
        raise NotFound("there is no such account")
    return found[0]


def write_faces(tx: Tx, faces: Iterable[Sequence[Any]]) -> dict[int, bytes]:
    """Return the JSON of accounts by id, from what is kept or written now.

    A face is the row of `queries.cards.face_columns`: an account is kept until one of them changes.
    """
    kept = kept_for(tx).faces
    found: dict[int, bytes] = {}
    missing: dict[int, Sequence[Any]] = {}
    for face in faces:
        id_ = face[0]
        known = kept.get(id_)
        if known is not None and known[0] == face:
            found[id_] = known[1]
        else:
            missing[id_] = face
    if missing:
        lasting = may_keep(tx)
        actors = _actors(tx, missing)
        moved = actors_by_id(
            tx, [], uris=[a.moved_to_uri for a in actors.values() if a.moved_to_uri]
        )
        targets = {actor.uri: actor for actor in moved.values()}
        for id_, actor in actors.items():
            value = entity(tx.here, actor, figures=missing[id_][2:])
            target = targets.get(actor.moved_to_uri or "")
            if target is not None:
                value["moved"] = entity(tx.here, target)
            found[id_] = orjson.dumps(value)
            if lasting:
                kept_for(tx).keep_face(id_, missing[id_], found[id_])
    return found


def _actors(tx: Tx, faces: dict[int, Sequence[Any]]) -> dict[int, Actor]:
    """Return actors as they are now; who is at hand in this very version is not read again."""
    at_hand = {
        id_: actor
        for id_, face in faces.items()
        if (actor := tx.at_hand(Actor, id_)) is not None and actor.version == face[1]
    }
    rest = [id_ for id_ in faces if id_ not in at_hand]
    return at_hand | actors_by_id(tx, rest, fresh=True)


def entity(here: Here, actor: Actor, *, figures: Sequence[Any] | None = None) -> dict[str, Any]:
    """Return an Account (interop.md §5.5). `figures` are the newest: followers, followed, posts,
    and when the last was, in milliseconds."""
    followers, following, posts, last = figures or (
        actor.followers_count,
        actor.following_count,
        actor.posts_count,
        actor.last_post_at,
    )
    is_gone = actor.suspended_at is not None
    avatar = (not is_gone and avatar_url(here, actor.id, actor.avatar_uri)) or here.url + AVATAR
    header = (not is_gone and header_url(here, actor.id, actor.header_uri)) or here.url + HEADER
    extras = actor.extras or {}
    value: dict[str, Any] = {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor.username, actor.host),
        "display_name": "" if is_gone else actor.display_name,
        "locked": actor.is_locked,
        "bot": actor.kind in ("Service", "Application"),
        "group": actor.kind in ("Group", "Organization"),
        "discoverable": actor.is_discoverable,
        "indexable": actor.is_indexable,
        "noindex": not actor.is_indexable,
        "created_at": (actor.published_at or moment_of(actor.id)).strftime(
            "%Y-%m-%dT00:00:00.000Z"
        ),
        "note": "" if is_gone else actor.note,
        "url": actor.url or actor.uri,
        "uri": actor.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": actor.avatar_description or "",
        "header": header,
        "header_static": header,
        "header_description": actor.header_description or "",
        "followers_count": max(followers, 0),
        "following_count": max(following, 0),
        "statuses_count": max(posts, 0),
        "last_status_at": _day(last),
        "hide_collections": actor.hides_follows,
        "emojis": emojis(here, actor.emojis),
        "roles": [],
        "fields": [] if is_gone else [_field(field) for field in actor.fields or []],
        "show_media": extras.get("show_media", True),
        "show_media_replies": extras.get("show_media_replies", True),
        "show_featured": extras.get("show_featured", True),
        "feature_approval": {
            "automatic": ["public"] if actor.is_discoverable else [],
            "manual": [],
            "current_user": "automatic" if actor.is_discoverable else "denied",
        },
    }
    if is_gone:
        value["suspended"] = True
    if actor.silenced_at is not None:
        value["limited"] = True
    if actor.is_memorial:
        value["memorial"] = True
    return value


def credentials(here: Here, actor: Actor, member: Member, *, waiting: int) -> dict[str, Any]:
    """Return a CredentialAccount: one's own account, with what only they see."""
    wishes = member.preferences or {}
    extras = actor.extras or {}
    role = ROLES.get(member.role, ROLES["member"])
    return entity(here, actor) | {
        "source": {
            "note": actor.note_source if actor.note_source is not None else bare_text(actor.note),
            "fields": [
                {
                    "name": field["name"],
                    "value": field.get("source", bare_text(field["value"])),
                    "verified_at": field.get("verified_at"),
                }
                for field in actor.fields or []
            ],
            "privacy": wishes.get("visibility", "public"),
            "sensitive": bool(wishes.get("sensitive", False)),
            "language": wishes.get("language") or "",
            "follow_requests_count": waiting,
            "hide_collections": actor.hides_follows,
            "discoverable": actor.is_discoverable,
            "indexable": actor.is_indexable,
            "attribution_domains": extras.get("attribution_domains", []),
            "quote_policy": wishes.get("quote_policy", "public"),
        },
        "role": {**role, "color": "", "highlighted": member.role != "member"},
    }


def relationships(tx: Tx, viewer: Viewer, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Return what stands between the viewer and each of `ids`, in their order."""
    found = between(tx, viewer.actor_id, ids)
    return [_relationship(found[id_]) for id_ in ids if id_ in found]


def relationship(tx: Tx, viewer: Viewer, id_: int) -> dict[str, Any]:
    """Return what stands between the viewer and someone."""
    return relationships(tx, viewer, [id_])[0]


def acct(username: str, host: str) -> str:
    """Return what apps call someone: `ana` here, `bob@north.example` elsewhere."""
    return f"{username}@{host}" if host else username


def emojis(here: Here, kept: Sequence[Any] | None) -> list[dict[str, Any]]:
    """Return custom emojis as apps read them."""
    return [
        {
            "shortcode": emoji["shortcode"],
            "url": emoji_url(here, emoji),
            "static_url": emoji_url(here, emoji),
            "visible_in_picker": False,
            "category": None,
        }
        for emoji in kept or []
    ]


def _relationship(found: Between) -> dict[str, Any]:
    expires = found.mute_expires_at
    return {
        "id": str(found.id),
        "following": found.is_following,
        "showing_reblogs": found.is_following and found.shows_boosts,
        "notifying": found.is_following and found.notifies,
        "languages": found.languages or None,
        "followed_by": found.is_followed_by,
        "blocking": found.is_blocking,
        "blocked_by": found.is_blocked_by,
        "muting": found.is_muting,
        "muting_notifications": found.is_muting_notifications,
        "muting_expires_at": None
        if expires is None
        else expires.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "requested": found.has_asked,
        "requested_by": found.was_asked,
        "domain_blocking": found.is_blocking_domain,
        "endorsed": found.is_endorsed,
        "note": found.note,
    }


def _field(field: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": field["name"],
        "value": field["value"],
        "verified_at": field.get("verified_at"),
    }


def _day(moment: datetime | int | None) -> str | None:
    if isinstance(moment, int):
        moment = datetime.fromtimestamp(moment / 1000, UTC)
    return None if moment is None else moment.strftime("%Y-%m-%d")
