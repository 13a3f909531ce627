"""What a member takes along: what they said, as the world got it, and their lists, as Mastodon's.

The lists are rows of a table, the first of them its head where Mastodon has one, so that they can
be read in anywhere.
"""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from microfed.outbound.render import actor_document
from microfed.outbound.render_activities import announce, create
from microfed.queries.bilan import PERIODS, SPHERES, counted, entries_of
from microfed.queries.collections import boosted_of
from microfed.queries.people import keys_of
from microfed.queries.whole_posts import whole_posts
from microfed.store.database import Tx
from microfed.store.lists import ListMember, PeopleList
from microfed.store.media import StoredFile
from microfed.store.own import Archive, SilencedHost
from microfed.store.people import Actor, Block, Follow, Member, Mute
from microfed.store.posts import Attachment, Bookmark, Like, Post

Rows = list[list[str]]


def find_archive(tx: Tx, member_id: int) -> Archive | None:
    """Return what a member asked for last."""
    return tx.session.get(Archive, member_id)


def profile_document(tx: Tx, actor_id: int) -> dict[str, Any]:
    """Return a member as the world gets them."""
    actor = tx.session.get_one(Actor, actor_id)
    return actor_document(tx.here, actor, keys_of(tx, actor_id))


def address_of(tx: Tx, actor_id: int) -> str:
    """Return how others write to a member: `@name@host`."""
    return f"@{_address(tx, tx.session.get_one(Actor, actor_id).username, '')}"


def language_of(tx: Tx, member_id: int) -> str:
    """Return the language that a member reads."""
    return tx.session.get_one(Member, member_id).language


def count_said(tx: Tx, actor_id: int) -> int:
    """Count all that a member said and passed on."""
    return tx.connection.scalar(select(func.count(Post.id)).where(Post.actor_id == actor_id)) or 0


