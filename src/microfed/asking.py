"""Who asks, for every door: a bearer token becomes an Asker, a cookie a member signed in."""

import time
from dataclasses import dataclass

from cachetools import TTLCache
from starlette.requests import HTTPConnection
from starlette.responses import Response

from microfed import clock
from microfed.errors import Forbidden, Unauthorized
from microfed.house import House, house_of
from microfed.operations.tokens import hash_of
from microfed.queries.sessions import SignedIn, find_session
from microfed.queries.tokens import TokenHolder, find_holder
from microfed.queries.visibility import Viewer
from microfed.scopes import covers
from microfed.streams import Credential

_LONGEST_TOKEN = 512
# A browser takes a cookie of this name only over https, from this very host, for all of it.
_COOKIE, _SECURE_COOKIE = "session", "__Host-session"


@dataclass(frozen=True, slots=True)
class Asker:
    """A member, by way of a token, and what the token may be used for."""

    actor_id: int
    actor_uri: str
    username: str
    role: str
    token_id: int
    app_id: int | None
    scopes: frozenset[str]
    has_filters: bool = True

    @property
    def viewer(self) -> Viewer:
        """The one who looks."""
        return Viewer(self.actor_id, may_filter=self.has_filters)

    def may(self, scope: str) -> bool:
        """Say whether the token covers `scope`, itself or by its parent."""
        return covers(self.scopes, scope)

    def need(self, scope: str) -> None:
        """Refuse when the token does not cover `scope`."""
        if not self.may(scope):
            raise Forbidden("This action is outside the authorized scopes")


class Askers:
    """Finds who stands behind a token, and remembers it until something changes."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: TTLCache[str, TokenHolder] = TTLCache(5_000, ttl=60, timer=time.monotonic)
        self._signed_in: TTLCache[str, SignedIn] = TTLCache(5_000, ttl=60, timer=time.monotonic)
        self._heard = 0  # how much news there was
        news = house.db.news
        news.listen("token", self._forget)
        news.listen("session", self._sign_out)
        for topic in ("actor", "elsewhere"):
            news.listen(topic, lambda _: self._forget_all())

    async def holder(self, token: str) -> TokenHolder:
        """Return who holds `token`; Unauthorized when nobody does any more."""
        if not token or len(token) > _LONGEST_TOKEN:
            raise Unauthorized("The access token is invalid")
        hash_ = hash_of(token)
        holder = self._known.get(hash_)
        if holder is None:
            heard = self._heard
            holder = await self._house.db.read(lambda tx: find_holder(tx, hash_))
            if holder is None:
                raise Unauthorized("The access token is invalid")
            if heard == self._heard:  # else what was read may be from before the news
                self._known[hash_] = holder
        if holder.expires_at is not None and holder.expires_at <= clock.now():
            raise Unauthorized("The access token has expired")
        return holder

    async def asker(self, token: str) -> Asker:
        """Return the member behind `token`; Unauthorized for an app's own token."""
        holder = await self.holder(token)
        if holder.actor_id is None or holder.actor_uri is None or holder.username is None:
            raise Unauthorized("This method requires an authenticated user")
        return Asker(
            holder.actor_id,
            holder.actor_uri,
            holder.username,
            holder.role or "member",
            holder.token_id,
            holder.app_id,
            holder.scopes,
            holder.has_filters,
        )

    async def member(self, session: str) -> SignedIn | None:
        """Return who is signed in with the token of a cookie, or None."""
        if not session or len(session) > _LONGEST_TOKEN:
            return None
        hash_ = hash_of(session)
        found = self._signed_in.get(hash_)
        if found is None:
            heard = self._heard
            found = await self._house.db.read(lambda tx: find_session(tx, hash_))
            if found is not None and heard == self._heard:
                self._signed_in[hash_] = found
        return found if found is not None and found.expires_at > clock.now() else None

    def _forget(self, hash_: object) -> None:
        self._heard += 1
        self._known.pop(str(hash_), None)

    def _sign_out(self, hash_: object) -> None:
        self._heard += 1
        self._signed_in.pop(str(hash_), None)

    def _forget_all(self) -> None:
        self._heard += 1
        self._known.clear()
        self._signed_in.clear()


def bearer_of(connection: HTTPConnection) -> str | None:
    """Return the token in the Authorization header, if that is how they ask."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


def credential_of_token(token: str) -> Credential:
    """Return what an open stream holds of a token, so that it ends when the token does."""
    hash_ = hash_of(token)
    return Credential(hash_, lambda tx: find_holder(tx, hash_) is not None)


def credential_of_session(session: str) -> Credential:
    """Return what an open stream holds of the session in a cookie."""
    hash_ = hash_of(session)
    return Credential(hash_, lambda tx: find_session(tx, hash_) is not None)


async def find_asker(connection: HTTPConnection) -> Asker | None:
    """Return who asks, or None without a token; a bad token is Unauthorized all the same."""
    token = bearer_of(connection)
    if token is None:
        return None
    askers: Askers = connection.app.state.askers
    return await askers.asker(token)


async def need_asker(connection: HTTPConnection, scope: str) -> Asker:
    """Return who asks; Unauthorized without a good token, Forbidden without `scope`."""
    asker = await find_asker(connection)
    if asker is None:
        raise Unauthorized("The access token is invalid")
    asker.need(scope)
    return asker


def session_cookie(house: House) -> str:
    """Return the name of the cookie that keeps a member signed in."""
    return _SECURE_COOKIE if house.settings.is_https else _COOKIE


def session_of(connection: HTTPConnection) -> str:
    """Return the token in the browser's cookie; empty without one. It is not yet believed."""
    return connection.cookies.get(session_cookie(house_of(connection)), "")


async def find_member(connection: HTTPConnection) -> SignedIn | None:
    """Return the member who is signed in with this browser, or None."""
    askers: Askers = connection.app.state.askers
    return await askers.member(session_of(connection))


async def need_member(connection: HTTPConnection) -> SignedIn:
    """Return the member who is signed in; Unauthorized when nobody is."""
    member = await find_member(connection)
    if member is None:
        raise Unauthorized("sign in first")
    return member


def browser_of(connection: HTTPConnection) -> str:
    """Return what the browser says it is; members see it beside each session."""
    return connection.headers.get("user-agent", "").replace("\0", "")


def keep_signed_in(response: Response, house: House, token: str, *, seconds: int) -> None:
    """Give the browser its session: no script may read it, no other site send it along."""
    response.set_cookie(
        session_cookie(house),
        token,
        max_age=seconds,
        path="/",
        secure=house.settings.is_https,
        httponly=True,
        samesite="lax",
    )


def sign_out_browser(response: Response, house: House) -> None:
    """Take the session from the browser."""
    keep_signed_in(response, house, "", seconds=0)
