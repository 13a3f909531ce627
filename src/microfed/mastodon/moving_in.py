"""Moving in by an app: as far as the place lets people in by themselves."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from microfed.asking import Askers, bearer_of, need_asker
from microfed.errors import Forbidden, Unauthorized
from microfed.house import house_of
from microfed.limits import address_of
from microfed.mastodon.answers import json_answer
from microfed.mastodon.params import invalid, read_params
from microfed.operations.invitations import OPEN_DOORS
from microfed.operations.members import move_in_by_app
from microfed.passwords import hash_password
from microfed.queries.place import registration_mode
from microfed.queries.tokens import TokenHolder
from microfed.scopes import covers
from microfed.store.database import Tx

_LOCALE = re.compile(r"(fr|en)\b", re.ASCII)


async def sign_up(request: Request) -> Response:
    """Let someone move in, where the doors are open; or ask whether they may."""
    holder = await _app(request)
    params = await read_params(request)
    house = house_of(request)
    if await house.db.read(registration_mode) not in OPEN_DOORS:
        raise Forbidden("This action is not allowed")
    name, email = params.need("username"), params.need("email")
    hash_ = hash_password(params.need("password"))
    if not params.boolean("agreement"):
        raise invalid("agreement", "must be accepted", code="ERR_ACCEPTED")
    found = _LOCALE.match(params.text("locale", "") or "")

    def work(tx: Tx) -> dict[str, Any]:
        token = move_in_by_app(
            tx,
            name=name,
            email=email,
            password_hash=hash_,
            language=found[1] if found else house.settings.language,
            reason=params.text("reason"),
            app_id=holder.app_id,
            scopes=holder.scopes,
            address=address_of(request),
        )
        return {
            "access_token": token,
            "token_type": "Bearer",
            "scope": " ".join(sorted(holder.scopes)),
            "created_at": int(tx.now.timestamp()),
        }

    return json_answer(await house.db.write(work))


async def confirm_again(request: Request) -> Response:
    """Refuse another letter: nobody here waits for one, for people let people in, not letters.

    So says Mastodon too to whoever is confirmed; whoever is not let in yet holds no token at all.
    """
    await need_asker(request, "write:accounts")
    raise Forbidden("This method is only available while the e-mail is awaiting confirmation")


async def _app(request: Request) -> TokenHolder:
    askers: Askers = request.app.state.askers
    holder = await askers.holder(bearer_of(request) or "")
    if holder.app_id is None:
        raise Unauthorized("The access token is invalid")
    if not covers(holder.scopes, "write:accounts"):
        raise Forbidden("This action is outside the authorized scopes")
    return holder


routes = [
    Route("/api/v1/accounts", sign_up, methods=["POST"]),
    Route("/api/v1/emails/confirmations", confirm_again, methods=["POST"]),
]
