"""The way in to the desk: admins; organisers where they may."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Conflict, Forbidden, Invalid, NotFound
from microfed.forms import Fields, read_form, safe_path
from microfed.house import house_of
from microfed.pages import page
from microfed.queries.second_factor import signs_in_in_two_steps
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.web.settings.second_step import PATH as SECOND_STEP
from microfed.words import N_

CHANGED = N_(
    "Somebody else changed this since you opened the page. What stands now is shown below; look at"
    " it, and press once more if you still want yours."
)
Answer = Callable[[Request, SignedIn], Awaitable[Response]]
Deed = Callable[[Tx, Actor, Fields], Any]
_SAYINGS = {
    "done": N_("Done. It stands in the journal, where it can be taken back."),
    "late": N_("This was done already, perhaps by somebody else just now."),
    "gone": N_("This is not there any more: perhaps somebody else took it away just now."),
    "wrong": N_("This cannot be done like that. Look at what you typed, and try once more."),
    "not": N_("This cannot be done: it is refused so that nobody locks the place by accident."),
}


def for_keepers(answer: Answer, *, organisers_too: bool = False) -> Callable[[Request], Any]:
    """Let those in who look after the place; for others there is no such page."""
    roles = ("admin", "organiser") if organisers_too else ("admin",)

    async def endpoint(request: Request) -> Response:
        if request.method == "POST":
            member = request.state.member = await need_member(request)
        else:
            found = await member_of(request)
            if found is None:
                return to_the_door(request)
            member = found
        if member.role not in roles:
            raise NotFound("there is no such page")
        if member.role == "admin" and not await is_sure(request, member):
            return RedirectResponse(f"{SECOND_STEP}?for=desk", 303)
        return await answer(request, member)

    return endpoint


async def is_sure(request: Request, member: SignedIn) -> bool:
    """Say whether an admin signs in in two steps: the keys of the place hang on more than a word
    that somebody may have overheard."""
    id_ = member.actor_id
    return await house_of(request).db.read(lambda tx: signs_in_in_two_steps(tx, id_))


def show(request: Request, template: str, **values: Any) -> Response:
    """Return a page of the desk; after a deed it says how it went."""
    said = _SAYINGS.get(request.query_params.get("said", ""), "")
    return page(request, f"desk/{template}.html", is_kept=False, said=said, **values)


async def do(
    request: Request,
    member: SignedIn,
    deed: Deed,
    *,
    back: str,
    given: Fields | None = None,
    gone: str = "",
) -> Response:
    """Do something as this keeper, and go back to a page that says how it went; to `gone` where
    what it was about is there no more, and its page with it."""
    form = Fields(await read_form(request)) if given is None else given
    said = "done"
    try:
        await house_of(request).db.write(
            lambda tx: deed(tx, tx.session.get_one(Actor, member.actor_id), form)
        )
    except Conflict:
        said = "late"
    except NotFound:
        form["back"], back, said = "", gone or back, "gone"
    except Invalid:
        said = "wrong"
    except Forbidden:
        said = "not"
    path = safe_path(form["back"]) or back
    path = back if path == "/" else path
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}said={said}", 303)
