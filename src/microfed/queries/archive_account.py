"""What a member takes along of their account: what they heard, who asked, what was done, …"""

from typing import Any

from sqlalchemy import select

from microfed.ids import moment_of
from microfed.queries.archive_rows import Part, plain, rows
from microfed.store.access import App, Session, Token
from microfed.store.announcements import Announcement, AnnouncementReaction
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.own import DismissedSuggestion, MutedThread
from microfed.store.passkeys import Passkey
from microfed.store.people import Actor, Follow
from microfed.store.posts import Post, PostEdit
from microfed.store.queues import Notification
from microfed.store.weekly import LetterReader
from microfed.store.welcome import NewcomerCard


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
        "reported": rows(
            tx,
            "person category comment handled_at",
            select(Actor.uri, Report.category, Report.comment, Report.handled_at)
            .join(Report, Report.target_id == Actor.id)
            .where(Report.reporter_id == me)
            .order_by(Report.id),
        ),
        "warnings": rows(
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
        "browsers": rows(
            tx,
            "browser begun_at",
            select(Session.browser, Session.begun_at)
            .where(Session.member_id == me)
            .order_by(Session.id),
        ),
        "apps": rows(
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
    return rows(tx, "address language confirmed_at", query.where(LetterReader.member_id == me))


def _reactions(tx: Tx, me: int) -> list[dict[str, Any]]:
    query = select(Announcement.text, AnnouncementReaction.name).join(
        AnnouncementReaction, AnnouncementReaction.announcement_id == Announcement.id
    )
    return rows(tx, "announcement reaction", query.where(AnnouncementReaction.member_id == me))


def _card(tx: Tx, me: int) -> list[dict[str, Any]]:
    query = select(NewcomerCard.words, NewcomerCard.until).where(NewcomerCard.id == me)
    return rows(tx, "words until", query)


ACCOUNT: dict[str, Part] = {
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
