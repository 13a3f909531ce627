"""Handling reports: who takes one up, what it turns out to be about, when it is done with."""

from collections.abc import Iterable, Sequence

from sqlalchemy import update

from microfed.errors import Conflict, Invalid
from microfed.operations.event_leaving import guests_are_told
from microfed.operations.journal import name_of, need_keeper, note_deed
from microfed.operations.letters import write_to_member
from microfed.operations.moderation import act
from microfed.operations.people import bury
from microfed.operations.posts import send_update
from microfed.operations.reports import CATEGORIES
from microfed.operations.taking_back import delete_post
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import Actor
from microfed.store.posts import Post


def take_up(tx: Tx, *, by: Actor, report: Report) -> None:
    """A keeper takes a report up; the others see it. Raises Conflict when another is at it."""
    need_keeper(tx, by)
    _need_open(report)
    if report.assigned_id == by.id:
        return
    if report.assigned_id is not None:
        raise Conflict("somebody else is at it already; they, or you, can leave it to others first")
    report.assigned_id = by.id
    _note(tx, by, "take_up", report)


def put_down(tx: Tx, *, by: Actor | None, report: Report) -> None:
    """Nobody is at a report any more. Doing it twice is harmless."""
    need_keeper(tx, by)
    if report.assigned_id is None:
        return
    report.assigned_id = None
    _note(tx, by, "put_down", report)


def settle(tx: Tx, *, by: Actor | None, report: Report) -> None:
    """A report is done with. Raises Conflict when another keeper was faster."""
    need_keeper(tx, by)
    tx.flush()
    done = tx.connection.execute(
        update(Report)
        .where(Report.id == report.id, Report.handled_at.is_(None))
        .values(handled_at=tx.now, handled_by_id=None if by is None else by.id)
    )
    if not done.rowcount:
        raise Conflict("this report was settled already, perhaps by somebody else just now")
    tx.session.refresh(report)
    if report.reporter_id is not None:
        write_to_member(tx, member_id=report.reporter_id, kind="settle")
    _note(tx, by, "settle", report)


def reopen(tx: Tx, *, by: Actor | None, report: Report) -> None:
    """A report is looked at again. Raises Conflict when it is open already."""
    need_keeper(tx, by)
    if report.handled_at is None:
        raise Conflict("this report is open already, perhaps by somebody else just now")
    report.handled_at = report.handled_by_id = None
    _note(tx, by, "reopen", report)


def act_on_report(
    tx: Tx, *, by: Actor | None, report: Report, action: str, text: str = ""
) -> Strike:
    """A report is settled by what is done about the person. Raises Conflict when it is settled
    already: nobody is warned twice for the same thing because two were at it."""
    settle(tx, by=by, report=report)
    target = tx.session.get_one(Actor, report.target_id)
    return act(tx, by=by, target=target, action=action, text=text, report=report)


def sort_report(
    tx: Tx, *, by: Actor | None, report: Report, category: str, rule_ids: Iterable[int] = ()
) -> None:
    """A report is about something else than its author thought."""
    need_keeper(tx, by)
    if category not in CATEGORIES:
        raise Invalid(f"a report is about one of {', '.join(CATEGORIES)}", {"category": "unknown"})
    report.category, report.rule_ids = category, list(rule_ids)
    tx.flush()


def remove_posts(tx: Tx, *, by: Actor | None, posts: Sequence[Post]) -> None:
    """Posts of one author are taken away: those from here everywhere, others from here.

    Raises Conflict where none of them is left.
    """
    need_keeper(tx, by)
    if not posts:
        raise Conflict("these posts are gone already, perhaps by somebody else just now")
    for post in posts:
        author = tx.session.get_one(Actor, post.actor_id)
        note_deed(
            tx,
            by=by,
            action="remove_post",
            target_kind="post",
            target_id=post.id,
            target_name=name_of(tx, author),
            details={"uri": post.uri},
        )
        if author.is_local:
            delete_post(tx, author=author, post=post)
            continue
        guests_are_told(tx, Post.id == post.id)
        bury(tx, post.uri, former_type="Note", actor_uri=author.uri)
        tx.session.delete(post)
        tx.flush()
        tx.tell("stream", ("delete", post.id))


def mark_posts(tx: Tx, *, by: Actor | None, posts: Sequence[Post]) -> None:
    """Posts are put behind a veil; those from here everywhere.

    Raises Conflict where none is left that is not veiled.
    """
    need_keeper(tx, by)
    bare = [post for post in posts if not post.is_sensitive]
    if not bare:
        raise Conflict("these posts are veiled or gone already, perhaps by somebody else just now")
    for post in bare:
        post.is_sensitive = True
        post.version += 1
        tx.flush()
        tx.tell("post_changed", post.id)
        author = tx.session.get_one(Actor, post.actor_id)
        if author.is_local:
            send_update(tx, post)
        note_deed(
            tx,
            by=by,
            action="mark_post",
            target_kind="post",
            target_id=post.id,
            target_name=name_of(tx, author),
            details={"uri": post.uri},
        )


def _need_open(report: Report) -> None:
    if report.handled_at is not None:
        raise Conflict("this report was settled already, perhaps by somebody else just now")


def _note(tx: Tx, by: Actor | None, action: str, report: Report) -> None:
    tx.flush()
    target = tx.session.get_one(Actor, report.target_id)
    note_deed(
        tx,
        by=by,
        action=action,
        target_kind="report",
        target_id=report.id,
        target_name=name_of(tx, target),
    )
