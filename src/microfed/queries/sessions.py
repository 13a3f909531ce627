"""Who is signed in, in which browser; and who would like to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from microfed.ids import moment_of
from microfed.queries.visibility import Viewer
from microfed.store.access import SecondFactor, Session
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Member
from microfed.text import called


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member in their browser."""

    session_id: int
    actor_id: int
    actor_uri: str
    username: str
    display_name: str
    role: str
    language: str
    expires_at: datetime
    habits: Mapping[str, Any]  # what they are used to: theme, audience, …

    @property
    def viewer(self) -> Viewer:
        """The one who looks."""
        return Viewer(self.actor_id)


@dataclass(frozen=True, slots=True)
class Login:
    """What a sign-in is checked against."""

    member_id: int
    password_hash: str | None
    has_second_factor: bool
    may_enter: bool
    is_shut_out: bool = False  # by those who look after the place
    is_waiting: bool = False  # to be let in


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A browser in which a member is signed in, for the list they look at."""

    id: int
    browser: str
    since: datetime


def find_session(tx: Tx, token_hash: str) -> SignedIn | None:
    """Return who is signed in with this session, if they still may be."""
    row = tx.connection.execute(
        select(
            Session.id.label("session_id"),
            Session.expires_at,
            Actor.id,
            Actor.uri,
            Actor.username,
            Actor.display_name,
            Actor.emojis,
            Member.role,
            Member.language,
            Member.preferences,
        )
        .join(Member, Member.id == Session.member_id)
        .join(Actor, Actor.id == Member.id)
        .where(
            Session.token_hash == token_hash,
            Session.begun_at.is_not(None),
            Session.expires_at > tx.now,
            Member.suspended_at.is_(None),
            Actor.suspended_at.is_(None),
            Actor.gone_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    return SignedIn(
        row.session_id,
        row.id,
        row.uri,
        row.username,
        called(row.display_name, row.username, row.emojis),
        row.role,
        row.language,
        row.expires_at,
        dict(row.preferences or {}),
    )


def find_login(tx: Tx, name: str) -> Login | None:
    """Return the member who signs in as `name`: their name, their handle or their e-mail."""
    name = name.strip()
    local = tx.here.local_name(name)
    row = tx.connection.execute(
        select(
            Member.id,
            Member.password_hash,
            Member.suspended_at,
            Member.confirmed_at,
            Member.approved_at,
            Actor.gone_at,
            Actor.suspended_at.label("shut_out_at"),
            SecondFactor.confirmed_at.label("second"),
        )
        .join(Actor, Actor.id == Member.id)
        .outerjoin(SecondFactor, SecondFactor.member_id == Member.id)
        .where(
            or_(
                (Actor.name_key == local) & (Actor.host == HERE),
                Member.email == name.lower(),
            )
        )
        # Somebody's name may look like another's e-mail only if that is their own address here.
        .order_by((Member.email == name.lower()).desc())
    ).first()
    if row is None:
        return None
    is_shut_out = row.suspended_at is not None or row.shut_out_at is not None
    may_enter = (
        not is_shut_out
        and row.gone_at is None
        and row.confirmed_at is not None
        and row.approved_at is not None
    )
    return Login(
        row.id,
        row.password_hash,
        row.second is not None,
        may_enter,
        is_shut_out=is_shut_out and row.gone_at is None,
        is_waiting=row.approved_at is None,
    )


def list_sessions(tx: Tx, member_id: int) -> list[SessionLine]:
    """Return the browsers in which a member is signed in, the newest first."""
    rows = tx.connection.execute(
        select(Session.id, Session.browser)
        .where(
            Session.member_id == member_id,
            Session.begun_at.is_not(None),
            Session.expires_at > tx.now,
        )
        .order_by(Session.id.desc())
        .limit(100)
    )
    return [SessionLine(id_, browser, moment_of(id_)) for id_, browser in rows]
