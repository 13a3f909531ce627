"""Myself: my account as only I see it, how I show myself, how I like to read and post."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Asker, find_asker, need_asker
from microfed.errors import Forbidden, Unauthorized
from microfed.house import house_of
from microfed.mastodon.answers import json_answer
from microfed.mastodon.params import Params, read_params
from microfed.mastodon.present_accounts import credentials
from microfed.operations.profiles import (
    ProfileChange,
    change_habits,
    change_profile,
    remove_picture,
)
from microfed.queries.people import need_actor_by_id
from microfed.queries.people_lists import count_waiting
from microfed.store.database import Tx
from microfed.store.people import Actor, Member

_PROFILE = (
    *("id", "display_name", "locked", "bot", "hide_collections", "discoverable", "indexable"),
    *("show_media", "show_media_replies", "show_featured", "avatar_description"),
    "header_description",
)


async def verify(request: Request) -> Response:
    """Show my own account: the first thing an app asks."""
    asker = await _reader_of_me(request)
    return json_answer(await house_of(request).db.read(lambda tx: _me(tx, asker.actor_id)))


async def update(request: Request) -> Response:
    """Change how I show myself, and what my posts usually are."""
    asker = await need_asker(request, "write:accounts")
    params = await read_params(request)
    return json_answer(await house_of(request).db.write(lambda tx: _update(tx, asker, params)))


async def show_profile(request: Request) -> Response:
    """Show my profile as I typed it."""
    asker = await _reader_of_me(request)
    return json_answer(await house_of(request).db.read(lambda tx: _profile(tx, asker.actor_id)))


async def update_profile(request: Request) -> Response:
    """Change my profile."""
    asker = await need_asker(request, "write:accounts")
    params = await read_params(request)

    def work(tx: Tx) -> dict[str, Any]:
        _update(tx, asker, params)
        return _profile(tx, asker.actor_id)

    return json_answer(await house_of(request).db.write(work))


async def remove_avatar(request: Request) -> Response:
    """Take my picture away."""
    return await _remove(request, "avatar")


async def remove_header(request: Request) -> Response:
    """Take the picture at the top of my profile away."""
    return await _remove(request, "header")


async def preferences(request: Request) -> Response:
    """Show how I like to read and post."""
    asker = await need_asker(request, "read:accounts")

    def work(tx: Tx) -> dict[str, Any]:
        wishes = tx.session.get_one(Member, asker.actor_id).preferences or {}
        return {
            "posting:default:visibility": wishes.get("visibility", "public"),
            "posting:default:sensitive": bool(wishes.get("sensitive", False)),
            "posting:default:language": wishes.get("language") or None,
            "posting:default:quote_policy": wishes.get("quote_policy", "public"),
            "reading:expand:media": wishes.get("expand_media", "default"),
            "reading:expand:spoilers": bool(wishes.get("expand_warnings", False)),
            "reading:autoplay:gifs": bool(wishes.get("autoplay", False)),
        }

    return json_answer(await house_of(request).db.read(work))


async def _reader_of_me(request: Request) -> Asker:
    asker = await find_asker(request)
    if asker is None:
        raise Unauthorized("The access token is invalid")
    if not asker.may("read:accounts") and not asker.may("profile"):
        raise Forbidden("This action is outside the authorized scopes")
    return asker


async def _remove(request: Request, which: str) -> Response:
    asker = await need_asker(request, "write:accounts")

    def work(tx: Tx) -> dict[str, Any]:
        remove_picture(tx, actor=need_actor_by_id(tx, asker.actor_id), which=which)
        return _me(tx, asker.actor_id)

    return json_answer(await house_of(request).db.write(work))


def _me(tx: Tx, actor_id: int) -> dict[str, Any]:
    actor = need_actor_by_id(tx, actor_id)
    member = tx.session.get_one(Member, actor_id)
    return credentials(tx.here, actor, member, waiting=count_waiting(tx, actor_id))


def _profile(tx: Tx, actor_id: int) -> dict[str, Any]:
    mine = _me(tx, actor_id)
    actor = need_actor_by_id(tx, actor_id)
    avatar = mine["avatar"] if actor.avatar_uri else None
    header = mine["header"] if actor.header_uri else None
    return {
        **{name: mine[name] for name in _PROFILE},
        "note": mine["source"]["note"],
        "fields": mine["source"]["fields"],
        "attribution_domains": mine["source"]["attribution_domains"],
        "avatar": avatar,
        "avatar_static": avatar,
        "header": header,
        "header_static": header,
    }


def _update(tx: Tx, asker: Asker, params: Params) -> dict[str, Any]:
    actor: Actor = need_actor_by_id(tx, asker.actor_id)
    habits = params.inside("source")
    change_habits(
        tx,
        member=tx.session.get_one(Member, asker.actor_id),
        visibility=habits.text("privacy"),
        is_sensitive=habits.maybe("sensitive"),
        language=habits.text("language"),
        quote_policy=habits.text("quote_policy"),
    )
    fields = None
    if "fields_attributes" in params:
        fields = [
            (one.text("name", "") or "", one.text("value", "") or "")
            for one in params.several("fields_attributes")
        ]
    change = ProfileChange(
        display_name=params.text("display_name"),
        note=params.text("note"),
        fields=fields,
        is_locked=params.maybe("locked"),
        is_bot=params.maybe("bot"),
        is_discoverable=params.maybe("discoverable"),
        is_indexable=params.maybe("indexable"),
        hides_follows=params.maybe("hide_collections"),
        avatar_description=params.text("avatar_description"),
        header_description=params.text("header_description"),
        show_media=params.maybe("show_media"),
        show_media_replies=params.maybe("show_media_replies"),
        show_featured=params.maybe("show_featured"),
        attribution_domains=params.texts("attribution_domains")
        if "attribution_domains" in params
        else None,
    )
    change_profile(tx, actor=actor, change=change)
    return _me(tx, asker.actor_id)


routes = [
    Route("/api/v1/accounts/verify_credentials", verify),
    Route("/api/v1/accounts/update_credentials", update, methods=["PATCH"]),
    Route("/api/v1/profile", show_profile),
    Route("/api/v1/profile", update_profile, methods=["PATCH"]),
    Route("/api/v1/profile/avatar", remove_avatar, methods=["DELETE"]),
    Route("/api/v1/profile/header", remove_header, methods=["DELETE"]),
    Route("/api/v1/preferences", preferences),
]
