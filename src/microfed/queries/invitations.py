"""Invitations that somebody made, and who invites whoever follows a link."""

from sqlalchemy import select

from microfed.store.database import Tx
from microfed.store.invitations import Invitation
from microfed.store.people import Actor
from microfed.text import called


def invitations_of(tx: Tx, member_id: int, *, most: int = 50) -> list[Invitation]:
    """Return what a member made and did not withdraw, the newest first."""
    return list(
        tx.session.scalars(
            select(Invitation)
            .where(Invitation.inviter_id == member_id, Invitation.withdrawn_at.is_(None))
            .order_by(Invitation.id.desc())
            .limit(most)
        )
    )


def name_of_inviter(tx: Tx, invitation: Invitation) -> str:
    """Return what the one who invites is called."""
    actor = tx.session.get_one(Actor, invitation.inviter_id)
    return called(actor.display_name, actor.username, actor.emojis)
