"""Handling reports: who takes one up, what it turns out to be about, when it is done with."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from microfed.errors import Conflict, Forbidden, Gone, Invalid
from microfed.operations.event_leaving import guests_are_told
from microfed.operations.journal import name_of, need_keeper, note_deed
from microfed.operations.letter_keys import need_key
from microfed.operations.letters import write_to_member
from microfed.operations.moderation import changed, lift
from microfed.operations.people import bury
from microfed.operations.posts import send_update
from microfed.operations.reports import CATEGORIES
from microfed.operations.taking_back import delete_post
from microfed.queries.moderation import shut_out_by
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import Actor
from microfed.store.posts import Post


def take_up(tx: Tx, *, by: Actor, report: Report) -> None:
    """A keeper takes a report up; the others see it."""
    need_keeper(tx, by)
    report.assigned_id = by.id
    _note(tx, by, "take_up", report)


def put_down(tx: Tx, *, by: Actor | None, report: Report) -> None:
    """Nobody is at a report any more."""
    need_keeper(tx, by)
    report.assigned_id = None
    _note(tx, by, "put_down", report)


def settle(tx: Tx, *, by: Actor | None, report: Report) -> None:
    """A report is done with. Raises Conflict when another keeper was faster."""
    need_keeper(tx, by)
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
    """A report is looked at again."""
    need_keeper(tx, by)
    report.handled_at = report.handled_by_id = None
    _note(tx, by, "reopen", report)


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
    """Posts of one author are taken away: those from here everywhere, others from here."""
    need_keeper(tx, by)
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
    """Posts are put behind a veil; those from here everywhere."""
    need_keeper(tx, by)
    for post in posts:
        if post.is_sensitive:
            continue
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


def appeal(tx: Tx, *, who: Actor, strike: Strike, text: str) -> None:
    """Somebody objects to what was done about them: once, in their own words."""
    if strike.target_id != who.id:
        raise Forbidden("this is about somebody else")
    if strike.appealed_at is not None:
        raise Conflict("you have written about this already")
    if not text.strip():
        raise Invalid("say why, in a sentence or two", {"text": "can't be blank"})
    strike.appeal, strike.appealed_at = text.strip()[:2_000], tx.now
    tx.flush()


def appeal_from_outside(tx: Tx, *, token: str, text: str) -> None:
    """Whoever was shut out objects by the link of their mail, once.

    Raises Gone for a link that is good no more, Invalid where no reason is given.
    """
    who = tx.session.get_one(Actor, need_key(tx, kind="object", token=token).member_id)
    strike = shut_out_by(tx, who.id)
    if strike is None:
        raise Gone("this was taken back, or answered")
    appeal(tx, who=who, strike=strike, text=text)


def answer_appeal(tx: Tx, *, by: Actor | None, strike: Strike, is_granted: bool) -> None:
    """A keeper answers an objection; a granted one takes back what was done."""
    need_keeper(tx, by)
    tx.flush()
    tx.session.refresh(strike, with_for_update=True)
    if strike.appealed_at is None:
        raise Invalid("nobody objected to this")
    if strike.answered_at is not None:
        raise Conflict("this was answered already, perhaps by somebody else just now")
    strike.is_appeal_granted, strike.answered_at = is_granted, tx.now
    target = tx.session.get_one(Actor, strike.target_id)
    if is_granted:
        strike.lifted_at = tx.now
        if strike.action in ("freeze", "mark_sensitive", "silence", "suspend"):
            lift(tx, by=by, target=target, action=strike.action)
        else:
            changed(tx, target)
            write_to_member(tx, member_id=target.id, kind="lift")
    else:
        write_to_member(tx, member_id=target.id, kind="uphold", path="/settings/warnings")
    note_deed(
        tx,
        by=by,
        action="grant_appeal" if is_granted else "refuse_appeal",
        target_kind="person",
        target_id=target.id,
        target_name=name_of(tx, target),
    )


def open_reports(tx: Tx) -> int:
    """Count the reports that wait for somebody."""
    return len(tx.connection.scalars(select(Report.id).where(Report.handled_at.is_(None))).all())


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
