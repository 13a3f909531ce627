"""How a member shows themselves: name, words, facts, two pictures, and who finds them."""

from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from microfed.errors import Invalid, TooMany
from microfed.forms import Fields, Sent, reading_files
from microfed.house import House, house_of
from microfed.limits import limiter_of
from microfed.media.limits import MOST_AVATAR_BYTES
from microfed.media.made import Purpose
from microfed.operations.files import Kept
from microfed.operations.media import set_picture
from microfed.operations.profiles import (
    LONGEST_NAME,
    LONGEST_NOTE,
    MOST_FIELDS,
    ProfileChange,
    change_profile,
    remove_picture,
)
from microfed.queries.my_settings import MyProfile, load_profile
from microfed.queries.sessions import SignedIn
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.uploading import make_picture, save, workspace
from microfed.web.settings.door import OFTEN, saved, show
from microfed.words import N_

PATH = "/settings/profile"
_MOST_FORM = 2 * MOST_AVATAR_BYTES + 500_000
_SLOTS: dict[str, Purpose] = {"avatar": "avatar", "header": "header"}
_FLAGS = ("is_locked", "is_discoverable", "is_indexable", "hides_follows")
_LONG = {
    "display_name": N_("A name has 30 characters at most."),
    "note": N_("This has 500 characters at most."),
    "fields_attributes": N_("Each of these has 255 characters at most."),
}
_UNKNOWN = N_("Have another look at this.")
_NO_PICTURE = N_("This is no picture that can be shown here, or it is larger than 8 MB.")


async def profile_page(request: Request, member: SignedIn) -> Response:
    """GET: the form as it is now."""
    found = await house_of(request).db.read(lambda tx: load_profile(tx, member.actor_id))
    return _form(request, found, _given(found))


async def change(request: Request, member: SignedIn) -> Response:
    """POST: everything at once; what cannot be taken is told beside it, the rest stays typed."""
    house = house_of(request)
    async with reading_files(request, most=_MOST_FORM) as sent:
        given = sent.fields
        pictures, mistakes = await _pictures(request, member, sent)

    def work(tx: Tx) -> None:
        actor = tx.session.get_one(Actor, member.actor_id)
        for picture in pictures:
            set_picture(tx, actor=actor, slot=picture.slot, file=picture)
        for slot in _SLOTS:
            if f"no_{slot}" in given and slot not in {picture.slot for picture in pictures}:
                remove_picture(tx, actor=actor, which=slot)
        change_profile(tx, actor=actor, change=_change(given))

    if not mistakes:
        try:
            await house.db.write(work)
        except Invalid as invalid:
            mistakes = {field: _LONG.get(field, _UNKNOWN) for field in invalid.details}
    if not mistakes:
        return saved(PATH)
    for picture in pictures:
        await house.storage.delete(picture.key)
    found = await house.db.read(lambda tx: load_profile(tx, member.actor_id))
    return _form(request, found, given, mistakes)


def _change(given: dict[str, str]) -> ProfileChange:
    flags: dict[str, Any] = {name: name in given for name in _FLAGS}
    return ProfileChange(
        display_name=given.get("display_name", ""),
        note=given.get("note", ""),
        fields=[
            (given.get(f"name{at}", ""), given.get(f"value{at}", "")) for at in range(MOST_FIELDS)
        ],
        avatar_description=given.get("avatar_description", ""),
        header_description=given.get("header_description", ""),
        **flags,
    )


async def _pictures(
    request: Request, member: SignedIn, sent: Sent
) -> tuple[list[Kept], dict[str, str]]:
    """Return the pictures that were sent, made safe and in the storage; and what was amiss."""
    made: list[Kept] = []
    for slot, file in sent.files:
        if slot not in _SLOTS:
            continue
        try:
            limiter_of(request).check(request, "media", str(member.actor_id))
            made.append(await _make(house_of(request), file, _SLOTS[slot]))
        except TooMany:
            return made, {slot: OFTEN}
        except Invalid:
            return made, {slot: _NO_PICTURE}
    return made, {}


async def _make(house: House, file: UploadFile, purpose: Purpose) -> Kept:
    async with workspace(house) as folder:
        await save(file, folder / "upload")
        return await make_picture(house, folder / "upload", purpose)


def _given(found: MyProfile) -> dict[str, str]:
    """Return what stands in the form before anything is typed."""
    given = {
        "display_name": found.display_name,
        "note": found.note,
        "avatar_description": found.avatar_description,
        "header_description": found.header_description,
    }
    for at, (name, value) in enumerate(found.fields):
        given |= {f"name{at}": name, f"value{at}": value}
    return given | {name: "1" for name in _FLAGS if getattr(found, name)}


def _form(
    request: Request,
    found: MyProfile,
    given: dict[str, str],
    mistakes: dict[str, str] | None = None,
) -> Response:
    return show(
        request,
        "profile",
        mistakes=mistakes,
        found=found,
        given=Fields(given),
        rows=range(MOST_FIELDS),
        most={"name": LONGEST_NAME, "note": LONGEST_NOTE},
    )
