"""The header by which servers compare who follows whom, and the list behind it (FEP-8fcf)."""

import re
from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import NotFound
from microfed.federation.answers import activity_json
from microfed.federation.documents import viewer_of
from microfed.federation.verify import Proven
from microfed.here import authority_of, same_origin
from microfed.house import house_of
from microfed.operations.jobs import add_job
from microfed.operations.synchronising import digest_of, followers_at, followers_here
from microfed.queries.people import need_actor_by_id, need_local
from microfed.store.database import Tx
from microfed.vocab.terms import AS2

HEADER = "collection-synchronization"
_PARAMETER = re.compile(r'([A-Za-z]+)="([^"\\]*)"')


def read_header(headers: Mapping[str, str], proven: Proven) -> tuple[str, str] | None:
    """Return (digest, address of the list) that a sender signed for, if they are theirs."""
    value = headers.get(HEADER)
    if value is None or len(value) > 2_000 or HEADER not in proven.covered:
        return None
    given = dict(_PARAMETER.findall(value))
    collection, url = given.get("collectionId"), given.get("url", "")
    digest = given.get("digest", "").lower()
    actor = proven.actor
    if collection != actor.followers_uri or not same_origin(url, actor.uri):
        return None
    return (digest, url) if re.fullmatch("[0-9a-f]{64}", digest) else None


def compare(tx: Tx, *, actor_id: int, digest: str, url: str) -> None:
    """Have the list read where what they believe differs from what we do."""
    if digest_of(followers_here(tx, actor_id)) != digest:
        add_job(
            tx,
            "synchronise",
            key=str(actor_id),
            arguments={"actor_id": actor_id, "url": url},
        )


async def get_followers_here(request: Request) -> Response:
    """Which followers of a member live on the server that asks: for that server alone."""
    name = request.path_params["name"]
    viewer = await viewer_of(request)
    if viewer is None or viewer.is_local:
        raise NotFound("this list is for servers that sign their question")
    actor_id = viewer.actor_id

    def work(tx: Tx) -> bytes:
        actor = need_local(tx, name, viewer=viewer)
        host = authority_of(need_actor_by_id(tx, actor_id).uri)
        return orjson.dumps(
            {
                "@context": AS2,
                "id": f"{actor.followers_uri}?domain={host}",
                "type": "OrderedCollection",
                "orderedItems": followers_at(tx, actor.id, host),
            }
        )

    return activity_json(await house_of(request).db.read(work), is_shared=False)
