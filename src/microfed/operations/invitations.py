"""Invitations: somebody who lives here hands out a link, and answers for those who come by it."""

import secrets
from datetime import timedelta

from sqlalchemy import or_, select, update

from microfed.errors import Forbidden, Gone, Invalid, NotFound, TooMany
from microfed.ids import id_at
from microfed.operations.letter_keys import ask_to_confirm
from microfed.operations.letters import write_letter
from microfed.operations.members import add_member
from microfed.operations.newcomers import check_email, rule_for_address
from microfed.operations.secrets import seal, unseal
from microfed.operations.tokens import hash_of
from microfed.operations.welcome import put_up_card
from microfed.queries.place import registration_mode
from microfed.store.database import Tx
from microfed.store.invitations import Invitation
from microfed.store.people import Actor, Member

MOST_USES, MOST_DAYS = 100, 90
LONGEST_NOTE, LONGEST_REASON = 500, 2_000
OPEN_DOORS = ("open", "approval")
# Who may invite, by what the setting MICROFED_INVITATIONS says.
MAY_INVITE = {
    "admins": ("admin",),
    "organisers": ("admin", "organiser"),
    "members": ("admin", "organiser", "member"),
}


def invite(
    tx: Tx, *, inviter_id: int, who_may: str, uses: int = 1, days: int = 14, note: str = ""
) -> Invitation:
    """Make a link for `uses` people, good for so many days. Raises Forbidden when it is not theirs
    to give, Invalid for numbers that make no sense."""
    member = tx.session.get(Member, inviter_id)
    if member is None or member.approved_at is None or member.role not in MAY_INVITE[who_may]:
        raise Forbidden("you cannot invite people here")
    if not 1 <= uses <= MOST_USES:
        raise Invalid("a link is for 1 to 100 people", {"uses": "1 to 100"})
    if not 1 <= days <= MOST_DAYS:
        raise Invalid("a link is good for 1 to 90 days", {"days": "1 to 90"})
    token = secrets.token_urlsafe(18)
    made = Invitation(
        id=id_at(tx.now),
        token_hash=hash_of(token),
        token=seal(tx, token),
        inviter_id=inviter_id,
        note=note.strip()[:LONGEST_NOTE],
        most_uses=uses,
        uses=0,
        expires_at=tx.now + timedelta(days=days),
    )
    tx.session.add(made)
    tx.flush()
    return made


def link_of(tx: Tx, invitation: Invitation) -> str:
    """Return the link of an invitation, for its inviter alone."""
    return f"{tx.here.url}/invite/{unseal(tx, invitation.token)}"


def send_invitation(tx: Tx, *, invitation: Invitation, address: str) -> None:
    """Send the link by mail. Raises Invalid for no address, TooMany beyond the caps."""
    inviter = tx.session.get_one(Actor, invitation.inviter_id)
    member = tx.session.get_one(Member, invitation.inviter_id)
    write_letter(
        tx,
        kind="invite",
        address=address.strip(),
        language=member.language,
        name=inviter.username,
        link=link_of(tx, invitation),
        note=invitation.note,
        by_id=inviter.id,
    )


def withdraw(tx: Tx, *, inviter_id: int, id_: int) -> None:
    """A link is good no more; those who came by it stay."""
    done = tx.connection.execute(
        update(Invitation)
        .where(Invitation.id == id_, Invitation.inviter_id == inviter_id)
        .values(withdrawn_at=tx.now)
    )
    if not done.rowcount:
        raise NotFound("there is no such invitation")


def need_invitation(tx: Tx, token: str) -> Invitation:
    """Return the invitation of a link. Raises Gone when nobody can come in by it any more."""
    found = tx.session.scalar(
        select(Invitation)
        .join(Member, Member.id == Invitation.inviter_id)
        .join(Actor, Actor.id == Member.id)
        .where(
            Invitation.token_hash == hash_of(token),
            Invitation.withdrawn_at.is_(None),
            Invitation.uses < Invitation.most_uses,
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > tx.now),
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    )
    if found is None:
        raise Gone("this invitation is good no more")
    return found


def move_in_at_the_door(
    tx: Tx,
    *,
    token: str | None,
    name: str,
    display_name: str,
    email: str,
    password_hash: str,
    language: str,
    reason: str,
    wants_card: bool = False,
    address: str = "",
) -> tuple[int, bool]:
    """Somebody comes in, by an invitation or by asking where the door is open (`token` is None);
    returns their id, and whether they must be let in yet.

    `reason` is for those who look after the place; with `wants_card` the neighbours read it too.
    Whom an admin invites is in at once; all others wait where the place lets people in one by one.
    Of many at once, no more come in than the link is for. Raises Gone, Forbidden where the door is
    closed, and what `add_member` raises, which uses nothing up.
    """
    invitation = None if token is None else need_invitation(tx, token)
    registration = registration_mode(tx)
    inviter = None if invitation is None else tx.session.get_one(Member, invitation.inviter_id)
    by_admin = inviter is not None and inviter.role == "admin"
    if not by_admin and (
        registration == "closed" or (inviter is None and registration not in OPEN_DOORS)
    ):
        raise Forbidden("nobody can move in like that at the moment")
    rule = rule_for_address(tx, address)
    if rule in ("sign_up_block", "no_access"):
        raise Forbidden("nobody can move in from your network; write to the admin")
    if email:
        check_email(tx, email)
    if invitation is not None:
        _use(tx, invitation)
    made = add_member(
        tx, name=name, display_name=display_name, password_hash=password_hash, language=language
    )
    member = tx.session.get_one(Member, made.id)
    waits = rule == "sign_up_requires_approval" or (registration == "approval" and not by_admin)
    if waits:
        member.approved_at = None
    reason = reason.strip()[:LONGEST_REASON]
    member.preferences = {**member.preferences, "reason": reason}
    if inviter is not None:
        member.preferences = {**member.preferences, "sponsor": inviter.id}
    tx.flush()
    if wants_card:
        put_up_card(tx, member_id=member.id, words=reason)
    if email:
        # The address is theirs once they follow the link: nobody moves in as somebody else.
        try:
            with tx.attempt():
                ask_to_confirm(tx, member_id=member.id, address=email)
        except TooMany:
            return made.id, waits
    return made.id, waits


def _use(tx: Tx, invitation: Invitation) -> None:
    done = tx.connection.execute(
        update(Invitation)
        .where(Invitation.id == invitation.id, Invitation.uses < Invitation.most_uses)
        .values(uses=Invitation.uses + 1)
    )
    if not done.rowcount:
        raise Gone("this invitation is good no more")
