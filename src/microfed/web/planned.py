"""What a member wrote and has not said yet: planned for a time, or kept as a draft."""

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Malformed
from microfed.forms import read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.drafts import drop_draft, need_own_draft, take_time_away
from microfed.operations.wishes import wish_of
from microfed.pages import page
from microfed.queries.reactions import waiting_of
from microfed.store.database import Tx
from microfed.vocab.audience import Audience
from microfed.web.looking import member_of, to_the_door


@dataclass(frozen=True, slots=True)
class Waiting:
    """Words that wait."""

    id: int
    due_at: datetime | None
    has_failed: bool
    text: str
    warning: str
    audience: Audience
    pictures: int
    options: tuple[str, ...]


async def planned_page(request: Request) -> Response:
    """What is planned, the next first, and the drafts."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> list[Waiting]:
        shown = []
        for row in waiting_of(tx, member.actor_id):
            wish = wish_of(row)
            shown.append(
                Waiting(
                    row.id,
                    row.due_at,
                    row.error is not None,
                    wish.text,
                    wish.warning,
                    Audience(wish.audience or Audience.PUBLIC),
                    len(wish.media_ids or ()),
                    wish.options or (),
                )
            )
        return shown

    waiting = await house_of(request).db.read(work)
    planned = sorted(
        (one for one in waiting if one.due_at is not None), key=lambda one: str(one.due_at)
    )
    drafts = [one for one in waiting if one.due_at is None]
    return page(request, "planned.html", is_kept=False, planned=planned, drafts=drafts)


async def do_with_planned(request: Request) -> Response:
    """Go on writing what waits, or throw it away."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    deed = (await read_form(request)).get("deed", "")
    if deed not in ("change", "drop"):
        raise Malformed("this cannot be done with a draft")

    def work(tx: Tx) -> None:
        need_own_draft(tx, actor_id=member.actor_id, id_=id_)
        if deed == "drop":
            drop_draft(tx, actor_id=member.actor_id, id_=id_)
        else:
            take_time_away(tx, actor_id=member.actor_id, id_=id_)

    await house_of(request).db.write(work)
    return RedirectResponse("/planned" if deed == "drop" else f"/write?draft={id_}", 303)
