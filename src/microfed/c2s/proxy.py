"""Reading what lives elsewhere with a member's own rights: `proxyUrl`, never an open proxy."""

from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import need_asker
from microfed.bodies import check_media_type, read_body
from microfed.errors import Forbidden, Invalid, NotFound
from microfed.here import authority_of
from microfed.house import house_of
from microfed.operations.deliveries import signing_key
from microfed.operations.hosts import is_refused
from microfed.remote.signatures import Signer
from microfed.store.database import Tx
from microfed.vocab.terms import ACTIVITY_JSON

FORM = ("application/x-www-form-urlencoded",)
MOST_BYTES = 10_000


async def post_proxy(request: Request) -> Response:
    """Fetch the document named by `id`, signed by the member who asks (ActivityPub §4.1)."""
    house = house_of(request)
    asker = await need_asker(request, "read")
    if asker.username != request.path_params["name"].lower():
        raise Forbidden("this proxy is somebody else's")
    check_media_type(request, FORM)
    form = parse_qs((await read_body(request, most=MOST_BYTES)).decode("utf-8", "replace"))
    uri = form.get("id", [""])[0]
    if not uri or house.db.here.is_ours(uri):
        raise Invalid("which document elsewhere? Send id=…", {"id": "missing, or not elsewhere"})

    def key(tx: Tx) -> tuple[str, str] | None:
        if is_refused(tx, authority_of(uri)):
            raise NotFound(f"{uri} is out of reach")
        return signing_key(tx, asker.actor_id)

    mine = await house.db.read(key)
    if mine is None:
        raise Forbidden("this account has no key")
    document = await house.fetcher.document(uri, sign=Signer(*mine))
    headers = {"Content-Type": f"{ACTIVITY_JSON}; charset=utf-8", "Cache-Control": "no-store"}
    return Response(orjson.dumps(document.data), 200, headers)
