"""A list that a member brings stands for what they have here: what it does not name goes.

What goes is written down as lines behind those of the file, when it is brought: whoever goes on
after a power cut takes away neither more nor less.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import func, select

from microfed.here import authority_of
from microfed.operations.blocks import find_block, unblock
from microfed.operations.follow_rows import find_follow
from microfed.operations.follows import unfollow
from microfed.operations.keeping import unbookmark
from microfed.operations.lists import drop_list, take_off_list
from microfed.operations.silencing import hear_host_again, unmute
from microfed.store.database import Tx
from microfed.store.lists import ListMember, PeopleList
from microfed.store.own import SilencedHost
from microfed.store.people import Actor, Block, Follow, Mute
from microfed.store.posts import Bookmark, Post
from microfed.vocab.brought_lists import ReadList

Words = dict[str, Any]
# What one liked is kept among other things: a list of it stands for nothing.
REPLACED = ("following", "blocks", "mutes", "domains", "bookmarks", "lists")


def gone_lines(tx: Tx, *, me: int, kind: str, read: ReadList) -> list[Words]:
    """Return, as lines, what a member has here and the list does not name."""
    named = {_key(words) for _, words in read.lines}
    return [words for words, keys in _FOUND[kind](tx, me) if not named & keys]


def take_away(tx: Tx, kind: str, me: Actor, words: Mapping[str, Any]) -> bool:
    """Do a line that takes something away; say whether it was still there."""
    return _DEEDS[kind](tx, me, words)


def _key(words: Mapping[str, Any]) -> str:
    title = f"{words['title']}\n" if "title" in words else ""
    what: str = words["what"]
    return title + (what if what.startswith(("https://", "http://")) else what.lower())


Found = list[tuple[Words, set[str]]]


def _person(tx: Tx, row: Any, title: str | None = None) -> tuple[Words, set[str]]:
    """Return the line for somebody, and how a file may name them."""
    words: Words = {"goes": True, "id": row.id, "what": f"{row.username}@{_host(tx, row.host)}"}
    if title is not None:
        words["title"] = title
    # A server may have two names; whoever is named by either is meant.
    names = [words["what"], f"{row.username}@{authority_of(row.uri)}", row.uri]
    return words, {_key({**words, "what": name}) for name in names}


def _host(tx: Tx, host: str) -> str:
    return host or tx.here.domain


def _people(table: Any, mine: Any, theirs: Any) -> Callable[[Tx, int], Found]:
    def found(tx: Tx, me: int) -> Found:
        rows = tx.connection.execute(
            select(Actor.id, Actor.username, Actor.host, Actor.uri)
            .join(table, theirs == Actor.id)
            .where(mine == me)
            .order_by(table.id)
        )
        return [_person(tx, row) for row in rows.all()]

    return found


def _listed(tx: Tx, me: int) -> Found:
    rows = tx.connection.execute(
        select(Actor.id, Actor.username, Actor.host, Actor.uri, PeopleList.title)
        .join(ListMember, ListMember.actor_id == Actor.id)
        .join(PeopleList, PeopleList.id == ListMember.list_id)
        .where(PeopleList.owner_id == me)
        .order_by(ListMember.id)
    )
    return [_person(tx, row, row.title) for row in rows.all()]


def _hosts(tx: Tx, me: int) -> Found:
    hosts = select(SilencedHost.host).where(SilencedHost.owner_id == me)
    return [
        ({"goes": True, "id": 0, "what": host}, {host}) for host in tx.connection.scalars(hosts)
    ]


def _kept(tx: Tx, me: int) -> Found:
    rows = tx.connection.execute(
        select(Post.id, Post.uri, Post.url)
        .join(Bookmark, Bookmark.post_id == Post.id)
        .where(Bookmark.actor_id == me)
    )
    return [
        ({"goes": True, "id": row.id, "what": row.uri}, {row.uri, row.url or ""})
        for row in rows.all()
    ]


_FOUND: dict[str, Callable[[Tx, int], Found]] = {
    "following": _people(Follow, Follow.follower_id, Follow.target_id),
    "blocks": _people(Block, Block.blocker_id, Block.blocked_id),
    "mutes": _people(Mute, Mute.muter_id, Mute.muted_id),
    "domains": _hosts,
    "bookmarks": _kept,
    "lists": _listed,
}


def _unfollow(tx: Tx, me: Actor, words: Mapping[str, Any]) -> bool:
    target = tx.session.get(Actor, words["id"])
    if target is None or find_follow(tx, follower=me, target=target) is None:
        return False
    unfollow(tx, follower=me, target=target)
    return True


def _unblock(tx: Tx, me: Actor, words: Mapping[str, Any]) -> bool:
    target = tx.session.get(Actor, words["id"])
    if target is None or find_block(tx, blocker=me, blocked=target) is None:
        return False
    return unblock(tx, blocker=me, blocked=target)


def _unmute(tx: Tx, me: Actor, words: Mapping[str, Any]) -> bool:
    target = tx.session.get(Actor, words["id"])
    return target is not None and unmute(tx, muter=me, muted=target)


def _let_in(tx: Tx, me: Actor, words: Mapping[str, Any]) -> bool:
    return hear_host_again(tx, member=me, host=words["what"])


def _keep_no_more(tx: Tx, me: Actor, words: Mapping[str, Any]) -> bool:
    known = select(Bookmark.id).where(Bookmark.actor_id == me.id, Bookmark.post_id == words["id"])
    post = tx.session.get(Post, words["id"])
    if post is None or tx.connection.scalar(known) is None:
        return False
    unbookmark(tx, actor=me, post=post)
    return True


def _take_off(tx: Tx, me: Actor, words: Mapping[str, Any]) -> bool:
    """A list on which nobody is left goes as well: the file does not name it."""
    found = tx.session.scalars(
        select(PeopleList)
        .join(ListMember, ListMember.list_id == PeopleList.id)
        .where(
            PeopleList.owner_id == me.id,
            PeopleList.title == words["title"],
            ListMember.actor_id == words["id"],
        )
        .limit(1)
    ).first()
    if found is None:
        return False
    take_off_list(tx, found, [words["id"]])
    left = select(func.count(ListMember.id)).where(ListMember.list_id == found.id)
    if not tx.connection.scalar(left):
        drop_list(tx, found)
    return True


_DEEDS: dict[str, Callable[[Tx, Actor, Mapping[str, Any]], bool]] = {
    "following": _unfollow,
    "blocks": _unblock,
    "mutes": _unmute,
    "domains": _let_in,
    "bookmarks": _keep_no_more,
    "lists": _take_off,
}
