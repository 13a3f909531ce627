"""Posts as pages show them: a list of ids becomes what a reader sees, in a handful of queries."""

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Executable,
    bindparam,
    select,
)

from microfed.ids import moment_of
from microfed.outbound.media import NO_EMOJIS, avatar_url, emojis_shown
from microfed.queries.attached import attachments_of
from microfed.queries.post_marks import marks_of, polls_of
from microfed.queries.views import LinkView, PersonView, PostView
from microfed.queries.visibility import (
    Viewer,
    as_values,
    someone,
    standing_of,
    visible_to,
)
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Post
from microfed.text import called
from microfed.vocab.audience import Audience

_COLUMNS = (
    Post.id,
    Post.uri,
    Post.url,
    Post.is_local,
    Post.actor_id,
    Post.kind,
    Post.boost_of_id,
    Post.group_id,
    Post.title,
    Post.content,
    Post.warning,
    Post.emojis,
    Post.is_sensitive,
    Post.language,
    Post.extras,
    Post.edited_at,
    Post.audience,
    Post.in_reply_to_id,
    Post.in_reply_to_uri,
    Post.in_reply_to_actor_id,
    Post.replies_count,
    Post.boosts_count,
    Post.likes_count,
    Post.quote_of_id,
    Post.quote_state,
    Post.quote_policy,
)


def load_posts(
    tx: Tx, ids: Sequence[int], viewer: Viewer | None, *, with_quotes: bool = True
) -> list[PostView]:
    """Return the posts with those ids that `viewer` may see, in the order of `ids`.

    A boost becomes the post it passes on, if that one may be seen too. At most seven queries,
    however many posts.
    """
    if not ids:
        return []
    rows = _rows(tx, ids, viewer)
    passed_on = {row.boost_of_id for row in rows.values()} - {None}
    originals = rows | _rows(tx, passed_on - rows.keys(), viewer)
    shown: list[tuple[Any, Any]] = []
    for id_ in ids:
        entry = rows.get(id_)
        row = None if entry is None else originals.get(entry.boost_of_id or entry.id)
        if row is not None:
            shown.append((entry, row))
    post_ids = {row.id for _, row in shown}
    people = load_people(
        tx,
        {entry.actor_id for entry, _ in shown}
        | {row.actor_id for _, row in shown}
        | {row.in_reply_to_actor_id for _, row in shown if row.in_reply_to_actor_id}
        | {row.group_id for _, row in shown if row.group_id},
    )
    attachments = attachments_of(tx, post_ids)
    # What the place votes on has a page of its own, where the post leads.
    asked = {row.id for _, row in shown if row.kind == "question" and not _is_vote(row.extras)}
    polls = polls_of(tx, asked, viewer)
    marks = marks_of(tx, post_ids, viewer)
    quoted = _quoted(tx, [row for _, row in shown], viewer) if with_quotes else {}
    return [
        PostView(
            id=row.id,
            entry_id=entry.id,
            uri=row.uri,
            url=_page_of(tx, row, people[row.actor_id]),
            author=people[row.actor_id],
            boosted_by=people[entry.actor_id] if entry.boost_of_id is not None else None,
            title=row.title,
            content=row.content,
            warning=row.warning,
            is_sensitive=row.is_sensitive or people[row.actor_id].is_veiled,
            language=row.language,
            published_at=moment_of(row.id),
            edited_at=row.edited_at,
            audience=Audience(row.audience),
            in_reply_to_id=row.in_reply_to_id,
            in_reply_to=people.get(row.in_reply_to_actor_id),
            attachments=tuple(attachments.get(row.id, ())),
            poll=polls.get(row.id),
            replies_count=row.replies_count,
            boosts_count=row.boosts_count,
            likes_count=row.likes_count,
            link=_link(row.extras),
            quote_state=row.quote_state,
            quoted=quoted.get(row.quote_of_id),
            group=people.get(row.group_id),
            emojis=emojis_shown(tx.here, row.emojis),
            may_be_quoted=row.quote_policy != "nobody",
            is_liked=("like", row.id) in marks,
            is_boosted=("boost", row.id) in marks,
            is_bookmarked=("bookmark", row.id) in marks,
            is_pinned=("pin", row.id) in marks,
        )
        for entry, row in shown
    ]


def _is_vote(extras: dict[str, Any] | None) -> bool:
    return bool((extras or {}).get("vote"))


def _quoted(tx: Tx, rows: Sequence[Any], viewer: Viewer | None) -> dict[int, PostView]:
    """Return what is quoted with leave, as far as `viewer` may see it; a quote in it is a link."""
    ids = list({row.quote_of_id for row in rows if row.quote_state == "accepted"} - {None})
    found = load_posts(tx, ids, viewer, with_quotes=False) if ids else []
    return {post.id: post for post in found}


def _link(extras: dict[str, Any] | None) -> LinkView | None:
    card = (extras or {}).get("card")
    if card is None:
        return None
    return LinkView(
        url=card["url"],
        title=card["title"],
        description=card["description"],
        provider=card["provider_name"],
        image_url=card["image"],
        image_description=card["image_description"],
    )


def load_people(tx: Tx, ids: Collection[int]) -> dict[int, PersonView]:
    """Return people by id, as pages name them."""
    if not ids:
        return {}
    rows = tx.connection.execute(_PEOPLE, {"ids": list(ids)})
    return {row.id: _person(tx, row) for row in rows}


def _person(tx: Tx, row: Any) -> PersonView:
    written = row.display_name or row.username
    pictures = emojis_shown(tx.here, row.emojis) if written.count(":") > 1 else NO_EMOJIS
    return PersonView(
        id=row.id,
        username=row.username,
        handle=f"@{row.username}@{row.host or tx.here.domain}",
        display_name=called(row.display_name, row.username, row.emojis),
        written_name=written,
        emojis=pictures,
        url=tx.here.profile(row.username) if row.host == HERE else row.url or row.uri,
        face_url=avatar_url(tx.here, row.id, row.avatar_uri),
        is_local=row.host == HERE,
        is_veiled=row.sensitized_at is not None,
        is_group=row.kind == "Group",
    )


def _rows(tx: Tx, ids: Collection[int], viewer: Viewer | None) -> dict[int, Any]:
    if not ids:
        return {}
    values = {"ids": list(ids), **as_values(viewer)}
    return {row.id: row for row in tx.connection.execute(_shown(standing_of(viewer)), values)}


# The questions of every page are built once: building one costs more than its answer.


@lru_cache(3)
def _shown(standing: bool | None) -> Executable:
    asked: Any = bindparam("ids", expanding=True)
    return select(*_COLUMNS).where(Post.id.in_(asked), visible_to(someone(standing)))


_PEOPLE = select(
    Actor.id,
    Actor.username,
    Actor.host,
    Actor.kind,
    Actor.display_name,
    Actor.emojis,
    Actor.uri,
    Actor.url,
    Actor.avatar_uri,
    Actor.sensitized_at,
).where(Actor.id.in_(bindparam("ids", expanding=True)))


def _page_of(tx: Tx, row: Any, author: PersonView) -> str:
    return tx.here.post_page(author.username, row.id) if row.is_local else row.url or row.uri
