"""What keepers of the place do about people: warn, freeze, veil, silence, suspend, and lift it.

Everything here can be taken back: nothing is deleted, it is only not shown and not served. Places
at events, which others wait for, and what somebody planned are not kept for them.
"""

from collections.abc import Sequence

from sqlalchemy import select, update

from microfed.errors import Conflict, Forbidden, Invalid
from microfed.ids import id_at
from microfed.operations.event_leaving import shut_out_of_events
from microfed.operations.events import call_off_all
from microfed.operations.journal import name_of, need_keeper, note_deed
from microfed.operations.letter_keys import objection_path
from microfed.operations.letters import write_to_member
from microfed.operations.members import change_role
from microfed.operations.profiles import tell_of_profile
from microfed.operations.sessions import end_sessions
from microfed.outbound.notify import notify
from microfed.queries.people import instance_actor
from microfed.store.access import Token
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import INSTANCE_ACTOR, Actor, Member
from microfed.store.posts import Post

ACTIONS = ("warn", "freeze", "mark_sensitive", "silence", "suspend")
# What keeps somebody from signing in.
SHUTS_OUT = ("freeze", "suspend")
LONGEST_TEXT = 5_000


def act(
    tx: Tx,
    *,
    by: Actor | None,
    target: Actor,
    action: str,
    text: str = "",
    report: Report | None = None,
    post_ids: Sequence[int] = (),
) -> Strike:
    """Do something about somebody, here or elsewhere; a neighbour is told, in `text`.

    Raises Invalid for what cannot be done to them, Conflict when it is done already.
    """
    need_keeper(tx, by)
    hold(tx, target)
    _check(tx, by, target, action)
    member = tx.session.get(Member, target.id)
    if action == "freeze":
        if member is None:
            raise Invalid("only somebody who lives here signs in here", {"type": "not here"})
        _once(member.suspended_at is not None)
        member.suspended_at = tx.now
        lock_out(tx, target)
    elif action == "mark_sensitive":
        _once(target.sensitized_at is not None)
        target.sensitized_at = tx.now
        _posts_changed(tx, target)
    elif action == "silence":
        _once(target.silenced_at is not None and target.silenced_with is None)
        target.silenced_at, target.silenced_with = tx.now, None
    elif action == "suspend":
        _once(target.suspended_at is not None)
        if target.is_local:
            call_off_all(tx, target)
        shut_out_of_events(tx, target)
        target.suspended_at = tx.now
        if member is not None:
            lock_out(tx, target)
    return _strike(tx, by, target, action, text, report, post_ids)


def lift(tx: Tx, *, by: Actor | None, target: Actor, action: str, letter: str = "lift") -> bool:
    """Take back what was done about somebody. Doing it twice is harmless: it returns whether there
    was anything to take back. Whoever objected to it was right, then."""
    need_keeper(tx, by)
    if action not in ACTIONS[1:]:
        raise Invalid(f"one can lift {', '.join(ACTIONS[1:])}", {"type": "unknown"})
    hold(tx, target)
    if not _take_back(tx, target, action):
        return False
    for strike in tx.session.scalars(
        select(Strike).where(
            Strike.target_id == target.id, Strike.action == action, Strike.lifted_at.is_(None)
        )
    ):
        strike.lifted_at = tx.now
        if strike.appealed_at is not None and strike.answered_at is None:
            strike.answered_at, strike.is_appeal_granted = tx.now, True
    changed(tx, target)
    path = "/sign-in" if action in SHUTS_OUT else ""
    write_to_member(tx, member_id=target.id, kind=letter, path=path)
    note_deed(
        tx,
        by=by,
        action=f"lift_{action}",
        target_kind="person",
        target_id=target.id,
        target_name=name_of(tx, target),
    )
    return True


def give_role(
    tx: Tx, *, by: Actor | None, target: Actor, role: str, seen: str | None = None
) -> None:
    """A member looks after the place, animates it, or lives in it. The last admin stays one.

    Raises Conflict when they are that already, or have another role than `seen` by whoever chose.
    """
    need_keeper(tx, by)
    member = tx.session.get(Member, target.id)
    if member is None:
        raise Invalid("only somebody who lives here has a role", {"role": "not here"})
    if member.role == "admin" and role != "admin" and count_admins(tx) == 1:
        raise Forbidden("the last admin stays: make somebody else admin first")
    before = member.role
    if before == role or (seen or before) != before:
        raise Conflict("their role was changed already, perhaps by somebody else just now")
    change_role(tx, name=target.username, role=role)
    note_deed(
        tx,
        by=by,
        action=f"make_{role}",
        target_kind="person",
        target_id=target.id,
        target_name=name_of(tx, target),
        details={"before": before},
    )


