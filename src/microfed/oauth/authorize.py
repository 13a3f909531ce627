"""The consent page: a member sees which app asks, for what, and says yes or no."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import find_member
from microfed.errors import Refused, TryLater
from microfed.forms import read_form
from microfed.here import authority_of
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.oauth.answers import Wrong
from microfed.oauth.clients import bring_client, is_address, look_up_client
from microfed.oauth.parameters import Parameters, query_parameters
from microfed.oauth.sign_in import to_sign_in
from microfed.oauth.wishes import AppWish, Back, read_back, read_wish
from microfed.operations.grants import allow
from microfed.pages import POLICY, page
from microfed.plain_words import sentences_for
from microfed.queries.apps import Client
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.vocab.redirects import host_of, source_of


async def authorize(request: Request) -> Response:
    """GET and POST /oauth/authorize: the same address, so that an answer is to what was asked."""
    try:
        return await _authorize(request)
    except (Refused, TryLater) as refused:
        # Nobody is sent to an address that was not found to be the app's.
        status = refused.status if isinstance(refused, Refused) else 503
        return _not_possible(request, status, str(refused))


async def _authorize(request: Request) -> Response:
    given = query_parameters(request)
    member = await find_member(request)
    client = await _find_client(request, given, member)
    if client is None:
        # Only for members do we ask another server who an app is.
        return to_sign_in(request)
    back = read_back(client, given)
    try:
        wish = read_wish(client, given)
    except Wrong as wrong:
        return _send_back(request, back, error=wrong.error, error_description=str(wrong))
    is_forced = given.text("force_login") in ("true", "1", "t", "on")
    if request.method == "POST":
        form = await read_form(request)
        # Signed out meanwhile, or somebody else signed in: the yes was not theirs.
        if member is None or form.get("member") != str(member.actor_id):
            return to_sign_in(request)
        return await _answer(request, client, member, back, wish, form.get("decision", ""))
    if member is None or is_forced:
        return to_sign_in(request, is_forced=is_forced)
    return _ask(request, client, member, back, wish)


async def _find_client(
    request: Request, given: Parameters, member: SignedIn | None
) -> Client | None:
    house, client_id = house_of(request), given.need("client_id")
    client = await look_up_client(house, client_id)
    if not is_address(client_id):
        if client is None:
            raise Refused("this app is not known here; it must register first")
        return client
    if member is None:
        return None
    limiter_of(request).check(request, "fetch", member.actor_id)
    return await bring_client(house, client_id, client)


def _ask(request: Request, client: Client, member: SignedIn, back: Back, wish: AppWish) -> Response:
    response = page(
        request,
        "consent.html",
        is_kept=False,
        app=client,
        site=_site_of(client),
        returns_to=host_of(back.uri),
        member=member,
        sentences=sentences_for(wish.scopes),
        action=f"{request.url.path}?{request.url.query}",
    )
    if not back.is_shown:
        # Browsers hold the form to this policy along its redirects, up to the app.
        response.headers["Content-Security-Policy"] = POLICY.replace(
            "form-action 'self'", f"form-action 'self' {source_of(back.uri)}"
        )
    return _for_windows(response)


async def _answer(
    request: Request,
    client: Client,
    member: SignedIn,
    back: Back,
    wish: AppWish,
    decision: str,
) -> Response:
    if decision != "allow":
        why = "The resource owner or authorization server denied the request."
        return _send_back(request, back, error="access_denied", error_description=why)

    def work(tx: Tx) -> str:
        return allow(
            tx,
            client=client,
            member_id=member.actor_id,
            redirect_uri=back.uri,
            scopes=wish.scopes,
            challenge=wish.challenge,
        )

    code = await house_of(request).db.write(work)
    return _send_back(request, back, code=code, app=client)


def _send_back(
    request: Request, back: Back, *, app: Client | None = None, **answer: str
) -> Response:
    if not back.is_shown:
        response: Response = RedirectResponse(
            back.with_answer(**answer), 303, {"Cache-Control": "no-store"}
        )
    elif "code" in answer and app is not None:
        response = page(request, "code.html", is_kept=False, code=answer["code"], app=app)
    elif answer["error"] == "access_denied":
        response = page(request, "denied.html", is_kept=False)
    else:
        return _not_possible(request, 400, answer["error_description"])
    return _for_windows(response)


def _not_possible(request: Request, status: int, why: str) -> Response:
    return page(request, "not_possible.html", status=status, is_kept=False, why=why)


def _for_windows(response: Response) -> Response:
    """Let an app that opened this in a window of its own find the window again afterwards."""
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


def _site_of(client: Client) -> str:
    """Return what stands for an app's name when names can be made up: its address."""
    if client.is_document:
        return authority_of(client.client_id)
    return authority_of(client.website or "")
