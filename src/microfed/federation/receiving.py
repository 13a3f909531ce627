"""The inbox: an activity is read, its sender proven; it is handled or kept, then answered 202."""

import logging

from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from microfed.bodies import check_media_type, read_body
from microfed.errors import Forbidden, Malformed, Missing, NotFound, Refused
from microfed.federation.documents import target_of
from microfed.federation.inbox import handle
from microfed.federation.verify import Knock, Proven, Verifier, check_sender
from microfed.here import authority, authority_of
from microfed.house import house_of
from microfed.operations.hosts import host_spoke, is_refused
from microfed.operations.receive import note_seen, park, record_refusal
from microfed.queries.people import find_actor, need_local
from microfed.remote.signatures import read_headers
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Activity, Delete, parse
from microfed.wire import safe_json

log = logging.getLogger(__name__)


async def post_shared_inbox(request: Request) -> Response:
    """Take in what another server sends to several of us."""
    return await _take_in(request)


async def post_inbox(request: Request) -> Response:
    """Take in what another server sends to one of us."""
    name = request.path_params["name"]
    await house_of(request).db.read(lambda tx: need_local(tx, name).id)
    return await _take_in(request)


async def _take_in(request: Request) -> Response:
    house = house_of(request)
    verifier: Verifier = request.app.state.verifier
    check_media_type(request)
    body = await read_body(request)
    activity = parse(safe_json(body))
    if await _is_strangers_farewell(request, activity):
        return Response(status_code=202)
    proven = await verifier.prove(
        Knock("POST", target_of(request), read_headers(request.scope["headers"]), body)
    )
    check_sender(proven, activity.actor)
    _check_id(activity)
    lately: LRUCache[str, bool] = request.app.state.taken_in
    if activity.id in lately:  # the same thing for several of us: once is enough
        return Response(status_code=202)

    def work(tx: Tx) -> None:
        sender = _listen_to(tx, proven)
        if note_seen(tx, activity.id):
            _handle_or_record(tx, sender, activity, body)

    try:
        await house.db.write(work)
    except Missing:  # something must be fetched first: keep the activity, a worker goes on
        await house.db.write(
            lambda tx: park(tx, uri=activity.id, sender_id=proven.actor_id, body=body)
        )
    lately[activity.id] = True
    return Response(status_code=202)


async def _is_strangers_farewell(request: Request, activity: Activity) -> bool:
    """Say whether somebody we never knew deletes themselves.

    Mastodon tells every server it knows, and the key is gone with the account: fetching it would
    fail, and refusing would make them try again for days (interop.md §0.15).
    """
    if not isinstance(activity, Delete) or activity.object != activity.actor:
        return False
    return await house_of(request).db.read(lambda tx: find_actor(tx, activity.actor) is None)


def _check_id(activity: Activity) -> None:
    # The id is what keeps an activity from being applied twice, so nobody may use another's.
    if not activity.id:
        raise Malformed("an activity needs an id")
    authority(activity.actor, activity.id)


def _listen_to(tx: Tx, proven: Proven) -> Actor:
    # As it was read with the key, which is forgotten when anything about its owner changes.
    sender = tx.session.merge(proven.actor, load=False)
    if sender.suspended_at is not None:
        raise Forbidden("this server does not want to hear from you")
    host_spoke(tx, proven.host)
    return sender


def _handle_or_record(tx: Tx, sender: Actor, activity: Activity, body: bytes) -> None:
    sender_id = sender.id
    try:
        with tx.attempt():
            handle(tx, sender, activity)
    except Refused as refused:
        # Dishonest or out of place: nothing is done, and the sender learns nothing by it.
        log.info("refused %s %s: %s", activity.type, activity.id, refused)
        record_refusal(tx, uri=activity.id, sender_id=sender_id, body=body, why=str(refused))


def handle_parked(tx: Tx, *, sender_id: int, body: bytes) -> None:
    """Handle what a worker took up again. Raises Refused, Missing or TryLater."""
    sender = tx.session.get(Actor, sender_id)
    if sender is None or is_refused(tx, authority_of(sender.uri)):
        raise NotFound("the sender is gone")
    handle(tx, sender, parse(safe_json(body)))
