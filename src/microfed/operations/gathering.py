"""Gathering what others said before we heard of them: threads, profiles, what we slept through.

Here it is only decided what is worth asking for; workers ask, politely and in the background.
"""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from microfed.operations.jobs import add_job
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Follow
from microfed.store.posts import Post

AGAIN_AFTER = timedelta(minutes=15)
PROFILE_AGAIN_AFTER = timedelta(days=1)
STALE_AFTER = timedelta(days=1)
# GoToSocial tries for a few minutes only: what it sent while we were away longer must be asked for.
SLEPT = timedelta(minutes=5)
MOST_POLLED = 1_000
POLLED_WITHIN = 600.0
_ALIVE = "last_alive_at"


def thread_was_opened(tx: Tx, post: Post) -> None:
    """Somebody reads a conversation: what is missing of it is asked for, now and then."""
    if post.in_reply_to_uri is not None and post.in_reply_to_id is None:
        complete_ancestors(tx, post.id)
    root = tx.session.get(Post, post.thread_id or post.id)
    if root is None or root.is_local:
        return
    if _is_due(root.extras, "gathered_at", tx.now, AGAIN_AFTER):
        root.extras = {**(root.extras or {}), "gathered_at": tx.now.isoformat()}
        add_job(tx, "replies", key=str(root.id), arguments={"post_id": root.id})


def is_thread_due(tx: Tx, post: Post) -> bool:
    """Say whether something of a conversation should be asked for: a read, for those who read."""
    if post.in_reply_to_uri is not None and post.in_reply_to_id is None:
        return True
    root = tx.session.get(Post, post.thread_id or post.id)
    if root is None or root.is_local:
        return False
    return _is_due(root.extras, "gathered_at", tx.now, AGAIN_AFTER)


def is_profile_due(tx: Tx, actor: Actor) -> bool:
    """Say whether the latest of a profile should be asked for: a read, for those who look."""
    if actor.is_local or actor.outbox_uri is None:
        return False
    return _is_due(actor.extras, "gathered_at", tx.now, PROFILE_AGAIN_AFTER)


def complete_ancestors(tx: Tx, post_id: int) -> None:
    """A post answers something we do not have: it is asked for, up to the first of the thread."""
    add_job(tx, "ancestors", key=str(post_id), arguments={"post_id": post_id})


def profile_was_opened(tx: Tx, actor: Actor) -> None:
    """Somebody looks at a profile from elsewhere: its latest posts are asked for once a day."""
    if is_profile_due(tx, actor):
        actor.extras = {**actor.extras, "gathered_at": tx.now.isoformat()}
        add_job(tx, "profile", key=str(actor.id), arguments={"actor_id": actor.id})


def refresh_if_stale(tx: Tx, actor: Actor) -> None:
    """Someone elsewhere is heard of whose profile is older than a day: it is read anew."""
    if actor.fetched_at is None or tx.now - actor.fetched_at > STALE_AFTER:
        add_job(tx, "refresh", key=str(actor.id), arguments={"actor_id": actor.id})


def we_are_awake(tx: Tx, *, factor: float = 1.0) -> int:
    """Note that we run; after a while of silence, have the outboxes of all who are followed here
    read, spread over some minutes. Returns how many."""
    known = tx.session.get(Setting, _ALIVE)
    before = None if known is None else datetime.fromisoformat(known.value)
    if known is None:
        tx.session.add(Setting(name=_ALIVE, value=tx.now.isoformat()))
    else:
        known.value = tx.now.isoformat()
    if before is None or tx.now - before < SLEPT:
        return 0
    followed = tx.connection.execute(
        select(Follow.target_id)
        .distinct()
        .join(Actor, Actor.id == Follow.target_id)
        .where(Actor.host != HERE, Follow.accepted_at.is_not(None), Actor.outbox_uri.is_not(None))
        .limit(MOST_POLLED)
    )
    polled = 0
    for (actor_id,) in followed:
        # Chance, not secrecy: not everyone at once.
        later = timedelta(seconds=random.uniform(0, POLLED_WITHIN) * factor)  # noqa: S311
        arguments: dict[str, Any] = {"actor_id": actor_id, "since": before.isoformat()}
        polled += add_job(
            tx, "outbox", key=str(actor_id), arguments=arguments, due_at=tx.now + later
        )
    return polled


def _is_due(extras: dict[str, Any] | None, key: str, now: datetime, after: timedelta) -> bool:
    before = (extras or {}).get(key)
    return before is None or now - datetime.fromisoformat(before) >= after
