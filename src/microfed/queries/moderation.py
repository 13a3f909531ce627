"""What those who look after the place need to see: people, reports, rules and the journal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_, select

from microfed.errors import NotFound
from microfed.queries.pages import Page, in_order, paged
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.moderation import AddressRule, Deed, EmailRule, Report, Strike
from microfed.store.people import HERE, Actor, Member
from microfed.store.rows import Row

R = TypeVar("R", bound=Row)
Rule = DomainRule | EmailRule | AddressRule


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom a keeper looks for; None and empty: it does not matter."""

    is_local: bool | None = None
    state: str | None = None  # active, pending, disabled, silenced, suspended, sensitized
    roles: Collection[str] = ()
    username: str | None = None
    display_name: str | None = None
    host: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """Somebody with their login, if they live here."""

    actor: Actor
    member: Member | None


def seek_people(tx: Tx, sought: Sought, page: Page) -> list[PersonRecord]:
    """Return a page of people, newest first."""
    query = (
        select(Actor, Member)
        .outerjoin(Member, Member.id == Actor.id)
        .where(Actor.gone_at.is_(None), Actor.kind != "Application", *_conditions(sought))
    )
    rows = tx.session.execute(paged(query, Actor.id, page)).all()
    return [PersonRecord(actor, member) for actor, member in in_order(list(rows), page)]


def people_by_id(tx: Tx, ids: Collection[int]) -> dict[int, PersonRecord]:
    """Return people with their logins, by id."""
    query = (
        select(Actor, Member)
        .outerjoin(Member, Member.id == Actor.id)
        .where(Actor.id.in_(list(ids)))
        .execution_options(populate_existing=True)
    )
    tx.flush()
    return {actor.id: PersonRecord(actor, member) for actor, member in tx.session.execute(query)}


def need_person(tx: Tx, id_: int) -> Actor:
    """Return somebody by id, whatever became of them; NotFound when there is nobody."""
    actor = tx.session.get(Actor, id_)
    if actor is None or actor.kind == "Application":
        raise NotFound("there is no such account")
    return actor


def seek_reports(
    tx: Tx,
    page: Page,
    *,
    is_handled: bool = False,
    reporter_id: int | None = None,
    target_id: int | None = None,
) -> list[Report]:
    """Return a page of reports, newest first: those that wait, or those done with."""
    handled = Report.handled_at.is_not(None)
    query = select(Report).where(handled if is_handled else not_(handled))
    if reporter_id is not None:
        query = query.where(Report.reporter_id == reporter_id)
    if target_id is not None:
        query = query.where(Report.target_id == target_id)
    return in_order(list(tx.session.scalars(paged(query, Report.id, page))), page)


def journal(tx: Tx, page: Page, *, target_id: int | None = None) -> list[Deed]:
    """Return a page of the journal, newest first; of one person, with `target_id`."""
    query = select(Deed)
    if target_id is not None:
        query = query.where(Deed.target_id == target_id)
    return in_order(list(tx.session.scalars(paged(query, Deed.id, page))), page)


def strikes_of(tx: Tx, actor_id: int) -> list[Strike]:
    """Return what was done about somebody, newest first."""
    query = select(Strike).where(Strike.target_id == actor_id).order_by(Strike.id.desc())
    return list(tx.session.scalars(query))


def shut_out_by(tx: Tx, actor_id: int) -> Strike | None:
    """Return what shuts somebody out, as it stands: first what they have not objected to yet."""
    query = select(Strike).where(
        Strike.target_id == actor_id,
        Strike.action.in_(("freeze", "suspend")),
        Strike.lifted_at.is_(None),
    )
    has_said = case((Strike.appealed_at.is_(None), 0), else_=1)
    return tx.session.scalar(query.order_by(has_said, Strike.id.desc()).limit(1))


