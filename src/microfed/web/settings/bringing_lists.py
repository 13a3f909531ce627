"""Bringing lists along: whom one follows, blocks and mutes elsewhere, as files of another place."""

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.errors import Conflict, Invalid, Malformed, TooLarge, TooMany
from microfed.forms import reading_files
from microfed.house import house_of
from microfed.limits import limiter_of
from microfed.operations.brought_lists import begin_list, stop_list
from microfed.queries.sessions import SignedIn
from microfed.vocab.brought_lists import KINDS, MOST_BYTES, read_brought_list
from microfed.web.settings import bringing
from microfed.web.settings.bringing_words import LIST_LARGE, LIST_REFUSED
from microfed.web.settings.door import OFTEN, saved
from microfed.words import N_

PATH = "/settings/import/list"
_NO_KIND = N_("Choose what is in the file.")


async def change_lists(request: Request, member: SignedIn) -> Response:
    """POST: here is a list; or stop going through one."""
    kind = ""
    try:
        async with reading_files(request, most=MOST_BYTES + 100_000) as sent:
            if sent.fields.get("deed") == "stop":
                id_ = bringing.number_of(sent.fields.get("id", ""))
                await house_of(request).db.write(
                    lambda tx: stop_list(tx, member_id=member.actor_id, id_=id_)
                )
                return saved(bringing.PATH)
            kind = sent.fields.get("kind", "")
            if kind not in KINDS:
                return await bringing.show_imports(request, member, {"kind": _NO_KIND})
            replaces = sent.fields.get("how") == "replace"
            file = next((file for name, file in sent.files if name == "list"), None)
            if file is None:
                mistakes = {"list": bringing.NO_FILE}
                return await bringing.show_imports(request, member, mistakes, kind=kind)
            data = await file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise TooLarge("this file is too large")
        limiter_of(request).check(request, "media", str(member.actor_id))
        # Half a second for a list of 10,000: nobody else waits for that.
        read = await asyncio.to_thread(read_brought_list, data, kind)
        await house_of(request).db.write(
            lambda tx: begin_list(
                tx, member_id=member.actor_id, kind=kind, read=read, replaces=replaces
            )
        )
    except (TooLarge, TooMany, Conflict, Malformed, Invalid) as refused:
        words = {TooLarge: LIST_LARGE, TooMany: OFTEN, Conflict: bringing.BUSY}
        said = LIST_REFUSED.get(str(refused), LIST_REFUSED["no_text"])
        mistakes = {"list": words.get(type(refused), said)}
        return await bringing.show_imports(request, member, mistakes, kind=kind)
    return RedirectResponse(bringing.PATH, 303)
