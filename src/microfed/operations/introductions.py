"""Introductions: somebody proposes that two others meet, and only two yes open a conversation.

What one of the two says is told to nobody, the one who proposes it included. After two yes a
conversation of the three begins. In all other cases nothing is heard until the time is over, and
then only that nothing came of it: a no looks like a silence, and like a block.
"""

from sqlalchemy import delete, func, select

from microfed.errors import Conflict, Forbidden, Gone, NotFound, TooMany
from microfed.ids import first_id_at, id_at
from microfed.operations.introduction_rows import (
    KEPT,
    LASTS,
    LONGEST_REASON,
    MOST_A_DAY,
    forget_links,
    is_apart,
    locked,
    made_today,
    plan_expiry,
    side,
    sides,
)
from microfed.operations.introductions_sent import (
    ask_elsewhere,
    forget_letters,
    forget_offers,
    offer,
    open_conversation,
    send_answer,
    send_withdrawal,
)
from microfed.operations.secrets import is_signed
from microfed.operations.titled import refuse
from microfed.operations.tokens import hash_of
from microfed.outbound.notify import notify, take_back_notification
from microfed.queries.people import is_blocked
from microfed.store.database import Tx
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.people import Actor, Member
from microfed.text import clean_text

ANSWERS = ("yes", "no")
_NO_PEOPLE = ("Application", "Group")


def propose(tx: Tx, *, proposer: Actor, one: Actor, other: Actor, reason: str) -> Introduction:
    """`proposer` would like `one` and `other` to meet; each of them is asked, alone.

    Raises Invalid with the field that is wrong, Forbidden for somebody whom `proposer` shut out,
    Conflict for what was proposed already, TooMany beyond MOST_A_DAY.
    """
    reason = checked_reason(reason)
    for field, who in (("one", one), ("other", other)):
        _check_person(tx, who, field, proposer)
    if one.id == other.id:
        refuse("other", "choose two people")
    _check_how_often(tx, proposer, one, other)
    id_ = id_at(tx.now)
    made = Introduction(
        id=id_,
        proposer_id=proposer.id,
        reason=reason,
        state="open",
        expires_at=tx.now + LASTS,
    )
    tx.session.add(made)
    tx.flush()
    # Who shut another out is not asked, and whoever proposed it does not learn of it.
    is_asked = not is_apart(tx, (proposer.id, one.id, other.id))
    for who in (one, other):
        tx.session.add(side(tx, made, who, is_asked))
    tx.flush()
    if is_asked:
        for who in (one, other):
            _ask(tx, made, proposer, who)
    plan_expiry(tx, made)
    return made


def answer(tx: Tx, *, who: Actor, id_: int, says: str) -> Introduction:
    """`who` says yes or no to what was proposed to them. The same answer again changes nothing.

    Raises NotFound for what was never proposed to them, Gone for what is over or withdrawn,
    Conflict for another answer than the one they gave.
    """
    if says not in ANSWERS:
        refuse("answer", "say yes or no")
    made = locked(tx, id_)
    mine = None if made is None else tx.session.get(IntroductionSide, (id_, who.id))
    if made is None or mine is None or mine.asked_at is None:
        raise NotFound("nothing of the kind was proposed to you")
    if mine.answer is not None:
        if mine.answer != says:
            raise Conflict("you have answered already")
        return made
    if made.state != "open" or made.expires_at <= tx.now:
        raise Gone("this is over")
    mine.answer, mine.token_hash = says, None
    tx.flush()
    take_back_notification(
        tx, owner_id=who.id, kind="introduction", from_id=made.proposer_id, about_id=made.id
    )
    proposer = tx.session.get_one(Actor, made.proposer_id)
    if proposer.is_local:
        _meet_if_both(tx, made, proposer)
    else:
        send_answer(tx, uri=mine.offer_uri or "", who=who, proposer=proposer, says=says)
    return made


def need_by_link(tx: Tx, token: str) -> tuple[Introduction, Actor]:
    """Return what a link asks, and of whom. Raises Gone when it is good no more, or never was."""
    row = None
    if is_signed(tx, token):
        row = tx.session.execute(
            select(IntroductionSide, Introduction)
            .join(Introduction, Introduction.id == IntroductionSide.introduction_id)
            .where(
                IntroductionSide.token_hash == hash_of(token),
                Introduction.state == "open",
                Introduction.expires_at > tx.now,
            )
        ).first()
    if row is None:
        raise Gone("this link is good no more")
    return row[1], tx.session.get_one(Actor, row[0].actor_id)


def answer_by_link(tx: Tx, *, token: str, says: str) -> None:
    """Somebody who lives elsewhere answers by the link they were sent; it is then used up."""
    made, who = need_by_link(tx, token)
    answer(tx, who=who, id_=made.id, says=says)


