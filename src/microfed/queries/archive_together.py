"""What a member takes along of what they did with others: agreements, consultations, groups, …

Only what is theirs goes in: of others no more than who it was with.
"""

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from microfed.queries.archive_rows import Part, rows
from microfed.store.aid import Aid, AidAgreement
from microfed.store.collections import CollectionItem, PeopleCollection
from microfed.store.consultations import Consultation, Elector, Objection, Proposal
from microfed.store.database import Tx
from microfed.store.groups import Group, GroupInvitation, GroupModerator
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.invitations import Invitation
from microfed.store.people import Actor
from microfed.store.posts import Post


def _agreements(tx: Tx, me: int) -> list[dict[str, Any]]:
    """What came of offers and needs: one's own, and those of others one took up."""
    person = aliased(Actor)
    return rows(
        tx,
        "post title author person state accepted_at author_done_at person_done_at",
        select(
            *(Post.uri, Aid.title, Actor.uri, person.uri, AidAgreement.state),
            *(AidAgreement.accepted_at, AidAgreement.author_done_at, AidAgreement.person_done_at),
        )
        .join(Aid, Aid.id == AidAgreement.aid_id)
        .join(Post, Post.id == Aid.id)
        .join(Actor, Actor.id == Post.actor_id)
        .join(person, person.id == AidAgreement.person_id)
        .where(or_(AidAgreement.person_id == me, Post.actor_id == me))
        .order_by(AidAgreement.id),
    )


def _consultations(tx: Tx, me: int) -> dict[str, Any]:
    """What one asked, proposed and objected to by name. What one voted is known to nobody."""
    asked = select(Consultation.title, Consultation.about, Consultation.closed_at)
    proposed = select(Consultation.title, Proposal.words).join(
        Proposal, Proposal.consultation_id == Consultation.id
    )
    objected = select(Consultation.title, Objection.reason).join(
        Objection, Objection.consultation_id == Consultation.id
    )
    voted = select(Consultation.title, Consultation.opened_at, Elector.has_voted).join(
        Elector, Elector.consultation_id == Consultation.id
    )
    first = Consultation.id
    return {
        "asked": rows(
            tx, "title about closed_at", asked.where(Consultation.author_id == me).order_by(first)
        ),
        "proposed": rows(
            tx, "title words", proposed.where(Proposal.author_id == me).order_by(Proposal.id)
        ),
        "objected": rows(
            tx, "title reason", objected.where(Objection.author_id == me).order_by(first)
        ),
        "voted": rows(
            tx, "title opened_at has_voted", voted.where(Elector.member_id == me).order_by(first)
        ),
    }


def _collections(tx: Tx, me: int) -> list[dict[str, Any]]:
    mine = tx.session.scalars(
        select(PeopleCollection)
        .where(PeopleCollection.owner_id == me)
        .order_by(PeopleCollection.id)
    ).all()
    return [
        {
            "name": one.name,
            "description": one.description,
            "people": list(
                tx.connection.scalars(
                    select(Actor.uri)
                    .join(CollectionItem, CollectionItem.actor_id == Actor.id)
                    .where(
                        CollectionItem.collection_id == one.id,
                        CollectionItem.revoked_at.is_(None),
                    )
                    .order_by(CollectionItem.id)
                )
            ),
        }
        for one in mine
    ]


def _groups(tx: Tx, me: int) -> dict[str, list[Any]]:
    def of(query: Any) -> list[Any]:
        return list(tx.connection.scalars(query))

    return {
        "founded": of(
            select(Actor.uri).join(Group, Group.id == Actor.id).where(Group.founder_id == me)
        ),
        "looked_after": of(
            select(Actor.uri)
            .join(GroupModerator, GroupModerator.group_id == Actor.id)
            .where(GroupModerator.actor_id == me)
        ),
        "invited_to": of(
            select(Actor.uri)
            .join(GroupInvitation, GroupInvitation.group_id == Actor.id)
            .where(GroupInvitation.actor_id == me)
        ),
    }


def _introductions(tx: Tx, me: int) -> dict[str, Any]:
    """Whom one proposed to whom, and what one answered; what others answered is theirs."""
    proposed = tx.connection.execute(
        select(Introduction.id, Introduction.reason, Introduction.state)
        .where(Introduction.proposer_id == me)
        .order_by(Introduction.id)
    ).all()
    return {
        "proposed": [
            {
                "reason": row.reason,
                "state": row.state,
                "people": list(
                    tx.connection.scalars(
                        select(Actor.uri)
                        .join(IntroductionSide, IntroductionSide.actor_id == Actor.id)
                        .where(IntroductionSide.introduction_id == row.id)
                    )
                ),
            }
            for row in proposed
        ],
        "answered": rows(
            tx,
            "proposer reason answer",
            select(Actor.uri, Introduction.reason, IntroductionSide.answer)
            .join(Introduction, Introduction.proposer_id == Actor.id)
            .join(IntroductionSide, IntroductionSide.introduction_id == Introduction.id)
            .where(IntroductionSide.actor_id == me, IntroductionSide.asked_at.is_not(None))
            .order_by(Introduction.id),
        ),
    }


def _invitations(tx: Tx, me: int) -> list[dict[str, Any]]:
    return rows(
        tx,
        "note most_uses uses expires_at withdrawn_at",
        select(
            *(Invitation.note, Invitation.most_uses, Invitation.uses),
            *(Invitation.expires_at, Invitation.withdrawn_at),
        )
        .where(Invitation.inviter_id == me)
        .order_by(Invitation.id),
    )


TOGETHER: dict[str, Part] = {
    "agreements.json": _agreements,
    "consultations.json": _consultations,
    "collections.json": _collections,
    "groups.json": _groups,
    "introductions.json": _introductions,
    "invitations.json": _invitations,
}
