"""The form in which something is said: empty, or again with what was typed and what is amiss."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid
from microfed.house import house_of
from microfed.pages import page
from microfed.queries.circles import circles_of
from microfed.queries.posts import load_posts
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PostView
from microfed.web import pictures
from microfed.web.looking import member_of, to_the_door
from microfed.web.typed import Typed, answers_in, blank, typed_again
from microfed.words import N_

_EMPTY = N_("There are no words in it yet.")
LONG = N_("This is too long: 5,000 characters at most.")
_SOON = N_("Later begins in five minutes: choose a little more, or say it now.")
_NO_MOMENT = N_("Choose a day and an hour that there are.")
NO_QUOTE = N_(
    "This post cannot be quoted: its author would rather not, or it was not for everyone."
)
NO_CIRCLE = N_("Nobody is in this circle. Choose another, or put people in it first.")
_POLL = N_(
    "A question has two to four answers of 50 characters at most, each different, and no pictures."
)


def mistake_in(invalid: Invalid, given: Mapping[str, str]) -> str:
    """Return what is amiss, in words for whoever wrote it."""
    if "day" in invalid.details:
        return _NO_MOMENT
    if "scheduled_at" in invalid.details:
        return _SOON
    if not {"circle", "circle_id"}.isdisjoint(invalid.details):
        return NO_CIRCLE
    if "quoted_status_id" in invalid.details:
        return NO_QUOTE
    if "poll" in invalid.details or "expires_in" in invalid.details:
        return _POLL
    return LONG if given.get("source", "").strip() else _EMPTY


async def again(
    request: Request,
    given: Mapping[str, str],
    media: Sequence[int] = (),
    *,
    mistake: str = "",
    notice: str = "",
    reminds: bool = False,
    status: int = 422,
) -> Response:
    """Show the form with what was typed and brought, and what is amiss."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)
    answers = answers_in(given)
    asked = await asked_of(request, member, answers)
    empty = await blank_for(request, member, asked)
    uploads = await pictures.uploads_of(house_of(request), owner_id=member.actor_id, ids=media)
    if any(item.is_broken for item in uploads):
        notice, reminds = pictures.BROKEN, False
    draft = replace(typed_again(empty, given, uploads), reminds=reminds)
    return form(
        request,
        draft,
        status=status,
        mistake=mistake,
        notice=notice,
        asked=asked,
        answers=answers,
        quoted=await asked_of(request, member, draft.quotes),
    )


async def blank_for(request: Request, member: SignedIn, asked: PostView | None = None) -> Typed:
    """Return the empty form of a member, for an answer to `asked` where there is one."""
    circles = await house_of(request).db.read(lambda tx: circles_of(tx, member.actor_id))
    return blank(member, answering=asked, circles=circles)


async def asked_of(request: Request, member: SignedIn, id_: int | None) -> PostView | None:
    """Return a post as the member sees it, if they may."""
    if id_ is None:
        return None
    found = await house_of(request).db.read(lambda tx: load_posts(tx, [id_], member.viewer))
    return found[0] if found else None


def form(
    request: Request,
    draft: Typed,
    *,
    status: int = 200,
    mistake: str = "",
    notice: str = "",
    asked: PostView | None = None,
    answers: int | str | None = None,
    quoted: PostView | None = None,
) -> Response:
    """Show the form."""
    return page(
        request,
        "write.html",
        status=status,
        is_kept=False,
        draft=draft,
        mistake=mistake,
        notice=notice,
        answers=answers,
        asked=asked,
        quoted=quoted,
    )
