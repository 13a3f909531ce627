"""What the place says of itself, its figures week by week, and whom it knows and shuts out."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from microfed.ids import first_id_at
from microfed.store.access import DomainRule, Setting
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor, Member
from microfed.store.posts import Post

# What the admin may write about the place, by its name among the settings kept in the database.
WORDS = (
    *("title", "description", "contact_email", "rules", "extended_description"),
    *("privacy_policy", "terms_of_service", "registration", "vapid"),
)
# Whom we speak with, and how one moves in.
FEDERATIONS = ("open", "allowlist", "ring", "closed")
REGISTRATIONS = ("invite", "approval", "open", "closed")
GROUP_MAKERS = ("members", "organisers", "nobody")
# What the place says at length, by the name it is kept under.
AT_LENGTH = ("extended_description", "privacy_policy")
WEEKS = 12
_SAID = select(Setting.name, Setting.value).where(Setting.name.in_(WORDS))
_DECIDED = select(Setting.value).where(Setting.name == bindparam("name"))
_CONTACT = (
    select(Member.id, Member.email)
    .where(Member.role == "admin", Member.suspended_at.is_(None))
    .order_by(Member.id)
    .limit(1)
)


def words_of_the_place(tx: Tx) -> dict[str, Any]:
    """Return what the admin decided to say, by name; what is not there was not said."""
    return {row.name: row.value for row in tx.connection.execute(_SAID)}


def rules_in(said: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return the rules among the words of the place, in order: number and text of each."""
    kept = said.get("rules")
    found = []
    for number, rule in enumerate(kept if isinstance(kept, list) else [], start=1):
        one = {"text": rule} if isinstance(rule, str) else rule
        found.append((int(one.get("id", number)), str(one.get("text", ""))))
    return found


def html_in(said: Mapping[str, Any], name: str) -> str:
    """Return what the place says at length, as HTML; empty for nothing."""
    kept = said.get(name)
    return str(kept.get("content", "")) if isinstance(kept, dict) else str(kept or "")


def decided(tx: Tx) -> dict[str, str]:
    """Return what an admin decides about the place, each as they see it in its form."""
    said = words_of_the_place(tx)
    at_length = {name: said.get(name) for name in AT_LENGTH}
    return {
        "federation": federation_mode(tx),
        "registration": registration_mode(tx),
        "groups": group_makers(tx),
        "rules": "\n".join(text for _, text in rules_in(said)),
        **{
            name: str(kept.get("source", "")) if isinstance(kept, dict) else ""
            for name, kept in at_length.items()
        },
    }


def federation_mode(tx: Tx) -> str:
    """Return whom we speak with: what the admin decided last, else what the settings say."""
    decided = tx.connection.scalar(_DECIDED, {"name": "federation"})
    return str(decided) if decided in FEDERATIONS else tx.here.federation


def registration_mode(tx: Tx) -> str:
    """Return how one moves in: what the admin decided last, else what the settings say."""
    decided = tx.connection.scalar(_DECIDED, {"name": "registration"})
    return str(decided) if decided in REGISTRATIONS else tx.here.registration


def group_makers(tx: Tx) -> str:
    """Return who may make groups here, as the admin decided last: members, organisers, nobody."""
    decided = tx.connection.scalar(_DECIDED, {"name": "groups"})
    return str(decided) if decided in GROUP_MAKERS else GROUP_MAKERS[0]


def may_make_groups(tx: Tx, role: str) -> bool:
    """Say whether a member with that role may make a group."""
    makers = group_makers(tx)
    return makers == "members" or (makers == "organisers" and role in ("organiser", "admin"))


def contact_of_the_place(tx: Tx) -> tuple[int, str] | None:
    """Return the id and the e-mail address of the admin who came first."""
    row = tx.connection.execute(_CONTACT).first()
    return None if row is None else (row.id, row.email or "")


def known_servers(tx: Tx) -> list[str]:
    """Return the other servers we know somebody on, unless they are shut out."""
    blocked = select(DomainRule.host).where(DomainRule.action == "block")
    query = (
        select(Actor.host)
        .where(Actor.host != HERE, Actor.host.not_in(blocked))
        .distinct()
        .order_by(Actor.host)
    )
    return list(tx.connection.scalars(query.limit(10_000)))


def shut_out(tx: Tx) -> Sequence[Any]:
    """Return (host, action, comment) of the servers that are blocked or limited."""
    return tx.connection.execute(
        select(DomainRule.host, DomainRule.action, DomainRule.public_comment)
        .where(DomainRule.action.in_(("block", "limit")))
        .order_by(DomainRule.host)
    ).all()


def weeks(tx: Tx) -> list[tuple[datetime, int, int, int]]:
    """Return, for the last twelve weeks: when it began, posts, who posted, who moved in."""
    monday = (tx.now - timedelta(days=tx.now.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    found = []
    for number in range(WEEKS):
        begin = monday - timedelta(weeks=number)
        low, high = first_id_at(begin), first_id_at(begin + timedelta(weeks=1))
        said = (Post.id >= low, Post.id < high, Post.is_local)
        posts, people = tx.connection.execute(
            select(func.count(Post.id), func.count(func.distinct(Post.actor_id))).where(*said)
        ).one()
        came = tx.connection.scalar(
            select(func.count(Member.id)).where(
                Member.created_at >= begin, Member.created_at < begin + timedelta(weeks=1)
            )
        )
        found.append((begin, posts, people, came or 0))
    return found
