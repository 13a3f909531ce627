"""What a member takes along of what they did with others: agreements, consultations, groups, …

Only what is theirs goes in: of others no more than who it was with.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from microfed.ids import moment_of
from microfed.store.access import App, Session, Token
from microfed.store.aid import Aid, AidAgreement
from microfed.store.announcements import Announcement, AnnouncementReaction
from microfed.store.collections import CollectionItem, PeopleCollection
from microfed.store.consultations import Consultation, Elector, Objection, Proposal
from microfed.store.database import Tx
from microfed.store.groups import Group, GroupInvitation, GroupModerator
from microfed.store.introductions import Introduction, IntroductionSide
from microfed.store.invitations import Invitation
from microfed.store.moderation import Report, Strike
from microfed.store.own import DismissedSuggestion, MutedThread
from microfed.store.passkeys import Passkey
from microfed.store.people import Actor, Follow
from microfed.store.posts import Post, PostEdit
from microfed.store.queues import Notification
from microfed.store.weekly import LetterReader
from microfed.store.welcome import NewcomerCard

Part = Callable[[Tx, int], Any]


def plain(names: Sequence[str], row: Any) -> dict[str, Any]:
    """Return a row as an object that JSON knows."""
    return {name: _json(value) for name, value in zip(names, row, strict=True)}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _rows(tx: Tx, names: str, query: Any) -> list[dict[str, Any]]:
    return [plain(names.split(), row) for row in tx.connection.execute(query).all()]


def _agreements(tx: Tx, me: int) -> list[dict[str, Any]]:
    """What came of offers and needs: one's own, and those of others one took up."""
    person = aliased(Actor)
    return _rows(
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
        "asked": _rows(
            tx, "title about closed_at", asked.where(Consultation.author_id == me).order_by(first)
        ),
        "proposed": _rows(
            tx, "title words", proposed.where(Proposal.author_id == me).order_by(Proposal.id)
        ),
        "objected": _rows(
            tx, "title reason", objected.where(Objection.author_id == me).order_by(first)
        ),
        "voted": _rows(
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
        "answered": _rows(
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
    return _rows(
        tx,
        "note most_uses uses expires_at withdrawn_at",
        select(
            *(Invitation.note, Invitation.most_uses, Invitation.uses),
            *(Invitation.expires_at, Invitation.withdrawn_at),
        )
        .where(Invitation.inviter_id == me)
        .order_by(Invitation.id),
    )


def _asked(tx: Tx, me: int) -> dict[str, list[Any]]:
    """Follow requests that nobody has answered yet."""

    def waiting(other: Any, mine: Any) -> list[Any]:
        query = select(Actor.uri).join(Follow, other == Actor.id)
        return list(tx.connection.scalars(query.where(mine == me, Follow.accepted_at.is_(None))))

    return {
        "by_me": waiting(Follow.target_id, Follow.follower_id),
        "of_me": waiting(Follow.follower_id, Follow.target_id),
    }


def _heard(tx: Tx, me: int) -> list[dict[str, Any]]:
    rows = tx.connection.execute(
        select(Notification.id, Notification.kind, Actor.uri, Post.uri)
        .join(Actor, Actor.id == Notification.from_id)
        .outerjoin(Post, Post.id == Notification.post_id)
        .where(Notification.owner_id == me)
        .order_by(Notification.id)
    )
    return [
        {"at": moment_of(id_).isoformat(), "kind": kind, "from": who, "post": post}
        for id_, kind, who, post in rows
    ]


def _moderation(tx: Tx, me: int) -> dict[str, Any]:
    """What one reported, and what those who look after the place did and were told back."""
    return {
        "reported": _rows(
            tx,
            "person category comment handled_at",
            select(Actor.uri, Report.category, Report.comment, Report.handled_at)
            .join(Report, Report.target_id == Actor.id)
            .where(Report.reporter_id == me)
            .order_by(Report.id),
        ),
        "warnings": _rows(
            tx,
            "action text lifted_at appeal appealed_at answered_at is_appeal_granted",
            select(
                *(Strike.action, Strike.text, Strike.lifted_at, Strike.appeal),
                *(Strike.appealed_at, Strike.answered_at, Strike.is_appeal_granted),
            )
            .where(Strike.target_id == me)
            .order_by(Strike.id),
        ),
    }


def _edits(tx: Tx, me: int) -> list[dict[str, Any]]:
    """How posts read before they were changed."""
    rows = tx.connection.execute(
        select(PostEdit.id, Post.uri, PostEdit.title, PostEdit.warning, PostEdit.content)
        .join(Post, Post.id == PostEdit.post_id)
        .where(Post.actor_id == me)
        .order_by(PostEdit.id)
    )
    return [
        {"at": moment_of(id_).isoformat(), **plain(("post", "title", "warning", "content"), row)}
        for id_, *row in rows
    ]


def _door(tx: Tx, me: int) -> dict[str, Any]:
    """Where one is signed in, by name; never what opens the door."""
    return {
        "browsers": _rows(
            tx,
            "browser begun_at",
            select(Session.browser, Session.begun_at)
            .where(Session.member_id == me)
            .order_by(Session.id),
        ),
        "apps": _rows(
            tx,
            "name website scopes",
            select(App.name, App.website, Token.scopes)
            .join(Token, Token.app_id == App.id)
            .where(Token.member_id == me, Token.revoked_at.is_(None))
            .order_by(Token.id),
        ),
        "passkeys": list(
            tx.connection.scalars(select(Passkey.name).where(Passkey.member_id == me))
        ),
    }


def _threads(tx: Tx, me: int) -> list[Any]:
    return list(
        tx.connection.scalars(
            select(Post.uri)
            .join(MutedThread, MutedThread.thread_id == Post.id)
            .where(MutedThread.actor_id == me)
        )
    )


def _unsuggested(tx: Tx, me: int) -> list[Any]:
    return list(
        tx.connection.scalars(
            select(Actor.uri)
            .join(DismissedSuggestion, DismissedSuggestion.actor_id == Actor.id)
            .where(DismissedSuggestion.owner_id == me)
        )
    )


def _letter(tx: Tx, me: int) -> list[dict[str, Any]]:
    query = select(LetterReader.address, LetterReader.language, LetterReader.confirmed_at)
    return _rows(tx, "address language confirmed_at", query.where(LetterReader.member_id == me))


def _reactions(tx: Tx, me: int) -> list[dict[str, Any]]:
    query = select(Announcement.text, AnnouncementReaction.name).join(
        AnnouncementReaction, AnnouncementReaction.announcement_id == Announcement.id
    )
    return _rows(tx, "announcement reaction", query.where(AnnouncementReaction.member_id == me))


def _card(tx: Tx, me: int) -> list[dict[str, Any]]:
    query = select(NewcomerCard.words, NewcomerCard.until).where(NewcomerCard.id == me)
    return _rows(tx, "words until", query)


MORE: dict[str, Part] = {
    "agreements.json": _agreements,
    "consultations.json": _consultations,
    "collections.json": _collections,
    "groups.json": _groups,
    "introductions.json": _introductions,
    "invitations.json": _invitations,
    "follow_requests.json": _asked,
    "heard.json": _heard,
    "moderation.json": _moderation,
    "edits.json": _edits,
    "signed_in.json": _door,
    "muted_conversations.json": _threads,
    "dismissed_suggestions.json": _unsuggested,
    "letter.json": _letter,
    "reactions.json": _reactions,
    "newcomer_card.json": _card,
}
