"""One post: saying, correcting, taking back, reading it and what stands around it."""

from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import need_asker
from microfed.errors import NotFound, TryLater
from microfed.fetching import carry_out
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.mastodon.answers import array, json_answer, json_bytes, stamp
from microfed.mastodon.media import read_focus
from microfed.mastodon.params import query_params, read_params
from microfed.mastodon.present_accounts import account, emojis
from microfed.mastodon.present_media import media
from microfed.mastodon.present_planned import planned_value
from microfed.mastodon.present_statuses import status, statuses
from microfed.mastodon.timelines import reader
from microfed.mastodon.wishing import read_wish
from microfed.operations.event_polls import ask_whether_they_come
from microfed.operations.gathering import is_thread_due, thread_was_opened
from microfed.operations.media import describe, set_aside
from microfed.operations.post_parts import change_quote_policy
from microfed.operations.posts import need_own
from microfed.operations.taking_back import delete_post
from microfed.operations.wishes import Wish, correct, plan, say
from microfed.queries.apps import app_name
from microfed.queries.context import context_of, history_of
from microfed.queries.people import need_actor_by_id
from microfed.queries.status_parts import attachments_of, parts_of
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.posts import Post

MOST_AT_ONCE = 40


async def create(request: Request) -> Response:
    """Say something: now, or at `scheduled_at`."""
    asker = await need_asker(request, "write:statuses")
    params = await read_params(request)
    wish, due_at = read_wish(params, asker), params.moment("scheduled_at")
    key = request.headers.get("idempotency-key") or None

    def work(tx: Tx) -> bytes:
        author = need_actor_by_id(tx, asker.actor_id)
        wanted = _from_app(tx, wish, asker.app_id)
        if due_at is not None:
            planned = plan(tx, author=author, wish=wanted, due_at=due_at, key=key)
            return orjson.dumps(planned_value(tx, planned))
        post = say(tx, author=author, wish=wanted, key=key)
        ask_whether_they_come(tx, by=author, answer_id=post.id)
        return status(tx, asker.viewer, post.id)

    return json_bytes(await carry_out(house_of(request), work, waits=False))


async def show(request: Request) -> Response:
    """Show one post."""
    viewer, id_ = await reader(request), parse_id(request.path_params["id"])
    return json_bytes(await house_of(request).db.read(lambda tx: status(tx, viewer, id_)))


async def show_several(request: Request) -> Response:
    """Show posts by their ids."""
    viewer, params = await reader(request), query_params(request)
    ids = params.ids("id", MOST_AT_ONCE)
    return json_bytes(await house_of(request).db.read(lambda tx: array(statuses(tx, viewer, ids))))


async def edit(request: Request) -> Response:
    """Correct a post; what is not sent stays as it is."""
    asker = await need_asker(request, "write:statuses")
    params, id_ = await read_params(request), parse_id(request.path_params["id"])
    wish = read_wish(params, asker)
    changes = [(item.id_("id") or 0, item) for item in params.several("media_attributes")]

    def work(tx: Tx) -> bytes:
        post = need_visible_post(tx, asker.viewer, id_=id_)
        author = need_actor_by_id(tx, asker.actor_id)
        need_own(author, post)
        wanted = Wish(
            text=wish.text if "status" in params else post.source or "",
            warning=wish.warning if "spoiler_text" in params else post.warning,
            is_sensitive=wish.is_sensitive if "sensitive" in params else post.is_sensitive,
            language=wish.language,
            quote_policy=wish.quote_policy,
            media_ids=wish.media_ids,
            options=wish.options,
            lasts_seconds=wish.lasts_seconds,
            is_multiple=wish.is_multiple,
            hides_totals=wish.hides_totals,
        )
        for media_id, change in changes:  # before the world is told of the rest
            describe(
                tx,
                owner_id=author.id,
                id_=media_id,
                description=change.text("description"),
                focus=read_focus(change),
            )
        correct(tx, author=author, post=post, wish=wanted)
        return status(tx, asker.viewer, post.id)

    return json_bytes(await carry_out(house_of(request), work, waits=False))


async def remove(request: Request) -> Response:
    """Take a post back; its words are returned, and its pictures kept a while, to be written anew.

    With `delete_media` the pictures go at once.
    """
    asker = await need_asker(request, "write:statuses")
    is_for_good = query_params(request).boolean("delete_media")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> bytes:
        post = _own(tx, asker.actor_id, id_)
        shown: dict[str, Any] = orjson.loads(status(tx, asker.viewer, id_))
        shown["text"] = post.source if post.source is not None else ""
        if not is_for_good:
            set_aside(tx, post_id=id_)
        delete_post(tx, author=need_actor_by_id(tx, asker.actor_id), post=post)
        return orjson.dumps(shown)

    return json_bytes(await house_of(request).db.write(work))


