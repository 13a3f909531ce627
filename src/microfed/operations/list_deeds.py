"""What a line of a list that a member brought does: follow, block, keep, and so on.

Each deed says whether it changed anything: what a member has here already stays as they set it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from microfed.errors import Forbidden, NotFound
from microfed.operations.blocks import block, find_block
from microfed.operations.circles import put_in_circle
from microfed.operations.domains import clean_domain
from microfed.operations.follow_rows import find_follow
from microfed.operations.follows import request_follow
from microfed.operations.keeping import bookmark, write_note
from microfed.operations.lists import make_list, put_on_list
from microfed.operations.silencing import mute, silence_host
from microfed.queries.people import need_actor_by_id
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.circles import Circle, CircleMember
from microfed.store.database import Tx
from microfed.store.lists import ListMember, PeopleList
from microfed.store.own import PersonalNote, SilencedHost
from microfed.store.people import Actor, Mute
from microfed.store.posts import Bookmark, Like
from microfed.text import clean_text


def _follow(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    target = _someone(tx, target_id)
    if find_follow(tx, follower=me, target=target) is not None:
        return False
    wishes = {name: words[name] for name in ("shows_boosts", "notifies", "languages")}
    request_follow(tx, follower=me, target=target, **wishes)
    return True


def _block(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    target = _someone(tx, target_id)
    if find_block(tx, blocker=me, blocked=target) is not None:
        return False
    block(tx, blocker=me, blocked=target)
    return True


def _mute(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    target = _someone(tx, target_id)
    known = select(Mute.id).where(Mute.muter_id == me.id, Mute.muted_id == target.id)
    if tx.connection.scalar(known) is not None:
        return False
    mute(tx, muter=me, muted=target, hides_notifications=words["hides"])
    return True


def _shut_out(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    host = clean_domain(words["what"])
    known = select(SilencedHost.id).where(SilencedHost.owner_id == me.id, SilencedHost.host == host)
    if tx.connection.scalar(known) is not None:
        return False
    silence_host(tx, member=me, host=host)
    return True


def _keep(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    post = need_visible_post(tx, Viewer(me.id), id_=target_id)
    if post.boost_of_id is not None:
        raise NotFound("there is nothing to read at that address")
    known = select(Bookmark.id).where(Bookmark.actor_id == me.id, Bookmark.post_id == post.id)
    if tx.connection.scalar(known) is not None:
        return False
    bookmark(tx, actor=me, post=post)
    return True


def _keep_liked(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    """Who wrote it was told at the time, by the account of then: it is kept, and nobody hears."""
    known = select(Like.id).where(Like.actor_id == me.id, Like.post_id == target_id)
    return tx.connection.scalar(known) is None and _keep(tx, me, target_id, words)


def _put(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    target, title = _someone(tx, target_id), clean_text(words["title"]).strip()
    if target.id == me.id:
        raise Forbidden("one does not follow oneself")
    found = tx.session.scalar(
        select(PeopleList)
        .where(PeopleList.owner_id == me.id, PeopleList.title == title)
        .order_by(PeopleList.id)
        .limit(1)
    )
    if found is None:
        found = make_list(tx, owner=me, title=title)
    known = select(ListMember.id).where(
        ListMember.list_id == found.id, ListMember.actor_id == target.id
    )
    if tx.connection.scalar(known) is not None:
        return False
    if find_follow(tx, follower=me, target=target) is None:
        request_follow(tx, follower=me, target=target)
    put_on_list(tx, found, [target.id])
    return True


def _into_circle(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    found = tx.session.scalars(
        select(Circle)
        .where(Circle.owner_id == me.id, Circle.title == words["title"])
        .order_by(Circle.id)
        .limit(1)
    ).first()
    if found is None:
        raise NotFound("there is no such circle any more")
    inside = select(CircleMember.id).where(
        CircleMember.circle_id == found.id, CircleMember.actor_id == target_id
    )
    if tx.connection.scalar(inside) is not None:
        return False
    put_in_circle(tx, found, [target_id])
    return True


def _note(tx: Tx, me: Actor, target_id: int, words: Mapping[str, Any]) -> bool:
    target = _someone(tx, target_id)
    if tx.session.get(PersonalNote, (me.id, target.id)) is not None:
        return False
    write_note(tx, writer=me, about=target, text=words["text"])
    return True


def _someone(tx: Tx, id_: int) -> Actor:
    found = need_actor_by_id(tx, id_)
    if found.suspended_at is not None:
        raise NotFound("there is no such account")
    return found


DEEDS: dict[str, Callable[[Tx, Actor, int, Mapping[str, Any]], bool]] = {
    "following": _follow,
    "blocks": _block,
    "mutes": _mute,
    "domains": _shut_out,
    "bookmarks": _keep,
    "likes": _keep_liked,
    "lists": _put,
    "circle_people": _into_circle,
    "notes": _note,
}
