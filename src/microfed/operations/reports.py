"""Reports: somebody says that something is wrong; those who look after the place are told."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.outbound.deliver import deliver
from microfed.outbound.notify import notify
from microfed.outbound.recipients import inboxes_of
from microfed.outbound.render import activity
from microfed.queries.people import instance_actor
from microfed.store.database import Tx
from microfed.store.moderation import Report
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.text import bare_text

CATEGORIES = ("spam", "legal", "violation", "other")
MOST_COMMENT = 5_000
MOST_POSTS = 50


def report(
    tx: Tx,
    *,
    reporter: Actor,
    target: Actor,
    posts: Sequence[Post] = (),
    comment: str = "",
    category: str = "other",
    rule_ids: Iterable[int] = (),
    is_forwarded: bool = False,
    uri: str | None = None,
) -> Report:
    """`reporter` says that something is wrong with `target`; `posts` must be theirs.

    With `is_forwarded`, the server of a target elsewhere is told too, by the place itself: nobody
    there learns who reported.
    """
    if category not in CATEGORIES:
        raise Invalid(f"a report is about one of {', '.join(CATEGORIES)}", {"category": "unknown"})
    if any(post.actor_id != target.id for post in posts):
        raise Invalid("these posts are not by the person reported", {"status_ids": "of others"})
    words = bare_text(comment)[:MOST_COMMENT]
    made = Report(
        id=id_at(tx.now),
        uri=uri,
        reporter_id=reporter.id,
        target_id=target.id,
        post_ids=[post.id for post in posts[:MOST_POSTS]],
        comment=words,
        category=category,
        rule_ids=list(rule_ids),
        is_forwarded=is_forwarded and not target.is_local,
    )
    tx.session.add(made)
    tx.flush()
    for keeper_id in keepers(tx):
        notify(tx, owner_id=keeper_id, kind="report", from_id=reporter.id, about_id=made.id)
    if made.is_forwarded:
        place = instance_actor(tx)
        flag = activity(
            "Flag",
            id_=f"{tx.here.url}/reports/{made.id}",
            actor=place.uri,
            to=[target.uri],
            object_=[target.uri, *(post.uri for post in posts[:MOST_POSTS])],
            content=words,
        )
        deliver(tx, flag, sender=place, inboxes=inboxes_of(tx, [target.id], is_shared=True))
    return made


def keepers(tx: Tx) -> list[int]:
    """Return the ids of the members who look after the place."""
    return list(
        tx.connection.scalars(
            select(Member.id).where(
                Member.role.in_(("admin", "organiser")), Member.suspended_at.is_(None)
            )
        )
    )
