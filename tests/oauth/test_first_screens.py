"""What four apps ask for from the first address typed to the first screens, in their order.

Each as its source does it: the shape of its bodies, its redirect, PKCE or not, and what its strict
decoder cannot do without. No answer may be an error, or lack what the app needs.
"""

import base64
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.mastodon.contract import problems
from tests.oauth.conftest import CHALLENGE, VERIFIER, Place

pytestmark = pytest.mark.anyio
KEYS = {
    "p256dh": (
        "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
    ),
    "auth": "4vQK-SvRAN5eo-8ASlrwdQ",
}
HOME = "/api/v1/timelines/home"


@dataclass(frozen=True, slots=True)
class App:
    """How an app comes in. `before` is asked without a token, `after` with one."""

    name: str
    redirect: str
    sends_json: bool
    scopes: str
    has_pkce: bool
    before: tuple[str, ...]
    after: tuple[str, ...]
    origin: str = ""
    more: tuple[tuple[str, str], ...] = ()


PHANPY = App(
    name="Phanpy",
    redirect="https://phanpy.test/",
    sends_json=False,
    scopes="read write follow push",
    has_pkce=True,
    origin="https://phanpy.test",
    before=("/.well-known/oauth-authorization-server", "/api/v2/instance", "/.well-known/nodeinfo"),
    after=(
        "/api/v1/accounts/verify_credentials",
        "/api/v2/instance",
        "/api/v1/preferences",
        "/api/v1/timelines/home?limit=20",
        "/api/v1/markers?timeline[]=home&timeline[]=notifications",
        "/api/v2/notifications?limit=30&expand_accounts=partial_avatars",
        "/api/v1/notifications?limit=30",
        "/api/v1/notifications/requests",
        "/api/v2/notifications/policy",
        "/api/v1/follow_requests",
        "/api/v1/announcements",
        "/api/v1/lists",
        "/api/v1/followed_tags?limit=200",
        "/api/v1/custom_emojis",
        "/api/v2/filters",
        "/api/v1/timelines/public?local=true&limit=20",
        "/api/v1/trends/statuses",
        "/api/v1/trends/links",
        "/api/v1/trends/tags",
        "/api/v1/profile",
        "/api/v1/accounts/{me}/collections",
        "/api/v1/accounts/{me}/in_collections",
        "/api/v1/accounts/{me}/endorsements",
        "/api/v1/statuses?id[]={post}",
        "/api/v1/statuses/{post}/context",
        "/api/v1/scheduled_statuses",
    ),
)
ELK = App(
    name="Elk",
    redirect="https://elk.test/api/here.test/oauth/https%3A%2F%2Felk.test",
    sends_json=True,
    scopes="read write follow push",
    has_pkce=False,
    origin="https://elk.test",
    more=(("force_login", "true"), ("lang", "fr")),
    before=("/api/v2/instance", "/api/v1/instance"),
    after=(
        "/api/v1/accounts/verify_credentials",
        "/api/v1/preferences",
        "/api/v1/timelines/home?limit=30",
        "/api/v1/notifications?limit=30",
        "/api/v1/markers?timeline[]=notifications",
        "/api/v1/conversations",
        "/api/v1/domain_blocks",
        "/api/v1/custom_emojis",
        "/api/v2/filters",
        "/api/v1/lists",
        "/api/v1/followed_tags",
        "/api/v1/scheduled_statuses",
        "/api/v1/statuses/{post}/quotes",
        "/api/v1/accounts/lookup?acct=ada",
        "/api/v1/accounts/{me}/statuses?pinned=true",
        "/api/v1/accounts/{me}/featured_tags",
        "/api/v1/accounts/relationships?id[]={other}",
        "/api/v1/trends/tags?limit=20",
        "/api/v2/search?q=ada&type=accounts&resolve=true",
    ),
)
TUSKY = App(
    name="Tusky",
    redirect="oauth2redirect://com.keylesspalace.tusky/",
    sends_json=False,
    scopes="read write follow push",
    has_pkce=False,
    before=("/api/v2/instance", "/api/v1/instance"),
    after=(
        "/api/v1/accounts/verify_credentials",
        "/api/v2/instance",
        "/api/v1/custom_emojis",
        "/api/v1/announcements?with_dismissed=true",
        "/api/v2/filters",
        "/api/v1/filters",
        "/api/v1/timelines/home?limit=30",
        "/api/v1/notifications?limit=30&exclude_types[]=admin.report",
        "/api/v1/notifications?types[]=mention&types[]=quote&types[]=moderation_warning",
        "/api/v1/notifications/unread_count",
        "/api/v2/notifications/policy",
        "/api/v1/notifications/requests?limit=20",
        "/api/v1/markers?timeline[]=notifications",
        "/api/v1/conversations?limit=20",
        "/api/v1/timelines/public?local=true",
        "/api/v1/timelines/tag/quartier?local=false",
        "/api/v1/trends/tags",
        "/api/v1/trends/links",
        "/api/v1/lists",
        "/api/v1/accounts/{other}/lists",
        "/api/v1/scheduled_statuses",
        "/api/v1/domain_blocks",
        "/api/v1/mutes",
        "/api/v1/blocks",
        "/api/v1/bookmarks",
        "/api/v1/favourites",
        "/api/v1/followed_tags",
        "/api/v1/follow_requests",
        "/api/v1/statuses/{post}/history",
        "/api/v1/statuses/{post}/source",
        "/api/v1/instance/rules",
        "/api/v1/preferences",
    ),
)
ICE_CUBES = App(
    name="IceCubesApp",
    redirect="icecubesapp://",
    sends_json=True,
    scopes="read write follow push",
    has_pkce=False,
    before=("/api/v2/instance", "/api/v1/timelines/public?local=false", "/api/v1/trends/tags"),
    after=(
        "/api/v1/accounts/verify_credentials",
        "/api/v2/instance",
        "/api/v1/preferences",
        "/api/v1/timelines/home?limit=50",
        "/api/v2/notifications?limit=30&grouped_types[]=favourite&grouped_types[]=reblog",
        "/api/v2/notifications/policy",
        "/api/v1/notifications/requests",
        "/api/v1/markers?timeline[]=home",
        "/api/v1/conversations",
        "/api/v1/lists",
        "/api/v1/followed_tags",
        "/api/v2/filters",
        "/api/v2/suggestions",
        "/api/v1/trends/tags",
        "/api/v1/trends/statuses",
        "/api/v1/trends/links",
        "/api/v1/accounts/{me}/statuses?exclude_replies=true",
        "/api/v1/accounts/{me}/featured_tags",
        "/api/v1/accounts/familiar_followers?id[]={other}",
        "/api/v1/push/subscription",
    ),
)


