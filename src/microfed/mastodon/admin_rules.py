"""Rules about other servers and about addresses, as admins' apps set them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.errors import Invalid
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.mastodon.admin import each, listed, need_admin
from microfed.mastodon.answers import empty, json_answer
from microfed.mastodon.params import Params, invalid, read_params
from microfed.mastodon.present_admin import (
    canonical_email_block,
    domain_allow,
    domain_block,
    email_domain_block,
    ip_block,
)
from microfed.operations.domains import clean_domain, forget_rule, rule_domain
from microfed.operations.newcomers import digest_of_email, drop_rule, refuse_email, refuse_network
from microfed.queries.moderation import (
    domain_rules,
    email_rules,
    email_rules_with,
    find_domain_rule,
    need_domain_rule,
    need_row,
    rules,
)
from microfed.queries.pages import Page
from microfed.store.access import DomainRule
from microfed.store.database import Tx
from microfed.store.moderation import AddressRule, EmailRule
from microfed.store.people import Actor

_BLOCKS, _ALLOWS = "domain_blocks", "domain_allows"
_ACTIONS = {"suspend": "block", "silence": "limit", "noop": "note"}
Change = Callable[[Tx, Actor, Params], Any]


def _scope(kind: str, what: str) -> str:
    return f"admin:{kind}:{what}"


def _listing(what: str, find: Callable[[Tx, Page], list[Any]], present: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        return await listed(request, _scope("read", what), find, each(present))

    return endpoint


def _showing(what: str, need: Callable[[Tx, int], Any], present: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        await need_admin(request, _scope("read", what))
        id_ = parse_id(request.path_params["id"])
        return json_answer(await house_of(request).db.read(lambda tx: present(need(tx, id_))))

    return endpoint


def _making(what: str, make: Change, present: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        asker = await need_admin(request, _scope("write", what))
        params = await read_params(request)

        def work(tx: Tx) -> Any:
            return present(make(tx, tx.session.get_one(Actor, asker.actor_id), params))

        return json_answer(await house_of(request).db.write(work))

    return endpoint


def _changing(
    what: str,
    need: Callable[[Tx, int], Any],
    change: Callable[[Tx, Actor, Params, Any], Any],
    present: Any,
) -> Any:
    async def endpoint(request: Request) -> Response:
        asker = await need_admin(request, _scope("write", what))
        params, id_ = await read_params(request), parse_id(request.path_params["id"])

        def work(tx: Tx) -> Any:
            by = tx.session.get_one(Actor, asker.actor_id)
            return present(change(tx, by, params, need(tx, id_)))

        return json_answer(await house_of(request).db.write(work))

    return endpoint


def _dropping(what: str, need: Callable[[Tx, int], Any], drop: Callable[..., None]) -> Any:
    async def endpoint(request: Request) -> Response:
        asker = await need_admin(request, _scope("write", what))
        id_ = parse_id(request.path_params["id"])

        def work(tx: Tx) -> None:
            drop(tx, tx.session.get_one(Actor, asker.actor_id), need(tx, id_))

        await house_of(request).db.write(work)
        return empty()

    return endpoint


def _block(tx: Tx, by: Actor, params: Params) -> DomainRule:
    host = clean_domain(params.need("domain"))
    known = find_domain_rule(tx, host)
    if known is not None and known.action not in ("allow", "ally"):
        raise Invalid("there is a rule for this server already", {"domain": "is already used"})
    return _rule(tx, by, params, host, "suspend")


def _change_block(tx: Tx, by: Actor, params: Params, rule: DomainRule) -> DomainRule:
    severity = {"block": "suspend", "limit": "silence"}.get(rule.action, "noop")
    return _rule(tx, by, params, rule.host, severity)


def _rule(tx: Tx, by: Actor, params: Params, host: str, usual: str) -> DomainRule:
    severity = params.text("severity") or usual
    if severity not in _ACTIONS:
        raise invalid("severity", f"is not one of {', '.join(_ACTIONS)}")
    return rule_domain(
        tx,
        domain=host,
        action=_ACTIONS[severity],
        public_comment=params.text("public_comment"),
        private_comment=params.text("private_comment"),
        rejects_media=params.maybe("reject_media"),
        rejects_reports=params.maybe("reject_reports"),
        is_obfuscated=params.maybe("obfuscate"),
        by=by,
    )


def _allow(tx: Tx, by: Actor, params: Params) -> DomainRule:
    return rule_domain(tx, domain=params.need("domain"), action="allow", by=by)


def _forget(tx: Tx, by: Actor, rule: DomainRule) -> None:
    forget_rule(tx, domain=rule.host, by=by)


def _email_domain(tx: Tx, by: Actor, params: Params) -> EmailRule:
    return refuse_email(tx, by=by, kind="domain", value=params.need("domain"))


def _email_address(tx: Tx, by: Actor, params: Params) -> EmailRule:
    digest = params.text("canonical_email_hash")
    if digest is None:
        digest = digest_of_email(params.need("email"))
    elif len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise invalid("canonical_email_hash", "is not a SHA-256 in hexadecimal")
    return refuse_email(tx, by=by, kind="address", value=digest)


async def test_email(request: Request) -> Response:
    """Say which rule an address falls under."""
    await need_admin(request, _scope("read", "canonical_email_blocks"))
    digest = digest_of_email((await read_params(request)).need("email"))
    found = await house_of(request).db.read(
        lambda tx: [canonical_email_block(rule) for rule in email_rules_with(tx, digest)]
    )
    return json_answer(found)


def _network(tx: Tx, by: Actor, params: Params, rule: AddressRule | None = None) -> AddressRule:
    lasts = params.whole("expires_in")
    kept = None if rule is None else rule.expires_at
    expires = kept if lasts is None else tx.now + timedelta(seconds=max(0, min(lasts, 10**9)))
    return refuse_network(
        tx,
        by=by,
        network=params.need("ip") if rule is None else params.text("ip") or rule.network,
        severity=(params.need("severity") if rule is None else params.text("severity"))
        or (rule.severity if rule is not None else ""),
        comment=params.text("comment", "" if rule is None else rule.comment) or "",
        expires_at=expires,
        rule=rule,
    )


def _change_network(tx: Tx, by: Actor, params: Params, rule: AddressRule) -> AddressRule:
    return _network(tx, by, params, rule)


def _drop(tx: Tx, by: Actor, rule: EmailRule | AddressRule) -> None:
    drop_rule(tx, by=by, rule=rule)


def _of_kind(kind: str) -> Callable[[Tx, int], EmailRule]:
    def need(tx: Tx, id_: int) -> EmailRule:
        return need_row(tx, EmailRule, id_, EmailRule.kind == kind)

    return need


def _need_block(tx: Tx, id_: int) -> DomainRule:
    return need_domain_rule(tx, id_, lets_in=False)


def _need_allow(tx: Tx, id_: int) -> DomainRule:
    return need_domain_rule(tx, id_, lets_in=True)


def _need_network(tx: Tx, id_: int) -> AddressRule:
    return need_row(tx, AddressRule, id_)


def _area(
    what: str,
    find: Callable[[Tx, Page], list[Any]],
    need: Callable[[Tx, int], Any],
    present: Any,
    make: Change,
    drop: Callable[..., None],
    change: Callable[[Tx, Actor, Params, Any], Any] | None = None,
) -> list[Route]:
    every, one = f"/api/v1/admin/{what}", f"/api/v1/admin/{what}/{{id}}"
    found = [
        Route(every, _listing(what, find, present), methods=["GET"]),
        Route(every, _making(what, make, present), methods=["POST"]),
        Route(one, _showing(what, need, present), methods=["GET"]),
        Route(one, _dropping(what, need, drop), methods=["DELETE"]),
    ]
    if change is not None:
        found.append(Route(one, _changing(what, need, change, present), methods=["PUT"]))
    return found


routes = [
    Route("/api/v1/admin/canonical_email_blocks/test", test_email, methods=["POST"]),
    *_area(
        _BLOCKS,
        lambda tx, page: domain_rules(tx, page, lets_in=False),
        _need_block,
        domain_block,
        _block,
        _forget,
        _change_block,
    ),
    *_area(
        _ALLOWS,
        lambda tx, page: domain_rules(tx, page, lets_in=True),
        _need_allow,
        domain_allow,
        _allow,
        _forget,
    ),
    *_area(
        "email_domain_blocks",
        lambda tx, page: email_rules(tx, page, kind="domain"),
        _of_kind("domain"),
        email_domain_block,
        _email_domain,
        _drop,
    ),
    *_area(
        "canonical_email_blocks",
        lambda tx, page: email_rules(tx, page, kind="address"),
        _of_kind("address"),
        canonical_email_block,
        _email_address,
        _drop,
    ),
    *_area(
        "ip_blocks",
        lambda tx, page: rules(tx, AddressRule, page),
        _need_network,
        ip_block,
        _network,
        _drop,
        _change_network,
    ),
]