def withdraw(tx: Tx, *, proposer: Actor, id_: int) -> None:
    """`proposer` would rather not: nobody is asked any more. What has come about stays."""
    made = locked(tx, id_)
    if made is None or made.proposer_id != proposer.id:
        raise NotFound("you have proposed nothing of the kind")
    if made.state != "open":
        raise Gone("this is over")
    made.state = "withdrawn"
    forget_links(tx, made)
    for one in sides(tx, made):
        who = tx.session.get_one(Actor, one.actor_id)
        if who.is_local:
            take_back_notification(
                tx, owner_id=who.id, kind="introduction", from_id=proposer.id, about_id=made.id
            )
        if one.offer_uri is not None:
            send_withdrawal(tx, uri=one.offer_uri, proposer=proposer, to=who)


def expire(tx: Tx, id_: int) -> None:
    """Its time is over: nothing came of it, whatever one of them said."""
    made = locked(tx, id_)
    if made is None or made.state != "open" or made.expires_at > tx.now:
        return
    made.state = "over"
    forget_links(tx, made)


def leave_introductions(tx: Tx, *, who_id: int) -> None:
    """Somebody leaves for good: what they proposed, and what they answered, goes with them."""
    tx.connection.execute(delete(Introduction).where(Introduction.proposer_id == who_id))
    tx.connection.execute(delete(IntroductionSide).where(IntroductionSide.actor_id == who_id))


def drop_old_introductions(tx: Tx) -> int:
    """Forget what was proposed long ago; return how many."""
    forget_letters(tx)
    forget_offers(tx, before=first_id_at(tx.now - KEPT))
    old = delete(Introduction).where(
        Introduction.id < first_id_at(tx.now - KEPT), Introduction.expires_at < tx.now
    )
    return int(tx.connection.execute(old).rowcount)


def checked_reason(reason: str) -> str:
    """Return the reason as it may stand. Raises Invalid for none, or too long a one."""
    said = clean_text(reason).strip()
    if not said:
        refuse("reason", "say why they should meet")
    if len(said) > LONGEST_REASON:
        refuse("reason", f"at most {LONGEST_REASON} characters")
    return said


def _meet_if_both(tx: Tx, made: Introduction, proposer: Actor) -> None:
    both = sides(tx, made)
    if len(both) < 2 or any(one.answer != "yes" for one in both):
        return
    people = [tx.session.get_one(Actor, one.actor_id) for one in both]
    three = (proposer, *people)
    # Much may have happened since they were asked; then it is as if one had said nothing.
    if any(who.gone_at is not None or who.suspended_at is not None for who in three):
        return
    if is_apart(tx, [who.id for who in three]):
        return
    post = open_conversation(tx, introduction=made, proposer=proposer, people=people)
    made.state, made.post_id = "met", post.id
    tx.flush()


def _ask(tx: Tx, made: Introduction, proposer: Actor, who: Actor) -> None:
    theirs = tx.session.get_one(IntroductionSide, (made.id, who.id))
    if who.is_local:
        notify(tx, owner_id=who.id, kind="introduction", from_id=proposer.id, about_id=made.id)
        offer(tx, introduction=made, side=theirs, proposer=proposer, to=who)
        return
    token = ask_elsewhere(tx, introduction=made, side=theirs, proposer=proposer, to=who)
    theirs.token_hash = hash_of(token)
    tx.flush()


def _check_person(tx: Tx, who: Actor, field: str, proposer: Actor) -> None:
    if who.id == proposer.id:
        refuse(field, "not yourself")
    if who.gone_at is not None or who.suspended_at is not None or who.kind in _NO_PEOPLE:
        refuse(field, "nobody of that name can be asked")
    if who.is_local:
        member = tx.session.get(Member, who.id)
        if member is None or member.approved_at is None or member.suspended_at is not None:
            refuse(field, "nobody of that name can be asked")
    if is_blocked(tx, by=proposer.id, whom=who.id):
        raise Forbidden("you have shut them out")


def _check_how_often(tx: Tx, proposer: Actor, one: Actor, other: Actor) -> None:
    # Held until this is done: of many at once no more than the limit get through.
    tx.session.get(Member, proposer.id, with_for_update=True)
    if made_today(tx, proposer.id) >= MOST_A_DAY:
        raise TooMany("enough for today; tomorrow is another day", 24 * 3_600)
    both = (
        select(IntroductionSide.introduction_id)
        .join(Introduction, Introduction.id == IntroductionSide.introduction_id)
        .where(
            Introduction.proposer_id == proposer.id,
            Introduction.state != "withdrawn",
            IntroductionSide.actor_id.in_((one.id, other.id)),
        )
        .group_by(IntroductionSide.introduction_id)
        .having(func.count() == 2)
    )
    if tx.connection.scalar(both) is not None:
        raise Conflict("you have proposed this already")
