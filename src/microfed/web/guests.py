"""Guests in the browser: people without an account say that they come, or not after all."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Gone, Invalid, TooMany
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.limits import limiter_of
from microfed.operations.event_guests import (
    ask_guest,
    guest_comes,
    guest_does_not_come,
    need_guest,
)
from microfed.pages import page, words_of
from microfed.queries.events import event_of
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.events import Event, EventAnswer
from microfed.web.agenda import show_event
from microfed.web.looking import member_of
from microfed.words import N_

_MISTAKES = {
    "name": N_("Say what you are called, in 60 characters at most."),
    "address": N_("This is not an e-mail address."),
    "answer": N_("This is over, or was called off."),
}
_TOO_MANY = N_("That was a lot in a short time. Wait a few minutes and try once more.")


async def come_as_guest(request: Request) -> Response:
    """POST /agenda/{id}/guest: the same answer, whether or not the address was known."""
    given, limiter = Fields(await read_form(request)), limiter_of(request)
    id_, language = parse_id(request.path_params["id"]), words_of(request).language
    try:
        limiter.check(request, "reset")
        limiter.check(request, "reset_mail", given["address"].strip().lower()[:254])

        def work(tx: Tx) -> None:
            post = need_visible_post(tx, None, id_=id_)
            ask_guest(
                tx, post=post, name=given["name"], address=given["address"], language=language
            )

        await house_of(request).db.write(work)
    except TooMany as many:
        answer = await show_event(request, guest_mistake=_TOO_MANY, given=given, status=429)
        answer.headers["Retry-After"] = str(many.retry_after)
        return answer
    except Invalid as invalid:
        found = [word for field, word in _MISTAKES.items() if field in invalid.details]
        mistake = found[0] if found else _MISTAKES["answer"]
        return await show_event(request, guest_mistake=mistake, given=given, status=422)
    return await show_event(request, is_asked=True)


async def answer_page(request: Request) -> Response:
    """GET /agenda/answer/TOKEN: buttons, for mail programs follow links before people do."""
    return await _show(request)


async def answer(request: Request) -> Response:
    """POST /agenda/answer/TOKEN: a guest comes, or does not after all."""
    given, token = Fields(await read_form(request)), request.path_params["token"]
    limiter_of(request).check(request, "reset")
    try:
        if given["answer"] == "no":
            id_ = await house_of(request).db.write(lambda tx: guest_does_not_come(tx, token=token))
            return RedirectResponse(f"/agenda/{id_}", 303)
        await house_of(request).db.write(lambda tx: guest_comes(tx, token=token))
    except Gone:
        return _gone(request)
    except Invalid:
        return await _show(request, mistake=_MISTAKES["answer"], status=422)
    return RedirectResponse(request.url.path, 303)


async def _show(request: Request, *, mistake: str = "", status: int = 200) -> Response:
    await member_of(request)
    token = request.path_params["token"]

    def work(tx: Tx) -> tuple[EventAnswer, Event | None]:
        answer = need_guest(tx, token)
        return answer, event_of(tx, answer.event_id)

    try:
        answer, event = await house_of(request).db.read(work)
    except Gone:
        return _gone(request)
    return page(
        request,
        "event_guest.html",
        status=status,
        is_kept=False,
        answer=answer,
        event=event,
        mistake=mistake,
    )


def _gone(request: Request) -> Response:
    return page(request, "link_gone.html", status=410, is_kept=False)