@pytest.fixture
async def place(place: Place) -> Place:
    place.add("bob")
    return place


def registered(app: App) -> dict[str, Any]:
    return {"client_name": app.name, "redirect_uris": app.redirect, "scopes": app.scopes}


async def send(place: Place, app: App, path: str, body: dict[str, Any]) -> httpx.Response:
    kind = {"json": body} if app.sends_json else {"data": body}
    headers = {"Origin": app.origin} if app.origin else {}
    return await place.api.post(path, headers=headers, **kind)  # type: ignore[arg-type]


async def logged_in(place: Place, app: App) -> str:
    """Register, sign in, consent and exchange the code, as this app does; return its token."""
    made = await send(place, app, "/api/v1/apps", registered(app))
    assert made.status_code == 200, made.text
    place.app = made.json()
    assert problems(place.app, "CredentialApplication", set()) == []
    pkce: dict[str, str | None] = {}
    if app.has_pkce:
        pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    if "force_login" not in dict(app.more):
        await place.sign_in()
    else:
        page = await place.browser.get(
            place.address(redirect_uri=app.redirect, scope=app.scopes, **dict(app.more))
        )
        assert page.status_code in (200, 302, 303)
        await place.sign_in()
    address = place.address(redirect_uri=app.redirect, scope=app.scopes, **pkce)
    answer = await place.decide("allow", address)
    location = answer.headers["location"]
    assert location.startswith(app.redirect)
    code = parse_qs(urlsplit(location).query)["code"][0]
    wish = {
        "grant_type": "authorization_code",
        "client_id": place.app["client_id"],
        "client_secret": place.app["client_secret"],
        "redirect_uri": app.redirect,
        "code": code,
        "scope": app.scopes,
        **({"code_verifier": VERIFIER} if app.has_pkce else {}),
    }
    given = await send(place, app, "/oauth/token", wish)
    assert given.status_code == 200, given.text
    token = given.json()
    assert token["token_type"] == "Bearer"
    assert set(app.scopes.split()) <= set(token["scope"].split())
    assert isinstance(token["created_at"], int)
    return str(token["access_token"])


