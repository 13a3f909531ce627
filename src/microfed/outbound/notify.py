"""Notifications: a row for a member, and a word to their open streams."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, exists, insert, or_, select

from microfed.ids import id_at, moment_of
from microfed.outbound.attention import attention
from microfed.outbound.pushes import queue_pushes
from microfed.store.database import Tx
from microfed.store.insert import insert_once
from microfed.store.own import MutedThread, SilencedHost
from microfed.store.people import Actor, Block, Follow, Member, Mute
from microfed.store.posts import HomeEntry, Post
from microfed.store.queues import Notification
from microfed.store.reading import NotificationPermission, NotificationRequest
from microfed.store.rows import Moment
from microfed.vocab.audience import Audience

# What a member may be told of strangers: accept, filter (to be looked at apart) or drop.
POLICY = {
    "for_not_following": "accept",
    "for_not_followers": "accept",
    "for_new_accounts": "accept",
    "for_private_mentions": "filter",
    "for_limited_accounts": "filter",
}
VERDICTS = ("accept", "filter", "drop")
NEW_FOR = timedelta(days=30)
# What comes from people one does not know can be kept apart; what the place itself says cannot.
_OF_PEOPLE = frozenset(
    ("mention", "follow", "follow_request", "boost", "like", "quote", "introduction")
)

_OWNER, _FROM = bindparam("owner", type_=BigInteger), bindparam("from_", type_=BigInteger)
_LISTENS = select(Member.preferences).where(
    Member.id == _OWNER,
    ~or_(
        exists(select(Block.id).where(Block.blocker_id == _OWNER, Block.blocked_id == _FROM)),
        exists(
            select(Mute.id).where(
                Mute.muter_id == _OWNER,
                Mute.muted_id == _FROM,
                Mute.hides_notifications,
                or_(Mute.expires_at.is_(None), Mute.expires_at > bindparam("now", type_=Moment())),
            )
        ),
        exists(select(Actor.id).where(Actor.id == _FROM, Actor.suspended_at.is_not(None))),
        exists(
            select(SilencedHost.id)
            .join(Actor, Actor.host == SilencedHost.host)
            .where(SilencedHost.owner_id == _OWNER, Actor.id == _FROM)
        ),
        exists(
            select(MutedThread.thread_id)
            .join(Post, Post.thread_id == MutedThread.thread_id)
            .where(MutedThread.actor_id == _OWNER, Post.id == bindparam("post", type_=BigInteger))
        ),
    ),
)
_SAME = select(Notification.id).where(
    Notification.owner_id == _OWNER,
    Notification.kind == bindparam("kind"),
    Notification.from_id == _FROM,
)
_SAME_POST = _SAME.where(Notification.post_id == bindparam("post"))
_SAME_ABOUT = _SAME.where(
    Notification.post_id.is_(None),
    Notification.about_id.is_not_distinct_from(bindparam("about", type_=BigInteger)),
)
_WHO_WAITS = select(Follow.follower_id).where(
    Follow.target_id == bindparam("author"), Follow.accepted_at.is_not(None), Follow.notifies
)
_WHO_HAS_IT = select(HomeEntry.owner_id).where(
    HomeEntry.post_id == bindparam("post"),
    HomeEntry.owner_id.in_(bindparam("owners", expanding=True)),
)


def notify(
    tx: Tx,
    *,
    owner_id: int,
    kind: str,
    from_id: int,
    post_id: int | None = None,
    about_id: int | None = None,
) -> None:
    """Tell a member something, unless it is about themselves or from someone they silenced.

    What their policy sets apart is kept, and told to nobody until they ask.
    """
    if owner_id == from_id:
        return
    given = {"owner": owner_id, "from_": from_id, "now": tx.now, "post": post_id}
    found = tx.connection.execute(_LISTENS, given).first()
    if found is None:
        return
    asked = {**given, "kind": kind}
    same = (
        tx.connection.scalar(_SAME_ABOUT, {**asked, "about": about_id})
        if post_id is None
        else tx.connection.scalar(_SAME_POST, asked)
    )
    if same is not None:
        return  # liked, unliked, liked again: said once
    verdict = "accept"
    if kind in _OF_PEOPLE:
        policy = {**POLICY, **(found[0] or {}).get("notification_policy", {})}
        verdict = _judge(tx, policy, owner_id, from_id, kind, post_id)
    if verdict == "drop":
        return
    id_ = id_at(tx.now)
    tx.connection.execute(
        insert(Notification),
        {
            "id": id_,
            "owner_id": owner_id,
            "kind": kind,
            "from_id": from_id,
            "post_id": post_id,
            "about_id": about_id,
            "is_filtered": verdict == "filter",
        },
    )
    if verdict == "filter":
        _ask_for(tx, owner_id, from_id, post_id)
    else:
        tx.tell("stream", ("notification", owner_id, id_))
        queue_pushes(tx, owner_id=owner_id, notification_id=id_, kind=kind, from_id=from_id)


def notify_of_post(
    tx: Tx, *, author_id: int, post_id: int, reply_to_actor_id: int | None = None
) -> None:
    """Tell those who asked to hear of everything its author says, if it stands in their home.

    What is said in answer to others is no news.
    """
    if reply_to_actor_id not in (None, author_id):
        return
    if not attention(tx, author_id=author_id, post_id=post_id).rings:
        return
    waiting = tx.connection.scalars(_WHO_WAITS, {"author": author_id}).all()
    if not waiting:
        return
    for owner_id in tx.connection.scalars(_WHO_HAS_IT, {"post": post_id, "owners": waiting}).all():
        notify(tx, owner_id=owner_id, kind="post", from_id=author_id, post_id=post_id)


def notify_of_edit(tx: Tx, *, author_id: int, post_id: int) -> None:
    """Tell the neighbours who passed a post on, or quote it, that it reads otherwise now."""
    tx.flush()
    boosters = select(Post.actor_id).where(Post.boost_of_id == post_id, Post.is_local)
    for owner_id in tx.connection.scalars(boosters).all():
        notify_again(tx, owner_id=owner_id, kind="edit", from_id=author_id, post_id=post_id)
    quoting = select(Post.actor_id, Post.id).where(
        Post.quote_of_id == post_id, Post.is_local, Post.quote_state == "accepted"
    )
    for owner_id, quoting_id in tx.connection.execute(quoting).all():
        notify_again(
            tx, owner_id=owner_id, kind="quoted_edit", from_id=author_id, post_id=quoting_id
        )


def take_back_notification(
    tx: Tx,
    *,
    owner_id: int,
    kind: str,
    from_id: int,
    post_id: int | None = None,
    about_id: int | None = None,
) -> None:
    """What it was about is undone: nobody needs to read it any more."""
    tx.connection.execute(
        delete(Notification).where(
            Notification.owner_id == owner_id,
            Notification.kind == kind,
            Notification.from_id == from_id,
            Notification.post_id.is_(None) if post_id is None else Notification.post_id == post_id,
            *(() if about_id is None else (Notification.about_id == about_id,)),
        )
    )


def notify_again(tx: Tx, *, owner_id: int, kind: str, from_id: int, post_id: int) -> None:
    """Something that may happen several times is told once, as the newest."""
    take_back_notification(tx, owner_id=owner_id, kind=kind, from_id=from_id, post_id=post_id)
    notify(tx, owner_id=owner_id, kind=kind, from_id=from_id, post_id=post_id)


def _judge(
    tx: Tx,
    policy: Mapping[str, Any],
    owner_id: int,
    from_id: int,
    kind: str,
    post_id: int | None,
) -> str:
    """Return accept, filter or drop: the strictest of what the policy says of this person."""
    if all(verdict == "accept" for verdict in policy.values()):
        return "accept"
    person = tx.connection.execute(
        select(Actor.host, Actor.silenced_at, Actor.published_at).where(Actor.id == from_id)
    ).one()
    follows = _stands(tx, owner_id, from_id)
    reasons = []
    if follows is None:
        reasons.append("for_not_following")
        if person.silenced_at is not None:
            reasons.append("for_limited_accounts")
        if kind == "mention" and person.host and _is_unasked(tx, owner_id, post_id):
            reasons.append("for_private_mentions")
    followed = _stands(tx, from_id, owner_id)
    if followed is None:
        reasons.append("for_not_followers")
    if (person.published_at or moment_of(from_id)) > tx.now - NEW_FOR and follows is None:
        reasons.append("for_new_accounts")
    verdicts = {policy[reason] for reason in reasons}
    if not verdicts - {"accept"}:
        return "accept"
    allowed = select(NotificationPermission.from_id).where(
        NotificationPermission.owner_id == owner_id, NotificationPermission.from_id == from_id
    )
    if tx.connection.scalar(allowed) is not None:
        return "accept"
    return "drop" if "drop" in verdicts else "filter"


def _stands(tx: Tx, follower_id: int, target_id: int) -> int | None:
    return tx.connection.scalar(
        select(Follow.id).where(
            Follow.follower_id == follower_id,
            Follow.target_id == target_id,
            Follow.accepted_at.is_not(None),
        )
    )


def _is_unasked(tx: Tx, owner_id: int, post_id: int | None) -> bool:
    """Say whether a private word from elsewhere is no answer to what its reader said."""
    row = tx.connection.execute(
        select(Post.audience, Post.in_reply_to_actor_id, Post.thread_id).where(Post.id == post_id)
    ).first()
    if row is None or row.audience != Audience.PEOPLE or row.in_reply_to_actor_id == owner_id:
        return False
    said = select(Post.id).where(Post.thread_id == row.thread_id, Post.actor_id == owner_id)
    return tx.connection.scalar(said.limit(1)) is None


def _ask_for(tx: Tx, owner_id: int, from_id: int, post_id: int | None) -> None:
    values = {
        "id": id_at(tx.now),
        "owner_id": owner_id,
        "from_id": from_id,
        "last_post_id": post_id,
        "updated_at": tx.now,
    }
    if insert_once(tx, NotificationRequest, values):
        return
    request = tx.session.scalars(
        select(NotificationRequest).where(
            NotificationRequest.owner_id == owner_id, NotificationRequest.from_id == from_id
        )
    ).one()
    request.updated_at = tx.now
    request.last_post_id = post_id or request.last_post_id
    tx.flush()
