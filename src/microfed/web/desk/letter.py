"""The neighbourhood's letter at the desk: its day and hour, its first words, a look at the next."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Invalid
from microfed.forms import Fields, read_form
from microfed.here import digest_of
from microfed.house import house_of
from microfed.operations.weekly import begins_at, choose_schedule, next_letter_at, write_words
from microfed.queries.letter import count_readers, next_words, preview, schedule_of
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.desk.door import CHANGED, show
from microfed.web.weekly import DAYS, shown, zone_of
from microfed.words import N_

PATH = "/desk/letter"
_LONG = N_("A letter begins with 3,000 letters at most.")
_WRONG = N_("Something in this form is not as it should be.")


async def letter_page(request: Request, member: SignedIn) -> Response:
    """GET: how it stands, and the letter as it would be now."""
    return await _page(request, member)


async def change_letter(request: Request, member: SignedIn) -> Response:
    """POST: other words, or another day and hour."""
    given = Fields(await read_form(request))

    def work(tx: Tx) -> None:
        me = tx.session.get_one(Actor, member.actor_id)
        if given["deed"] == "words":
            write_words(tx, by=me, text=given["words"], seen=given["seen"])
        elif given["deed"] == "schedule":
            choose_schedule(
                tx,
                by=me,
                is_on=bool(given["is_on"]),
                day=_number(given["day"]),
                hour=_number(given["hour"]),
            )
        else:
            raise Invalid("there is no such deed", {"deed": "unknown"})

    try:
        await house_of(request).db.write(work)
    except Invalid as invalid:
        mistake = _LONG if "words" in invalid.details else _WRONG
        return await _page(request, member, mistake=mistake, typed=given.get("words"))
    except Conflict:
        return await _page(request, member, mistake=CHANGED, typed=given.get("words"), status=409)
    return RedirectResponse(f"{PATH}?said=done", 303)


async def _page(
    request: Request,
    member: SignedIn,
    *,
    mistake: str = "",
    typed: str | None = None,
    status: int = 422,
) -> Response:
    house, zone = house_of(request), zone_of(request)

    def work(tx: Tx) -> dict[str, Any]:
        due = next_letter_at(tx, zone)
        return {
            "schedule": schedule_of(tx),
            "stands": next_words(tx),
            "next_at": None if due is None else due.astimezone(zone),
            "readers": count_readers(tx),
            "read": preview(tx, begins_at(tx), member.viewer),
        }

    now = await house.db.read(work)
    body = shown(request, now.pop("read"))["body"]
    return show(
        request,
        "letter",
        status=status if mistake else 200,
        typed=now["stands"] if typed is None else typed,
        seen=digest_of(now["stands"]),
        changed=CHANGED,
        mistake=mistake,
        days=DAYS,
        body=body,
        has_mail=bool(house.settings.smtp_url),
        **now,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1
