"""The inbox: an activity is read, its sender proven; it is handled or kept, then answered 202."""

import logging
from collections.abc import Mapping

import orjson
from cachetools import LRUCache
from starlette.requests import Request
from starlette.responses import Response

from microfed.bodies import check_media_type, read_body
from microfed.errors import Forbidden, Malformed, Missing, NotFound, Refused
from microfed.federation.documents import target_of
from microfed.federation.hearsay import look_up
from microfed.federation.inbox import handle
from microfed.federation.synchronisation import compare, read_header
from microfed.federation.verify import Knock, Proven, Verifier
from microfed.here import authority, authority_of
from microfed.house import house_of
from microfed.operations.gathering import refresh_if_stale
from microfed.operations.hosts import host_spoke, is_refused
from microfed.operations.inboxes import show_in_secret, show_to_members
from microfed.operations.receive import note_seen, park, record_refusal
from microfed.queries.people import find_actor, need_local
from microfed.remote.signatures import read_headers
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.activities import Activity, Delete, parse
from microfed.vocab.audience import is_for_nobody_named
from microfed.wire import safe_json

log = logging.getLogger(__name__)


async def post_shared_inbox(request: Request) -> Response:
    """Take in what another server sends to several of us."""
    return await _take_in(request)


async def post_inbox(request: Request) -> Response:
    """Take in what another server sends to one of us."""
    name = request.path_params["name"]
    to = await house_of(request).db.read(lambda tx: need_local(tx, name).uri)
    return await _take_in(request, to)


async def _take_in(request: Request, to: str | None = None) -> Response:
    house = house_of(request)
    verifier: Verifier = request.app.state.verifier
    check_media_type(request)
    body = await read_body(request)
    activity = parse(safe_json(body))
    if await _is_strangers_farewell(request, activity):
        return Response(status_code=202)
    headers = read_headers(request.scope["headers"])
    proven = await verifier.prove(Knock("POST", target_of(request), headers, body))
    _check_id(activity)
    if proven.actor_uri != activity.actor:
        author = await verifier.prove_author(activity.document)
        if author is None:
            carrier = proven
            await house.db.write(lambda tx: look_up(tx, carrier, activity))
            return Response(status_code=202)
        activity = parse(activity.document, carried_by=proven.host)
        proven = author
    lately: LRUCache[str, bool] = request.app.state.taken_in
    secret = to if to is not None and is_for_nobody_named(activity.document, to) else None
    if activity.id in lately and secret is None:  # for several of us: once is enough
        return Response(status_code=202)
    if secret is not None:
        activity = parse({**activity.document, "bto": [secret]}, carried_by=activity.carried_by)
        body = orjson.dumps(activity.document)

    def work(tx: Tx) -> None:
        sender = _listen_to(tx, proven)
        if note_seen(tx, activity.id):
            _handle_or_record(tx, sender, activity, body)
            refresh_if_stale(tx, sender)
        elif secret is not None:
            show_in_secret(
                tx,
                by=sender,
                document=activity.document,
                to=secret,
                carried_by=activity.carried_by,
            )

    try:
        await house.db.write(work)
    except Missing:  # something must be fetched first: keep the activity, a worker goes on
        await house.db.write(
            lambda tx: park(
                tx,
                uri=activity.id,
                sender_id=proven.actor_id,
                body=body,
                carried_by=activity.carried_by,
            )
        )
    lately[activity.id] = True
    await _compare_followers(request, headers, proven)
    return Response(status_code=202)


async def _compare_followers(request: Request, headers: Mapping[str, str], proven: Proven) -> None:
    """See whether the sender's server believes the same about who follows them here."""
    said = read_header(headers, proven)
    compared: LRUCache[str, str] = request.app.state.compared
    if said is None or compared.get(proven.actor_uri) == said[0]:
        return
    digest, url = said
    actor_id = proven.actor_id
    await house_of(request).db.write(
        lambda tx: compare(tx, actor_id=actor_id, digest=digest, url=url)
    )
    compared[proven.actor_uri] = digest


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
    _check_standing(sender)
    host_spoke(tx, proven.host)
    return sender


def _check_standing(sender: Actor) -> None:
    """Our keepers shut somebody out; whom their own server suspended, it may let back in."""
    if sender.suspended_at is not None and not sender.extras.get("suspended_at_home"):
        raise Forbidden("this server does not want to hear from you")


def _handle_or_record(tx: Tx, sender: Actor, activity: Activity, body: bytes) -> None:
    sender_id = sender.id
    try:
        with tx.attempt():
            handle(tx, sender, activity)
            show_to_members(tx, activity.document)
    except Refused as refused:
        # Dishonest or out of place: nothing is done, and the sender learns nothing by it.
        log.info("refused %s %s: %s", activity.type, activity.id, refused)
        record_refusal(tx, uri=activity.id, sender_id=sender_id, body=body, why=str(refused))


def handle_parked(tx: Tx, *, sender_id: int, body: bytes, carried_by: str | None = None) -> None:
    """Handle what a worker took up again. Raises Refused, Missing or TryLater."""
    sender = tx.session.get(Actor, sender_id)
    if sender is None or is_refused(tx, authority_of(sender.uri)):
        raise NotFound("the sender is gone")
    _check_standing(sender)
    activity = parse(safe_json(body), carried_by=carried_by)
    handle(tx, sender, activity)
    show_to_members(tx, activity.document)