async def context(request: Request) -> Response:
    """Show the conversation around a post."""
    viewer, id_ = await reader(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> tuple[bytes, bool]:
        post = need_visible_post(tx, viewer, id_=id_)
        before, after = context_of(tx, viewer, post)
        body = (
            b'{"ancestors":'
            + array(statuses(tx, viewer, before))
            + b',"descendants":'
            + array(statuses(tx, viewer, after))
            + b"}"
        )
        # Only who lives here may send us round to ask other servers.
        return body, viewer is not None and is_thread_due(tx, post)

    db = house_of(request).db
    body, is_due = await db.read(work)
    if is_due:
        await db.write(lambda tx: thread_was_opened(tx, need_visible_post(tx, viewer, id_=id_)))
    return json_bytes(body)


async def history(request: Request) -> Response:
    """Show how a post read before, oldest first, and how it reads now."""
    viewer, id_ = await reader(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> list[dict[str, Any]]:
        post = need_visible_post(tx, viewer, id_=id_)
        author = orjson.Fragment(account(tx, post.actor_id))
        pictures = [media(tx.here, item) for item in attachments_of(tx, [id_])[id_]]
        shown = [
            {
                "content": edit.content,
                "spoiler_text": edit.warning,
                "sensitive": edit.is_sensitive,
                "created_at": stamp(moment_of(edit.id)),
                "account": author,
                "media_attachments": [
                    item
                    for item in pictures
                    if int(item["id"]) in (edit.extras or {}).get("media", [])
                ],
                "emojis": emojis(tx.here, post.emojis),
                **_poll_then((edit.extras or {}).get("poll")),
            }
            for edit in history_of(tx, post)
        ]
        now = {
            "content": post.content,
            "spoiler_text": post.warning,
            "sensitive": post.is_sensitive,
            "created_at": stamp(post.edited_at or moment_of(post.id)),
            "account": author,
            "media_attachments": pictures,
            "emojis": emojis(tx.here, post.emojis),
            **_poll_then([title for title, _ in parts_of(tx, [id_])[id_].options]),
        }
        return [*shown, now]

    return json_answer(await house_of(request).db.read(work))


async def source(request: Request) -> Response:
    """Return what the author typed."""
    asker = await need_asker(request, "read:statuses")
    id_ = parse_id(request.path_params["id"])

    def work(tx: Tx) -> dict[str, Any]:
        post = _own(tx, asker.actor_id, id_)
        return {"id": str(post.id), "text": post.source or "", "spoiler_text": post.warning}

    return json_answer(await house_of(request).db.read(work))


async def translate(request: Request) -> Response:
    """Say that nothing is translated here: that would send words to someone else's machine."""
    asker = await need_asker(request, "read:statuses")
    id_ = parse_id(request.path_params["id"])
    await house_of(request).db.read(lambda tx: need_visible_post(tx, asker.viewer, id_=id_).id)
    raise TryLater("translations are not available here")


async def card(request: Request) -> Response:
    """Return the preview of the page a post leads to; empty when there is none."""
    viewer, id_ = await reader(request), parse_id(request.path_params["id"])

    def work(tx: Tx) -> Any:
        post = need_visible_post(tx, viewer, id_=id_)
        return (post.extras or {}).get("card") or {}

    return json_answer(await house_of(request).db.read(work))


async def interaction_policy(request: Request) -> Response:
    """Say anew who may quote a post."""
    asker = await need_asker(request, "write:statuses")
    params, id_ = await read_params(request), parse_id(request.path_params["id"])
    policy = params.text("quote_approval_policy") or "nobody"

    def work(tx: Tx) -> bytes:
        post = _own(tx, asker.actor_id, id_)
        author = need_actor_by_id(tx, asker.actor_id)
        change_quote_policy(tx, author=author, post=post, policy=policy)
        return status(tx, asker.viewer, id_)

    return json_bytes(await house_of(request).db.write(work))


def _own(tx: Tx, actor_id: int, id_: int) -> Post:
    """Return someone's own post: to others there is none to change (security: 404, not 403)."""
    post = tx.session.get(Post, id_)
    if post is None or post.actor_id != actor_id or post.boost_of_id is not None:
        raise NotFound("there is no such post")
    return post


def _poll_then(titles: list[str] | None) -> dict[str, Any]:
    return {"poll": {"options": [{"title": title} for title in titles]}} if titles else {}


def _from_app(tx: Tx, wish: Wish, app_id: int | None) -> Wish:
    name = None if app_id is None else app_name(tx, app_id)
    return wish if name is None else replace(wish, application=name)


routes = [
    Route("/api/v1/statuses", create, methods=["POST"]),
    Route("/api/v1/statuses", show_several),
    Route("/api/v1/statuses/{id}", show),
    Route("/api/v1/statuses/{id}", edit, methods=["PUT"]),
    Route("/api/v1/statuses/{id}", remove, methods=["DELETE"]),
    Route("/api/v1/statuses/{id}/context", context),
    Route("/api/v1/statuses/{id}/history", history),
    Route("/api/v1/statuses/{id}/source", source),
    Route("/api/v1/statuses/{id}/translate", translate, methods=["POST"]),
    Route("/api/v1/statuses/{id}/card", card),
    Route("/api/v1/statuses/{id}/interaction_policy", interaction_policy, methods=["PUT"]),
]
