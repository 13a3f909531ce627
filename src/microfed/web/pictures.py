"""Pictures, sound and film on the writing page: brought, described, taken away, then said.

Without a script, a form cannot know what was chosen. So what is brought comes back to the page
with a place to describe it; nothing is said before its author has seen it there once.
"""

import asyncio
import re
from collections.abc import Sequence

from starlette.datastructures import UploadFile
from starlette.requests import Request

from microfed.errors import Invalid, NotFound, TooMany
from microfed.house import House, house_of
from microfed.limits import limiter_of
from microfed.media.limits import MOST_FILM_BYTES
from microfed.operations.media import Focus, describe, forget_upload, need_upload
from microfed.operations.post_parts import MOST_MEDIA
from microfed.queries.uploads import UploadView, load_uploads
from microfed.store.database import Tx
from microfed.uploading import process_upload, save, take_upload, workspace
from microfed.words import N_

MOST_FORM = MOST_FILM_BYTES + 500_000
# Most pictures are ready before; the page says what is still worked on.
PATIENCE_SECONDS = 4.0
_DESCRIPTION = re.compile(r"m(\d{1,18})", re.ASCII)

READY = N_("Not said yet: here is what you brought. Describe it if you can, then say it.")
STILL = N_("Something you brought is still being prepared. Look again in a moment.")
BROKEN = N_("One of the files cannot be shown. Leave it out, and the rest can be said.")
TOO_MANY = N_("Four pictures at most: the others were left out.")
REFUSED = N_("This is no picture, sound or film that can be shown here, or it is too large.")
OFTEN = N_("That was a lot in a short time. Wait a few minutes and try once more.")
REMINDER = N_(
    "Some neighbours cannot see it well, and read what you say of it. A few words are enough."
)
LONG = N_("A description has 1,500 characters at most.")


def ids_in(fields: dict[str, str]) -> list[int]:
    """Return what the form already has, in its order: each has a field for its description."""
    found = [_DESCRIPTION.fullmatch(name) for name in fields]
    return [int(match[1]) for match in found if match][:MOST_MEDIA]


def note_descriptions(
    tx: Tx, *, owner_id: int, fields: dict[str, str], post_id: int | None = None
) -> list[int]:
    """Write down what the form says of its pictures; return those that stay. Raises Invalid.

    `post_id` is of the post that is being corrected.
    """
    stay = []
    for id_ in ids_in(fields):
        try:
            item = need_upload(tx, owner_id=owner_id, id_=id_)
        except NotFound:  # nobody came back to it for a day
            continue
        if item.post_id not in (None, post_id):  # the form was sent twice
            stay.append(id_)
        elif f"x{id_}" in fields:
            if item.post_id is None:
                forget_upload(tx, owner_id=owner_id, id_=id_)
        else:
            said = fields[f"m{id_}"]
            describe(
                tx,
                owner_id=owner_id,
                id_=id_,
                description=said,
                focus=_focus(fields.get(f"f{id_}", "")),
            )
            stay.append(id_)
    return stay


async def take_files(
    request: Request, *, owner_id: int, files: Sequence[UploadFile], room: int
) -> tuple[list[int], str]:
    """Keep what was brought, `room` at most; return the ids, and what was amiss, if anything."""
    house, ids, mistake = house_of(request), list[int](), ""
    tasks = []
    for file in files[:room]:
        try:
            limiter_of(request).check(request, "media", str(owner_id))
            id_ = await _take(house, owner_id, file)
        except TooMany:
            mistake = OFTEN
            break
        except Invalid:
            mistake = REFUSED
            continue
        ids.append(id_)
        tasks.append(house.workshop.begin(process_upload(house, id_)))
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE_SECONDS)
    return ids, mistake or (TOO_MANY if len(files) > room else "")


async def uploads_of(
    house: House, *, owner_id: int, ids: Sequence[int], post_id: int | None = None
) -> list[UploadView]:
    """Return what the writing page shows of them."""
    return await house.db.read(
        lambda tx: load_uploads(tx, owner_id=owner_id, ids=ids, post_id=post_id)
    )


async def lack_words(house: House, *, owner_id: int, ids: Sequence[int]) -> bool:
    """Say whether something to look at is brought, and nothing said of what it shows."""
    items = await uploads_of(house, owner_id=owner_id, ids=ids)
    return any(item.kind != "audio" and not item.description.strip() for item in items)


async def _take(house: House, owner_id: int, file: UploadFile) -> int:
    async with workspace(house) as folder:
        await save(file, folder / "upload")
        return await take_upload(house, owner_id=owner_id, source=folder / "upload")


def _focus(said: str) -> Focus | None:
    """Return what of a picture matters most; what a form of ours does not say is not heard."""
    x, _, y = said.partition(",")
    try:
        at = float(x), float(y)
    except ValueError:
        return None
    return at if all(-1.0 <= value <= 1.0 for value in at) else None
