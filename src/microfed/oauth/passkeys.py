"""The second step of signing in with a passkey, beside the code."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from microfed.asking import session_of
from microfed.errors import NotFound, TooMany, Unauthorized
from microfed.forms import read_form, safe_path
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.oauth.sign_in import AGAIN, TOO_MANY, begun, code_form, sign_in_form
from microfed.operations.passkeys import begin_proof, prove_passkey
from microfed.pages import words_of
from microfed.passkeys import are_passkeys_there, read_answer
from microfed.words import N_

_NOT_PROVEN = N_("The passkey was not taken. Try once more, or type a code.")


async def passkey_options(request: Request) -> Response:
    """POST /sign-in/passkey/options: what the browser hands to the device."""
    await read_form(request)
    token, headers = session_of(request), {"Cache-Control": "no-store"}
    try:
        _need_extra()
        limiter_of(request).check(request, "sign_in")
        options = await house_of(request).db.write(lambda tx: begin_proof(tx, token=token))
    except TooMany:
        return PlainTextResponse(words_of(request).say(TOO_MANY), 429, headers)
    except (Unauthorized, NotFound):
        return PlainTextResponse(words_of(request).say(AGAIN), 401, headers)
    return JSONResponse(options, headers=headers)


async def passkey_step(request: Request) -> Response:
    """POST /sign-in/passkey: what the device answered."""
    given = await read_form(request)
    house, token = house_of(request), session_of(request)
    back, answer = safe_path(given.get("next", "/")), read_answer(given.get("answer", ""))
    try:
        _need_extra()
        limiter_of(request).check(request, "sign_in")
        taken = await house.db.write(lambda tx: prove_passkey(tx, token=token, answer=answer))
    except TooMany as many:
        return sign_in_form(request, back, "", TOO_MANY, 429, many.retry_after)
    except Unauthorized:
        return sign_in_form(request, back, "", AGAIN, 401)
    if taken is None:
        return await code_form(request, back, _NOT_PROVEN, 401)
    return begun(request, taken, back)


def _need_extra() -> None:
    if not are_passkeys_there():
        raise NotFound("there is no such page")
