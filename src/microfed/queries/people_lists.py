"""People in lists: followers, followed, asked, shown on a profile, found by name."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from microfed.queries.pages import Page, in_order, paged
from microfed.queries.silence import not_silenced
from microfed.queries.visibility import open_to_all
from microfed.store.database import Tx
from microfed.store.own import Endorsement, FeaturedTag
from microfed.store.people import HERE, Actor, Follow, Member
from microfed.store.posts import Post, PostTag, Tag

# (place in the list, actor's id), newest first.
Places = Sequence[Any]
# A private group is on no list: who is in it is nobody else's business.
_STANDS = (Actor.gone_at.is_(None), Actor.suspended_at.is_(None), ~Actor.is_private)


def followers_of(tx: Tx, actor_id: int, page: Page) -> Places:
    """Return a page of who follows someone."""
    return _follows(tx, Follow.target_id == actor_id, Follow.follower_id, page, asked=False)


def followed_by(tx: Tx, actor_id: int, page: Page) -> Places:
    """Return a page of whom someone follows."""
    return _follows(tx, Follow.follower_id == actor_id, Follow.target_id, page, asked=False)


def waiting_for(tx: Tx, actor_id: int, page: Page) -> Places:
    """Return a page of who asked to follow someone."""
    return _follows(tx, Follow.target_id == actor_id, Follow.follower_id, page, asked=True)


def count_waiting(tx: Tx, actor_id: int) -> int:
    """Count who asked to follow someone."""
    asked = select(func.count(Follow.id)).where(
        Follow.target_id == actor_id, Follow.accepted_at.is_(None)
    )
    return tx.connection.scalar(asked) or 0


def endorsed_by(tx: Tx, actor_id: int, page: Page) -> Places:
    """Return a page of whom someone shows on their profile."""
    query = (
        select(Endorsement.id, Endorsement.endorsed_id)
        .join(Actor, Actor.id == Endorsement.endorsed_id)
        .where(Endorsement.actor_id == actor_id, *_STANDS)
    )
    return in_order(list(tx.connection.execute(paged(query, Endorsement.id, page)).all()), page)


def familiar(tx: Tx, me: int, actor_id: int, most: int = 40) -> list[int]:
    """Return those I follow who follow someone, unless that someone hides it."""
    mine, theirs = aliased(Follow), aliased(Follow)
    query = (
        select(mine.target_id)
        .join(theirs, theirs.follower_id == mine.target_id)
        .join(Actor, Actor.id == theirs.target_id)
        .where(
            mine.follower_id == me,
            mine.accepted_at.is_not(None),
            theirs.target_id == actor_id,
            theirs.accepted_at.is_not(None),
            ~Actor.hides_follows,
        )
        .order_by(mine.id.desc())
        .limit(most)
    )
    return list(tx.connection.scalars(query))


def find_people(
    tx: Tx, me: int | None, words: str, *, limit: int, offset: int = 0, only_followed: bool = False
) -> list[int]:
    """Return people whose name begins with `words`, or holds them; those I follow come first."""
    name, _, host = words.strip().removeprefix("@").lower().partition("@")
    if not name:
        return []
    pattern = _like(name)
    exact = Actor.name_key == name
    begins = Actor.name_key.like(f"{pattern}%", escape="\\")
    query = select(Actor.id).where(*_STANDS, Actor.kind != "Application")
    if host:
        theirs = host in (tx.here.domain, tx.here.host)
        place = Actor.host == HERE if theirs else Actor.host.like(f"{_like(host)}%", escape="\\")
        query = query.where(begins, place)
    else:
        shown = func.lower(Actor.display_name).like(f"%{pattern}%", escape="\\")
        query = query.where(or_(begins, shown))
    if me is not None:
        mine = select(Follow.target_id).where(
            Follow.follower_id == me, Follow.accepted_at.is_not(None)
        )
        if only_followed:
            query = query.where(Actor.id.in_(mine))
        # Whoever is silenced is found by their whole name alone: to be heard again.
        query = query.where(or_(exact, not_silenced(me, Actor.id, tx.now, Actor.host))).order_by(
            Actor.id.in_(mine).desc()
        )
    query = query.order_by(exact.desc(), (Actor.host == HERE).desc(), Actor.id.desc())
    return list(tx.connection.scalars(query.limit(limit).offset(offset)))


def wishes_to_be_found() -> tuple[Any, ...]:
    """Return the conditions for standing in a directory, ours or that of apps."""
    return (
        *_STANDS,
        Actor.is_discoverable,
        Actor.silenced_at.is_(None),
        Actor.moved_to_uri.is_(None),
        Actor.kind != "Application",
    )


def directory(
    tx: Tx, me: int | None, *, limit: int, offset: int, by_newest: bool, only_here: bool
) -> list[int]:
    """Return people who wish to be found: who spoke last first, or who came last."""
    query = select(Actor.id).where(*wishes_to_be_found())
    if only_here:
        query = query.join(Member, Member.id == Actor.id).where(Member.suspended_at.is_(None))
    if me is not None:
        query = query.where(not_silenced(me, Actor.id, tx.now, Actor.host))
    if by_newest:
        query = query.order_by(Actor.id.desc())
    else:
        query = query.order_by(func.coalesce(Actor.last_post_at, 0).desc(), Actor.id.desc())
    return list(tx.connection.scalars(query.limit(limit).offset(offset)))


def featured_tags(tx: Tx, actor_id: int) -> Sequence[Any]:
    """Return (id, key, as typed, posts, id of the last one) of the tags someone shows."""
    rows = tx.connection.execute(
        select(
            FeaturedTag.id,
            Tag.name,
            Tag.display,
            func.count(Post.id),
            func.max(Post.id),
        )
        .join(Tag, Tag.id == FeaturedTag.tag_id)
        .outerjoin(PostTag, PostTag.tag_id == Tag.id)
        .outerjoin(
            Post,
            (Post.id == PostTag.post_id) & (Post.actor_id == actor_id) & open_to_all(),
        )
        .where(FeaturedTag.actor_id == actor_id)
        .group_by(FeaturedTag.id, Tag.name, Tag.display)
        .order_by(FeaturedTag.id)
    )
    return rows.all()


def _follows(tx: Tx, condition: Any, shown: Any, page: Page, *, asked: bool) -> Places:
    accepted = Follow.accepted_at.is_(None) if asked else Follow.accepted_at.is_not(None)
    query = (
        select(Follow.id, shown).join(Actor, Actor.id == shown).where(condition, accepted, *_STANDS)
    )
    return in_order(list(tx.connection.execute(paged(query, Follow.id, page)).all()), page)


def _like(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