def open_appeals(tx: Tx, page: Page) -> list[Strike]:
    """Return a page of the objections nobody has answered yet."""
    query = select(Strike).where(Strike.appealed_at.is_not(None), Strike.answered_at.is_(None))
    return in_order(list(tx.session.scalars(paged(query, Strike.id, page))), page)


def rules(tx: Tx, kind: type[R], page: Page, *where: ColumnElement[bool]) -> list[R]:
    """Return a page of rules about servers or addresses, newest first."""
    query = select(kind).where(*where)
    return in_order(list(tx.session.scalars(paged(query, kind.id, page))), page)


def domain_rules(tx: Tx, page: Page, *, lets_in: bool) -> list[DomainRule]:
    """Return a page of the servers that are let in, or of all other rules."""
    allows = DomainRule.action.in_(("allow", "ally"))
    return rules(tx, DomainRule, page, allows if lets_in else not_(allows))


def need_domain_rule(tx: Tx, id_: int, *, lets_in: bool) -> DomainRule:
    """Return a rule about a server by its id."""
    rule = need_row(tx, DomainRule, id_)
    if (rule.action in ("allow", "ally")) is not lets_in:
        raise NotFound("there is no such rule")
    return rule


def find_domain_rule(tx: Tx, host: str) -> DomainRule | None:
    """Return the rule about a server, if there is one."""
    return tx.session.scalar(select(DomainRule).where(DomainRule.host == host))


def every_domain_rule(tx: Tx) -> list[DomainRule]:
    """Return all rules about servers, by name."""
    return list(tx.session.scalars(select(DomainRule).order_by(DomainRule.host)))


def email_rules(tx: Tx, page: Page, *, kind: str) -> list[EmailRule]:
    """Return a page of the addresses nobody may move in with: `domain` or `address`."""
    return rules(tx, EmailRule, page, EmailRule.kind == kind)


def email_rules_with(tx: Tx, value: str) -> list[EmailRule]:
    """Return the rule about one address, by its digest, if there is one."""
    return list(tx.session.scalars(select(EmailRule).where(EmailRule.value == value)))


def rows_by_id(tx: Tx, kind: type[R], ids: Collection[int]) -> list[R]:
    """Return the rows of a kind that have these ids."""
    return list(tx.session.scalars(select(kind).where(kind.id.in_(ids))))


def need_row(tx: Tx, kind: type[R], id_: int, *where: ColumnElement[bool]) -> R:
    """Return a row by id; NotFound when there is none, or it is none of those sought."""
    row = tx.session.scalar(select(kind).where(kind.id == id_, *where))
    if row is None:
        raise NotFound("there is nothing of that id")
    return row


def _conditions(sought: Sought) -> Sequence[Any]:
    found: list[Any] = []
    if sought.is_local is not None:
        found.append(Actor.host == HERE if sought.is_local else Actor.host != HERE)
    if sought.state is not None:
        found.append(_STATES[sought.state])
    if sought.roles:
        found.append(Member.role.in_(list(sought.roles)))
    for column, value in (
        (Actor.name_key, sought.username),
        (func.lower(Actor.display_name), sought.display_name),
        (Member.email, sought.email),
    ):
        if value:
            wanted = value.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            found.append(column.like(f"{wanted}%", escape="\\"))
    if sought.host:
        found.append(Actor.host == sought.host.lower())
    return found


_STATES: dict[str, Any] = {
    "active": and_(
        Actor.suspended_at.is_(None),
        or_(
            Member.id.is_(None),
            and_(Member.suspended_at.is_(None), Member.approved_at.is_not(None)),
        ),
    ),
    "pending": and_(Member.id.is_not(None), Member.approved_at.is_(None)),
    "disabled": Member.suspended_at.is_not(None),
    "silenced": Actor.silenced_at.is_not(None),
    "suspended": Actor.suspended_at.is_not(None),
    "sensitized": Actor.sensitized_at.is_not(None),
    "objecting": exists().where(
        Strike.target_id == Actor.id, Strike.appealed_at.is_not(None), Strike.answered_at.is_(None)
    ),
}
