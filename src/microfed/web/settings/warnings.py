"""What those who look after the place did about a member, who may object once."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Conflict, Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.appeals import appeal
from microfed.queries.moderation import need_row, strikes_of
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.moderation import Strike
from microfed.store.people import Actor
from microfed.web.settings.door import saved, show
from microfed.words import N_

PATH = "/settings/warnings"
TOLD = {
    "warn": N_("You were written to"),
    "mark_sensitive": N_("Your pictures are veiled"),
    "mark_posts": N_("Some of your posts are veiled"),
    "remove_posts": N_("Some of your posts were taken away"),
    "silence": N_("You are kept quiet: only those who follow you read you"),
    "freeze": N_("You could not sign in"),
    "suspend": N_("You were shut out"),
}
_EMPTY = N_("Say why, in a sentence or two.")
_ONCE = N_("You have written about this already, or it was taken back just now.")


async def warnings_page(request: Request, member: SignedIn) -> Response:
    """GET: what was done, why, and what became of what one said to it."""
    return await _page(request, member)


async def object_to(request: Request, member: SignedIn) -> Response:
    """POST: say why it is not right."""
    given = Fields(await read_form(request))
    id_ = parse_id(given["strike"])

    def work(tx: Tx) -> None:
        strike = need_row(tx, Strike, id_, Strike.target_id == member.actor_id)
        appeal(
            tx, who=tx.session.get_one(Actor, member.actor_id), strike=strike, text=given["text"]
        )

    try:
        await house_of(request).db.write(work)
    except Invalid:
        return await _page(request, member, {"text": _EMPTY})
    except Conflict:
        return await _page(request, member, {"text": _ONCE})
    return saved(PATH)


async def _page(
    request: Request, member: SignedIn, mistakes: dict[str, str] | None = None
) -> Response:
    found = await house_of(request).db.read(lambda tx: strikes_of(tx, member.actor_id))
    return show(request, "warnings", mistakes=mistakes, strikes=found, told=TOLD)