def lock_out(tx: Tx, target: Actor) -> None:
    """Sign somebody out everywhere; their apps' tokens rest until they are let in again."""
    end_sessions(tx, member_id=target.id)
    hashes = tx.connection.scalars(
        select(Token.token_hash).where(Token.member_id == target.id, Token.revoked_at.is_(None))
    )
    for hash_ in hashes.all():
        tx.tell("token", hash_)


def changed(tx: Tx, target: Actor) -> None:
    """Caches drop somebody; those who follow a neighbour elsewhere hear how they stand."""
    if target.is_local and target.gone_at is None:
        tell_of_profile(tx, target)
        return
    target.version += 1
    tx.flush()
    tx.tell("actor", target.id)


def hold(tx: Tx, target: Actor) -> None:
    """Let nobody else decide about somebody until this is done, and see what was decided before."""
    tx.flush()
    held = select(Actor.id).where(Actor.id == target.id).with_for_update()
    if tx.connection.scalar(held) is None:
        raise Conflict("they are no longer known here")
    tx.session.refresh(target)
    tx.session.get(Member, target.id, populate_existing=True)


def count_admins(tx: Tx) -> int:
    """Count those who can look after the place."""
    admins = select(Member.id).where(Member.role == "admin", Member.suspended_at.is_(None))
    return len(
        tx.connection.scalars(
            admins.join(Actor, Actor.id == Member.id).where(
                Actor.suspended_at.is_(None), Actor.gone_at.is_(None)
            )
        ).all()
    )


def _check(tx: Tx, by: Actor | None, target: Actor, action: str) -> None:
    if action not in ACTIONS:
        raise Invalid(f"an action is one of {', '.join(ACTIONS)}", {"type": "unknown"})
    if target.name_key == INSTANCE_ACTOR and target.is_local:
        raise Forbidden("the place itself cannot be moderated")
    if target.gone_at is not None:
        raise Conflict("they have left already")
    if action == "warn" or not target.is_local:
        if action == "warn" and not target.is_local:
            raise Invalid("only somebody who lives here can be told", {"type": "not here"})
        return
    if by is not None and by.id == target.id:
        raise Forbidden("nobody does this to themselves")
    member = tx.session.get(Member, target.id)
    if member is not None and member.role == "admin" and count_admins(tx) == 1:
        raise Forbidden("the last admin stays: make somebody else admin first")


def _once(is_done: bool) -> None:
    if is_done:
        raise Conflict("this was done already, perhaps by somebody else just now")


def _strike(
    tx: Tx,
    by: Actor | None,
    target: Actor,
    action: str,
    text: str,
    report: Report | None,
    post_ids: Sequence[int],
) -> Strike:
    strike = Strike(
        id=id_at(tx.now),
        target_id=target.id,
        by_id=None if by is None else by.id,
        report_id=None if report is None else report.id,
        action=action,
        text=text.strip()[:LONGEST_TEXT],
        post_ids=[*post_ids],
    )
    tx.session.add(strike)
    if action != "warn":
        changed(tx, target)
    tx.flush()
    if target.is_local:
        place = instance_actor(tx)
        notify(tx, owner_id=target.id, kind="warning", from_id=place.id, about_id=strike.id)
        shut = action in SHUTS_OUT and tx.session.get(Member, target.id) is not None
        path = objection_path(tx, member_id=target.id) if shut else "/settings/warnings"
        write_to_member(tx, member_id=target.id, kind=action, note=strike.text, path=path)
    note_deed(
        tx,
        by=by,
        action=action,
        target_kind="person",
        target_id=target.id,
        target_name=name_of(tx, target),
        details={"text": strike.text, "strike": strike.id, "report": strike.report_id},
        can_be_undone=action != "warn",
    )
    return strike


def _take_back(tx: Tx, target: Actor, action: str) -> bool:
    if action == "freeze":
        done = tx.connection.execute(
            update(Member)
            .where(Member.id == target.id, Member.suspended_at.is_not(None))
            .values(suspended_at=None)
        )
        tx.session.expire_all()
        return bool(done.rowcount)
    column = {"mark_sensitive": "sensitized_at", "silence": "silenced_at"}.get(
        action, "suspended_at"
    )
    if getattr(target, column) is None:
        return False
    setattr(target, column, None)
    if action == "silence":
        target.silenced_with = None
    if action == "mark_sensitive":
        _posts_changed(tx, target)
    return True


def _posts_changed(tx: Tx, target: Actor) -> None:
    """Each of their posts reads otherwise now."""
    tx.connection.execute(
        update(Post).where(Post.actor_id == target.id).values(version=Post.version + 1)
    )
    tx.tell("elsewhere")