def said_after(
    tx: Tx, actor_id: int, *, after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Return the next activities of a member, oldest first, and where to go on from, if at all."""
    actor = tx.session.get_one(Actor, actor_id)
    posts = list(
        tx.session.scalars(
            select(Post)
            .where(Post.actor_id == actor_id, Post.id > after)
            .order_by(Post.id)
            .limit(limit)
        )
    )
    boosted = boosted_of(tx, posts)
    own = [post for post in posts if post.boost_of_id is None]
    whole = {post.id: one for post, one in zip(own, whole_posts(tx, own), strict=True)}
    said = []
    for post in posts:
        if post.id in whole:
            # For whom it is, in our own words: `to` and `cc` do not tell the place from a person.
            told = {"microfed": {"audience": post.audience}}
            said.append(create(tx.here, whole[post.id]) | told)
        elif post.id in boosted:
            of, author = boosted[post.id]
            said.append(announce(post, actor=actor, of=of, author_uri=author.uri))
    for document in said:
        document.pop("@context", None)
    return said, posts[-1].id if len(posts) == limit else None


def files_of(tx: Tx, actor_id: int) -> list[str]:
    """Return the keys of the pictures, sound and film that a member shows."""
    rows = tx.connection.scalars(
        select(StoredFile.key)
        .outerjoin(Attachment, Attachment.id == StoredFile.attachment_id)
        .where(
            ((Attachment.owner_id == actor_id) & (StoredFile.slot == "original"))
            | ((StoredFile.actor_id == actor_id) & StoredFile.slot.in_(("avatar", "header")))
        )
        .order_by(StoredFile.key)
    )
    return list(rows)


def _following(tx: Tx, me: int) -> Rows:
    rows = tx.connection.execute(
        select(Actor.username, Actor.host, Follow.shows_boosts, Follow.notifies, Follow.languages)
        .join(Follow, Follow.target_id == Actor.id)
        .where(Follow.follower_id == me, Follow.accepted_at.is_not(None))
        .order_by(Follow.id)
    )
    head = ["Account address", "Show boosts", "Notify on new posts", "Languages"]
    return [head] + [
        [_address(tx, name, host), _word(boosts), _word(notifies), ", ".join(languages or ())]
        for name, host, boosts, notifies, languages in rows
    ]


def _followers(tx: Tx, me: int) -> Rows:
    rows = tx.connection.execute(
        select(Actor.username, Actor.host)
        .join(Follow, Follow.follower_id == Actor.id)
        .where(Follow.target_id == me, Follow.accepted_at.is_not(None))
        .order_by(Follow.id)
    )
    return [["Account address"]] + [[_address(tx, *row)] for row in rows]


def _blocked(tx: Tx, me: int) -> Rows:
    rows = tx.connection.execute(
        select(Actor.username, Actor.host)
        .join(Block, Block.blocked_id == Actor.id)
        .where(Block.blocker_id == me)
        .order_by(Block.id)
    )
    return [[_address(tx, *row)] for row in rows]


def _muted(tx: Tx, me: int) -> Rows:
    rows = tx.connection.execute(
        select(Actor.username, Actor.host, Mute.hides_notifications)
        .join(Mute, Mute.muted_id == Actor.id)
        .where(Mute.muter_id == me)
        .order_by(Mute.id)
    )
    return [["Account address", "Hide notifications"]] + [
        [_address(tx, name, host), _word(hides)] for name, host, hides in rows
    ]


def _kept(tx: Tx, me: int) -> Rows:
    return _uris(tx, Bookmark, me)


def _thanked(tx: Tx, me: int) -> Rows:
    return _uris(tx, Like, me)


def _uris(tx: Tx, table: type[Bookmark] | type[Like], me: int) -> Rows:
    rows = tx.connection.scalars(
        select(Post.uri)
        .join(table, table.post_id == Post.id)
        .where(table.actor_id == me)
        .order_by(table.id)
    )
    return [[uri] for uri in rows]


def _shut_out(tx: Tx, me: int) -> Rows:
    hosts = select(SilencedHost.host).where(SilencedHost.owner_id == me).order_by(SilencedHost.id)
    return [[host] for host in tx.connection.scalars(hosts)]


def _listed(tx: Tx, me: int) -> Rows:
    rows = tx.connection.execute(
        select(PeopleList.title, Actor.username, Actor.host)
        .join(ListMember, ListMember.list_id == PeopleList.id)
        .join(Actor, Actor.id == ListMember.actor_id)
        .where(PeopleList.owner_id == me)
        .order_by(PeopleList.id, ListMember.id)
    )
    return [[title, _address(tx, name, host)] for title, name, host in rows]


def _balance(tx: Tx, me: int) -> Rows:
    head = ["Day", "Where", "Network", "Minutes", "Brought", "Words"]
    return [head] + [
        [
            one.day.date().isoformat(),
            one.side,
            one.name,
            str(one.minutes),
            ", ".join(one.brought),
            one.words,
        ]
        for one in entries_of(tx, me)
    ]


def _counted(tx: Tx, me: int) -> Rows:
    rows: Rows = [["Days", "What", *SPHERES]]
    for days in PERIODS:
        figures = counted(tx, me, since=tx.now - timedelta(days=days))
        rows += [
            [str(days), name, str(one.here), str(one.ring), str(one.elsewhere)]
            for name, one in figures.items()
        ]
    return rows


# The names are those of Mastodon's files, as far as it has them.
LISTS: dict[str, Callable[[Tx, int], Rows]] = {
    "following_accounts": _following,
    "followers": _followers,
    "blocked_accounts": _blocked,
    "muted_accounts": _muted,
    "lists": _listed,
    "blocked_domains": _shut_out,
    "bookmarks": _kept,
    "likes": _thanked,
    "bilan": _balance,
    "bilan_counted": _counted,
}


def _address(tx: Tx, username: str, host: str) -> str:
    return f"{username}@{host or tx.here.domain}"


def _word(is_so: bool) -> str:
    return "true" if is_so else "false"


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Return a table as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
