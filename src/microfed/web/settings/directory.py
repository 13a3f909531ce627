"""What a member says of their trade and skills in the directory, and to whom."""

from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.operations.directory import LONGEST, MOST_OF_A_KIND, Entry, change_entry
from microfed.queries.directory import my_entry
from microfed.queries.my_settings import load_profile
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.directory import FIELDS, as_text
from microfed.web.settings.door import saved, show
from microfed.words import N_

PATH = "/settings/directory"
CIRCLES = {
    "": N_("Nobody"),
    "here": N_("Those who live here"),
    "ring": N_("Those who live here or in an allied place"),
    "public": N_("Everyone"),
}
_LISTS = ("skills", "associations")
_LONG = {
    "trade": N_("This has 80 characters at most."),
    "area": N_("This has 80 characters at most."),
    "skills": N_("Twelve at most, of 80 characters at most each."),
    "associations": N_("Twelve at most, of 80 characters at most each."),
}


async def directory_page(request: Request, member: SignedIn) -> Response:
    """GET: the form as it is now."""
    return await _form(request, member, None)


async def change(request: Request, member: SignedIn) -> Response:
    """POST: everything at once; what cannot be taken is told beside it, and stays typed."""
    given = Fields(await read_form(request))
    entry = Entry(
        trade=given["trade"],
        skills=given["skills"].replace("\n", ",").replace(";", ",").split(","),
        associations=given["associations"].replace("\n", ",").replace(";", ",").split(","),
        area=given["area"],
        shown_to={name: given[f"{name}_to"] for name in FIELDS},
    )

    def work(tx: Tx) -> None:
        change_entry(tx, actor=tx.session.get_one(Actor, member.actor_id), entry=entry)

    try:
        await house_of(request).db.write(work)
    except Invalid as invalid:
        wrong = {name: _LONG[name] for name in invalid.details if name in _LONG}
        return await _form(request, member, given, wrong)
    return saved(PATH)


async def _form(
    request: Request,
    member: SignedIn,
    given: Fields | None,
    mistakes: dict[str, str] | None = None,
) -> Response:
    def work(tx: Tx) -> tuple[Fields, bool]:
        kept = my_entry(tx, member.actor_id)
        known = Fields()
        for name in FIELDS if kept is not None else ():
            known[name] = as_text(getattr(kept, name))
            known[f"{name}_to"] = str(kept.shown_to.get(name, "")) if kept is not None else ""
        return known, load_profile(tx, member.actor_id).is_discoverable

    known, is_found = await house_of(request).db.read(work)
    return show(
        request,
        "directory",
        mistakes=mistakes,
        given=known if given is None else given,
        fields=FIELDS,
        circles=CIRCLES,
        is_found=is_found,
        most=MOST_OF_A_KIND,
        longest=LONGEST,
    )
