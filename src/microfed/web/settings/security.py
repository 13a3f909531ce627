"""Who may come in as this member: the password, the browsers, the apps."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import NotFound
from microfed.forms import read_form
from microfed.house import house_of
from microfed.operations.apps import revoke_app
from microfed.operations.sessions import change_password, end_session_of, end_sessions
from microfed.passwords import LONGEST, SHORTEST, hash_password_aside
from microfed.plain_words import sentences_for
from microfed.queries.apps import AuthorisedApp, list_authorised_apps
from microfed.queries.sessions import SessionLine, SignedIn, list_sessions
from microfed.store.database import Tx
from microfed.web.settings.browsers import name_of
from microfed.web.settings.door import password_mistake, saved, show
from microfed.words import N_

PASSWORD, DEVICES = "/settings/password", "/settings/devices"
_SHORT = N_("Choose a password of at least 10 characters. Three or four words do well.")
_TOO_LONG = N_("This password is too long: 256 characters at most.")
_DIFFER = N_("The two passwords are not the same.")


async def password_page(request: Request, _member: SignedIn) -> Response:
    """GET /settings/password."""
    return show(request, "password", shortest=SHORTEST)


async def another_password(request: Request, member: SignedIn) -> Response:
    """POST /settings/password: whoever signed in elsewhere with the old one is signed out."""
    given = await read_form(request)
    fresh, mistakes = given.get("fresh", ""), dict[str, str]()
    if not SHORTEST <= len(fresh) <= LONGEST:
        mistakes["fresh"] = _SHORT if len(fresh) < SHORTEST else _TOO_LONG
    elif fresh != given.get("again"):
        mistakes["again"] = _DIFFER
    elif wrong := await password_mistake(request, member, given.get("password", "")):
        mistakes["password"] = wrong
    if mistakes:
        return show(request, "password", mistakes=mistakes, shortest=SHORTEST)
    hash_ = await hash_password_aside(fresh)
    await house_of(request).db.write(
        lambda tx: change_password(
            tx, member_id=member.actor_id, password_hash=hash_, but=member.session_id
        )
    )
    return saved(PASSWORD)


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser in the list."""

    line: SessionLine
    name: str
    is_this: bool


async def devices_page(request: Request, member: SignedIn) -> Response:
    """GET /settings/devices: the browsers, and the apps with what they may do."""

    def work(tx: Tx) -> tuple[list[SessionLine], list[AuthorisedApp]]:
        return list_sessions(tx, member.actor_id), list_authorised_apps(tx, member.actor_id)

    lines, apps = await house_of(request).db.read(work)
    return show(
        request,
        "devices",
        browsers=[
            Browser(line, name_of(line.browser), line.id == member.session_id) for line in lines
        ],
        apps=[(app, sentences_for(app.scopes)) for app in apps],
    )


async def let_go(request: Request, member: SignedIn) -> Response:
    """POST /settings/devices: one browser, one app, or every other browser comes in no more."""
    given = await read_form(request)
    browser, app = _number(given.get("browser")), _number(given.get("app"))

    def work(tx: Tx) -> None:
        if browser is not None and browser != member.session_id:
            end_session_of(tx, member_id=member.actor_id, session_id=browser)
        if app is not None:
            revoke_app(tx, member_id=member.actor_id, app_id=app)
        if "others" in given:
            end_sessions(tx, member_id=member.actor_id, but=member.session_id)

    await house_of(request).db.write(work)
    return saved(DEVICES)


def _number(said: str | None) -> int | None:
    if said is None:
        return None
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise NotFound("there is no such browser or app")
    return int(said)
