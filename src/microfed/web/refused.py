"""What a person reads when something cannot be done: what happened, and how to go on."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Refused
from microfed.forms import reading_files
from microfed.pages import page
from microfed.words import N_

_WHY = {
    400: (
        N_("That could not be read"),
        N_("Something was missing in what your browser sent. Go back and try once more."),
    ),
    401: (
        N_("This is for members"),
        N_("Whoever lives here can see this page after signing in."),
    ),
    403: (
        N_("This is not for you"),
        N_("It is not open to you. If you followed a link, it may be an old one."),
    ),
    404: (
        N_("There is nothing here"),
        N_("Perhaps the address has a typing mistake, or what was here is not for everyone."),
    ),
    405: (
        N_("That is not possible here"),
        N_("Go back to the page you came from and try once more."),
    ),
    409: (
        N_("Somebody was faster"),
        N_("Things changed in the meantime. Load the page again and have another look."),
    ),
    410: (
        N_("This was taken back"),
        N_("What stood here was deleted by the person who wrote it, or its author has left."),
    ),
    413: (
        N_("That is too large"),
        N_("Try it with less text or a smaller file."),
    ),
    415: (
        N_("That format is not known here"),
        N_("Try another kind of file."),
    ),
    422: (
        N_("That is not possible as it stands"),
        N_("Go back, have another look at what you entered and try once more."),
    ),
    429: (
        N_("One moment, please"),
        N_("That was a lot in a short time. Wait a few minutes and try once more."),
    ),
    500: (
        N_("Something went wrong on our side"),
        N_("It is not your fault. Try again, and if it goes on, tell those who look after us."),
    ),
    503: (
        N_("Back in a moment"),
        N_("Something we need does not answer. Try again in a minute."),
    ),
}


_MOST_KEPT = 200_000  # of a form whose sender is not known any more
_SECRET = ("password", "again", "code", "secret")
_LONG = 25  # from here on, words are shown: whoever wrote them sees that they are not lost


async def error_page(request: Request, status: int, message: str) -> Response:
    """Return the page for a refusal. `message` is for programs: people read it in their words."""
    if status == 401 and request.method == "POST":
        answer = await _signed_out(request)
        if answer is not None:
            return answer
    title, advice = _WHY.get(status) or _WHY[500 if status >= 500 else 400]
    return page(request, "refused.html", status=status, title=title, advice=advice)


async def _signed_out(request: Request) -> Response | None:
    """Give a form back to somebody whose session has ended meanwhile, to be sent once more.

    None for one that cannot be read or did not come from a page of ours, and for what is secret.
    """
    try:
        async with reading_files(request, most=_MOST_KEPT) as sent:
            fields, brought = sent.fields, bool(sent.files)
    except (Refused, RuntimeError):  # Starlette says so of a body that a door has read
        return None
    if not fields or any(word in name for name in fields for word in _SECRET):
        return None
    request.state.member = None
    written = {
        name: value for name, value in fields.items() if len(value) >= _LONG or "\n" in value
    }
    return page(
        request,
        "signed_out.html",
        status=401,
        is_kept=False,
        written=written,
        others={name: value for name, value in fields.items() if name not in written},
        brought=brought,
    )
