"""Who asks, for every door: a bearer token becomes an Asker."""

import time
from dataclasses import dataclass

from cachetools import TTLCache
from starlette.requests import HTTPConnection

from microfed import clock
from microfed.errors import Forbidden, Unauthorized
from microfed.house import House
from microfed.operations.tokens import hash_of
from microfed.queries.tokens import TokenHolder, find_holder
from microfed.queries.visibility import Viewer

_LONGEST_TOKEN = 512
# `follow` is the older name for these (interop.md §5.2).
_FOLLOW = frozenset(
    f"{kind}:{what}" for kind in ("read", "write") for what in ("blocks", "follows", "mutes")
)


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

    @property
    def viewer(self) -> Viewer:
        """The one who looks."""
        return Viewer(self.actor_id)

    def may(self, scope: str) -> bool:
        """Say whether the token covers `scope`, itself or by its parent."""
        return covers(self.scopes, scope)

    def need(self, scope: str) -> None:
        """Refuse when the token does not cover `scope`."""
        if not self.may(scope):
            raise Forbidden("This action is outside the authorized scopes")


def covers(scopes: frozenset[str], wanted: str) -> bool:
    """Say whether `scopes` hold `wanted`: `write` covers `write:media`, `follow` its own six."""
    return (
        wanted in scopes
        or (wanted.startswith("admin:") and wanted.rpartition(":")[0] in scopes)
        or (not wanted.startswith("admin:") and wanted.partition(":")[0] in scopes)
        or ("follow" in scopes and wanted in _FOLLOW)
    )


class Askers:
    """Finds who stands behind a token, and remembers it until something changes."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: TTLCache[str, TokenHolder] = TTLCache(5_000, ttl=60, timer=time.monotonic)
        news = house.db.news
        news.listen("token", self._forget)
        for topic in ("actor", "elsewhere"):
            news.listen(topic, lambda _: self._known.clear())

    async def holder(self, token: str) -> TokenHolder:
        """Return who holds `token`; Unauthorized when nobody does any more."""
        if not token or len(token) > _LONGEST_TOKEN:
            raise Unauthorized("The access token is invalid")
        hash_ = hash_of(token)
        holder = self._known.get(hash_)
        if holder is None:
            holder = await self._house.db.read(lambda tx: find_holder(tx, hash_))
            if holder is None:
                raise Unauthorized("The access token is invalid")
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
        )

    def _forget(self, hash_: object) -> None:
        self._known.pop(str(hash_), None)


def bearer_of(connection: HTTPConnection) -> str | None:
    """Return the token in the Authorization header, if that is how they ask."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" and token.strip() else None


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