@pytest.mark.parametrize("app", [PHANPY, ELK, TUSKY, ICE_CUBES], ids=lambda app: app.name)
async def test_an_app_comes_in_and_its_first_screens_have_what_it_decodes(
    place: Place, app: App
) -> None:
    seen: dict[str, Any] = {}
    headers = {"Origin": app.origin} if app.origin else {}
    for path in app.before:
        answer = await place.api.get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        if app.origin:
            assert answer.headers["access-control-allow-origin"] == "*", path

    token = await logged_in(place, app)
    headers["Authorization"] = f"Bearer {token}"
    me = (await place.api.get("/api/v1/accounts/verify_credentials", headers=headers)).json()
    other = (await place.api.get("/api/v1/accounts/lookup?acct=bob", headers=headers)).json()["id"]
    wish = {"status": "Bonjour #quartier", "visibility": "local"}
    post = (await place.api.post("/api/v1/statuses", json=wish, headers=headers)).json()
    await place.api.post(
        "/api/v1/push/subscription",
        headers=headers,
        json={
            "subscription": {"endpoint": "https://push.test/1", "keys": KEYS},
            "data": {"alerts": {"mention": True}},
        },
    )
    wrong = []
    for path in app.after:
        address = path.format(me=me["id"], other=other, post=post["id"])
        answer = await place.api.get(address, headers=headers)
        if answer.status_code != 200:
            wrong.append(f"{address}: {answer.status_code} {answer.text[:120]}")
        else:
            seen[path] = answer.json()

    assert wrong == []
    assert post["visibility"] in ("public", "unlisted", "private", "direct")
    assert [one["id"] for one in seen[next(p for p in seen if p.startswith(HOME))]] == [post["id"]]
    NEEDS[app.name](seen)


def no_nulls(value: Any, names: Iterable[str], where: str) -> None:
    for name in names:
        assert value.get(name) is not None, f"{where}.{name}"


def phanpy_needs(seen: dict[str, Any]) -> None:
    groups = seen["/api/v2/notifications?limit=30&expand_accounts=partial_avatars"]
    assert set(groups) >= {"accounts", "partial_accounts", "statuses", "notification_groups"}


def elk_needs(seen: dict[str, Any]) -> None:
    assert seen["/api/v1/preferences"]["posting:default:visibility"]


def tusky_needs(seen: dict[str, Any]) -> None:
    """What Moshi declares without `?` (clients.md §2)."""
    (status,) = seen["/api/v1/timelines/home?limit=30"]
    names = "id account content created_at emojis reblogs_count favourites_count replies_count"
    no_nulls(status, names.split(), "status")
    no_nulls(
        status, ["sensitive", "spoiler_text", "visibility", "media_attachments", "mentions"], ""
    )
    instance = seen["/api/v2/instance"]["configuration"]
    no_nulls(instance["accounts"], ["max_featured_tags"], "configuration.accounts")


def ice_cubes_needs(seen: dict[str, Any]) -> None:
    """What `Instance` decodes strictly: without it the account cannot even be added."""
    instance = seen["/api/v2/instance"]
    no_nulls(
        instance,
        ["title", "domain", "version", "registrations", "thumbnail", "contact", "rules"],
        "",
    )
    assert isinstance(instance["registrations"]["enabled"], bool)
    assert isinstance(instance["contact"]["email"], str)
    configuration = instance["configuration"]
    no_nulls(configuration["statuses"], ["max_characters", "max_media_attachments"], "statuses")
    polls = ["max_options", "max_characters_per_option", "min_expiration", "max_expiration"]
    no_nulls(configuration["polls"], polls, "polls")
    for rule in instance["rules"]:
        no_nulls(rule, ["id", "text"], "rule")
    (status, *_) = seen["/api/v1/timelines/home?limit=50"]
    for name in ("avatar", "header"):
        assert urlsplit(status["account"][name]).scheme == "https"


NEEDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "Phanpy": phanpy_needs,
    "Elk": elk_needs,
    "Tusky": tusky_needs,
    "IceCubesApp": ice_cubes_needs,
}


async def test_a_browser_app_may_ask_from_its_own_site_before_every_kind_of_request(
    place: Place,
) -> None:
    for path in ("/api/v1/apps", "/oauth/token", "/api/v1/statuses", "/.well-known/nodeinfo"):
        answer = await place.api.options(
            path,
            headers={
                "Origin": "https://phanpy.test",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
            },
        )
        assert answer.status_code in (200, 204), path
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_an_app_that_says_who_it_is_by_basic_or_not_at_all_is_served(place: Place) -> None:
    await place.register(redirect_uris="urn:ietf:wg:oauth:2.0:oob")
    pair = f"{place.app['client_id']}:{place.app['client_secret']}".encode()
    answer = await place.api.post(
        "/oauth/token",
        content=json.dumps({"grant_type": "client_credentials", "scope": "read"}),
        headers={
            "Authorization": "Basic " + base64.b64encode(pair).decode(),
            "Content-Type": "application/json",
            "User-Agent": "",
        },
    )
    assert answer.status_code == 200, answer.text
