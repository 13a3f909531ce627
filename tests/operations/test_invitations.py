"""Invitations: no more come in than a link is for, whatever happens at once."""

import asyncio

import pytest
from sqlalchemy import select

from microfed.errors import Conflict, Forbidden, Gone, Invalid
from microfed.operations.invitations import (
    invite,
    link_of,
    move_in_at_the_door,
    need_invitation,
    withdraw,
)
from microfed.operations.place import choose_registration
from microfed.store.database import Database, Tx
from microfed.store.invitations import Invitation
from microfed.store.people import Member
from tests.people import neighbour


def token_of(tx: Tx, role: str = "member", **more: int) -> str:
    """Return the secret of a link that somebody of this role made."""
    inviter = neighbour(tx, f"by_{role}", role=role)
    return link_of(tx, invite(tx, inviter_id=inviter.id, who_may="members", **more))[-24:]


def comes(tx: Tx, token: str, name: str, reason: str = "") -> tuple[int, bool]:
    return move_in_at_the_door(
        tx,
        token=token,
        name=name,
        display_name="",
        email="",
        password_hash="x",
        language="fr",
        reason=reason,
    )


async def test_of_fifty_at_once_with_one_use_left_one_comes_in(db: Database) -> None:
    token = await db.write(lambda tx: token_of(tx, uses=3))
    for name in ("first", "second"):
        await db.write(lambda tx, name=name: comes(tx, token, name))  # type: ignore[misc]

    async def one(n: int) -> bool:
        try:
            await db.write(lambda tx: comes(tx, token, f"neighbour{n}"))
        except Gone:
            return False
        return True

    came = await asyncio.gather(*(one(n) for n in range(50)))

    assert sum(came) == 1
    uses = await db.read(lambda tx: tx.connection.scalar(select(Invitation.uses)))
    members = await db.read(lambda tx: tx.connection.scalars(select(Member.id)).all())
    assert (uses, len(members)) == (3, 4)


async def test_a_name_that_is_taken_uses_nothing_up(db: Database) -> None:
    token = await db.write(token_of)

    with pytest.raises(Conflict):
        await db.write(lambda tx: comes(tx, token, "by_member"))

    await db.write(lambda tx: comes(tx, token, "bea"))
    with pytest.raises(Gone):
        await db.write(lambda tx: comes(tx, token, "leo"))


async def test_a_link_that_is_withdrawn_or_whose_maker_is_shut_out_is_worth_nothing(
    tx: Tx,
) -> None:
    token = token_of(tx)
    made = need_invitation(tx, token)
    member = tx.session.get_one(Member, made.inviter_id)

    member.suspended_at = tx.now
    tx.flush()
    with pytest.raises(Gone):
        need_invitation(tx, token)
    member.suspended_at = None
    tx.flush()
    withdraw(tx, inviter_id=made.inviter_id, id_=made.id)
    tx.session.expire_all()
    with pytest.raises(Gone):
        need_invitation(tx, token)


async def test_whom_an_admin_invites_is_in_at_once_and_others_wait_for_a_yes(tx: Tx) -> None:
    by_member, by_admin = token_of(tx), token_of(tx, "admin")

    choose_registration(tx, by=None, mode="approval")
    id_, waits = comes(tx, by_member, "leo", "J'habite rue Piat.")
    _, waits_too = comes(tx, by_admin, "bea")

    leo = tx.session.get_one(Member, id_)
    assert (waits, waits_too, leo.approved_at) == (True, False, None)
    sponsor = need_invitation_of(tx, by_member)
    assert leo.preferences["sponsor"] == sponsor
    assert leo.preferences["reason"] == "J'habite rue Piat."


def need_invitation_of(tx: Tx, token: str) -> int:
    """Return who made the first link there is."""
    return int(tx.connection.scalar(select(Invitation.inviter_id).order_by(Invitation.id)) or 0)


async def test_only_who_may_invites_and_only_for_so_many(tx: Tx) -> None:
    bea = neighbour(tx, "bea")

    with pytest.raises(Forbidden):
        invite(tx, inviter_id=bea.id, who_may="organisers")
    for wrong in ({"uses": 0}, {"uses": 101}, {"days": 0}, {"days": 91}):
        with pytest.raises(Invalid):
            invite(tx, inviter_id=bea.id, who_may="members", **wrong)
