"""Who really sent this: the only way a request from another server becomes `Proven`.

A signature proves a key, the key's owner is an actor, and that actor must be the one the activity
speaks for. Everything else is 401 with a reason.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from cachetools import LRUCache, TTLCache

from microfed import clock
from microfed.errors import Forbidden, Invalid, Refused, TryLater, Unauthorized
from microfed.fetching import bring_person
from microfed.here import authority_of, same_origin
from microfed.house import House
from microfed.keys import load_public
from microfed.operations.hosts import is_refused
from microfed.queries.keys import KnownKey, find_key
from microfed.remote.signatures import Claim, check_digest, parse_signature
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.people import is_actor
from microfed.vocab.reading import documents, ref

_KEYS_KEPT = 2_000
# A sender whose signature does not match may have new keys; asking once in a while is enough.
_REFETCH_SECONDS = 300.0
_ONLY_HERE = object()


@dataclass(frozen=True, slots=True)
class Proven:
    """Somebody elsewhere, by the key they signed with. Only this module can make one."""

    actor: Actor
    _made_by: object

    def __post_init__(self) -> None:
        """Refuse to be made anywhere else."""
        if self._made_by is not _ONLY_HERE:
            raise TypeError("only federation.verify can say who is proven")

    @property
    def actor_id(self) -> int:
        """The id of ours for them."""
        return self.actor.id

    @property
    def actor_uri(self) -> str:
        """The id the world has for them."""
        return self.actor.uri

    @property
    def host(self) -> str:
        """The server they signed on."""
        return authority_of(self.actor.uri)


@dataclass(frozen=True, slots=True)
class Knock:
    """A request as far as its signature is concerned. `target` is path and query as they came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


class Verifier:
    """Proves senders, and remembers their keys until something about them changes."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._keys: LRUCache[str, KnownKey] = LRUCache(_KEYS_KEPT)
        self._asked: TTLCache[str, bool] = TTLCache(
            10_000, ttl=_REFETCH_SECONDS, timer=time.monotonic
        )
        house.db.news.listen("actor", self._forget)
        for topic in ("domain", "elsewhere"):
            house.db.news.listen(topic, lambda _: self._keys.clear())

    async def prove(self, knock: Knock) -> Proven:
        """Return who signed `knock`. Raises Unauthorized with the reason; TryLater never."""
        here = self._house.db.here
        claim = parse_signature(
            method=knock.method,
            target=knock.target,
            headers=knock.headers,
            now=clock.now(),
            hosts=(here.host,),
            base_url=here.url,
        )
        if knock.method == "POST":
            check_digest(knock.headers, knock.body)
        known = self._keys.get(claim.key_id)
        if known is None:
            known = await self._house.db.read(lambda tx: self._find(tx, claim.key_id))
        if known is not None and known.actor.is_local:
            raise Unauthorized("this key is ours")
        if known is None or not _matches(claim, known):
            known = await self._ask_again(claim, known)
        self._keys[claim.key_id] = known
        return Proven(known.actor, _ONLY_HERE)

    def _find(self, tx: Tx, key_id: str) -> KnownKey | None:
        """Return a key we know; whom the admin shut out is not even asked for theirs."""
        host = authority_of(key_id)
        if is_refused(tx, host):
            raise Forbidden(f"{host} is not welcome here")
        return find_key(tx, key_id)

    async def _ask_again(self, claim: Claim, known: KnownKey | None) -> KnownKey:
        """Fetch the key from where it lives, unless that was done just now, and try once more."""
        key_id = claim.key_id
        if known is not None:
            if key_id in self._asked:
                raise Unauthorized("the signature does not match the sender's key")
            self._asked[key_id] = True
            self._house.fetcher.forget(urldefrag(key_id).url)
        try:
            await self._bring_key(key_id)
        except Refused as refused:
            raise Unauthorized(f"the key {key_id} cannot be had: {refused}") from refused
        except TryLater as later:
            raise Unauthorized(f"the key {key_id} cannot be fetched now: {later}") from later
        fresh = await self._house.db.read(lambda tx: find_key(tx, key_id))
        if fresh is None:
            raise Unauthorized(f"{key_id} is not among the keys of its owner")
        if not _matches(claim, fresh):
            raise Unauthorized("the signature does not match the sender's key")
        return fresh

    async def _bring_key(self, key_id: str) -> None:
        """Fetch the actor a key belongs to; the key may stand in a document of its own."""
        document = (await self._house.fetcher.document(urldefrag(key_id).url)).data
        owner = document.get("id") if is_actor(document) else None
        # GoToSocial's /main-key answers with a stub of the actor, others with the bare key: in
        # both cases the owner must say so too (interop.md §1.6).
        if not isinstance(owner, str) or "inbox" not in document:
            owner = ref(document.get("owner") or document.get("controller"))
            for key in documents(document.get("publicKey")):
                owner = ref(key.get("owner")) or owner
        if not isinstance(owner, str) or not same_origin(owner, key_id):
            raise Invalid("a key must live on its owner's server")
        await bring_person(self._house, owner)

    def _forget(self, actor_id: Any) -> None:
        for uri in [uri for uri, key in list(self._keys.items()) if key.actor.id == actor_id]:
            self._keys.pop(uri, None)


def check_sender(proven: Proven, actor: str) -> None:
    """Refuse an activity that speaks for somebody other than whoever signed it."""
    if actor != proven.actor_uri:
        raise Unauthorized("the signature is not by the actor of this activity")


def _matches(claim: Claim, known: KnownKey) -> bool:
    try:
        return claim.verify(load_public(known.public))
    except Invalid:
        return False
