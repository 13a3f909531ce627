"""Objecting to what was done about one: in one's own words, once; and what is answered."""

from sqlalchemy import update

from microfed.errors import Conflict, Forbidden, Invalid
from microfed.operations.journal import name_of, need_keeper, note_deed
from microfed.operations.letter_keys import need_key, objection_path
from microfed.operations.letters import write_to_member
from microfed.operations.moderation import SHUTS_OUT, changed, hold, lift
from microfed.queries.moderation import shut_out_by
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.store.database import Tx
from microfed.store.moderation import Strike
from microfed.store.people import Actor

LONGEST = 2_000


def appeal(tx: Tx, *, who: Actor, strike: Strike, text: str) -> None:
    """Somebody objects to what was done about them: once, in their own words."""
    if strike.target_id != who.id:
        raise Forbidden("this is about somebody else")
    if not text.strip():
        raise Invalid("say why, in a sentence or two", {"text": "can't be blank"})
    # In one statement: sent twice by an impatient finger, or taken back just now, it is too late.
    said = tx.connection.execute(
        update(Strike)
        .where(Strike.id == strike.id, Strike.appealed_at.is_(None), Strike.lifted_at.is_(None))
        .values(appeal=text.strip()[:LONGEST], appealed_at=tx.now)
    )
    if not said.rowcount:
        raise Conflict("you have written about this already, or it was taken back")
    tx.session.refresh(strike)


def appeal_from_outside(tx: Tx, *, token: str, text: str) -> None:
    """Whoever was shut out objects by the link of their mail, once.

    Raises Gone for a link that is good no more, Conflict where they have objected already or it was
    taken back, Invalid where no reason is given.
    """
    who = tx.session.get_one(Actor, need_key(tx, kind="object", token=token).member_id)
    strike = shut_out_by(tx, who.id)
    if strike is None:
        raise Conflict("this was taken back")
    appeal(tx, who=who, strike=strike, text=text)


def way_to_object(tx: Tx, *, member_id: int) -> str:
    """Return where somebody who proved to be a member learns what shuts them out, and may object.

    Empty where nothing does, or where a password alone does not prove who they are.
    """
    if shut_out_by(tx, member_id) is None or signs_in_in_two_steps(tx, member_id):
        return ""
    return objection_path(tx, member_id=member_id)


def give_way_to_object(tx: Tx, *, by: Actor | None, target: Actor) -> str:
    """Return a link with which somebody who is shut out objects, to be handed over to them."""
    need_keeper(tx, by)
    if shut_out_by(tx, target.id) is None:
        raise Conflict("nothing shuts them out: they sign in, and object in their settings")
    _note(tx, by, "give_way_to_object", target)
    return f"{tx.here.url}{objection_path(tx, member_id=target.id)}"


def answer_appeal(tx: Tx, *, by: Actor | None, strike: Strike, is_granted: bool) -> None:
    """A keeper answers an objection; a granted one takes back what was done."""
    need_keeper(tx, by)
    target = tx.session.get_one(Actor, strike.target_id)
    # The person first, as whoever lifts something does: two who hold in two orders wait forever.
    hold(tx, target)
    tx.session.refresh(strike, with_for_update=True)
    if strike.appealed_at is None:
        raise Invalid("nobody objected to this")
    if strike.answered_at is not None:
        raise Conflict("this was answered already, perhaps by somebody else just now")
    strike.is_appeal_granted, strike.answered_at = is_granted, tx.now
    if not is_granted:
        shut = strike.action in SHUTS_OUT and strike.lifted_at is None
        path = objection_path(tx, member_id=target.id) if shut else "/settings/warnings"
        write_to_member(tx, member_id=target.id, kind="uphold", path=path)
    elif strike.action == "warn":
        strike.lifted_at = tx.now
        changed(tx, target)
        write_to_member(tx, member_id=target.id, kind="grant", path="/settings/warnings")
    else:
        strike.lifted_at = tx.now
        lift(tx, by=by, target=target, action=strike.action, letter="grant")
    _note(tx, by, "grant_appeal" if is_granted else "refuse_appeal", target)


def _note(tx: Tx, by: Actor | None, action: str, target: Actor) -> None:
    note_deed(
        tx,
        by=by,
        action=action,
        target_kind="person",
        target_id=target.id,
        target_name=name_of(tx, target),
    )
