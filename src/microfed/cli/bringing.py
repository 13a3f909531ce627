"""`microfed member bring`: an archive of another place, for a member, from a file of any size."""

import asyncio
import hashlib
from pathlib import Path
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database, read_settings
from microfed.errors import Invalid, Refused
from microfed.operations.bringing import SLOT, begin_import
from microfed.operations.files import Kept
from microfed.operations.members import need_member
from microfed.storage import RAW, new_key, open_storage
from microfed.vocab.archive_contents import PARTS, POSTS


def bring(
    name: str,
    file: Annotated[Path, typer.Argument(help="A .zip or .tar.gz that Mastodon or microfed made.")],
    answers: Annotated[
        bool, typer.Option("--answers", help="Their answers to other people too.")
    ] = False,
    everything: Annotated[
        bool,
        typer.Option(
            "--everything", help="What else is in it too: whom they follow, block, what they keep."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on the last line.")
    ] = False,
) -> None:
    """Read a member's old posts in, quietly and at their dates; the server does it."""
    storage = open_storage(read_settings().storage)
    key = new_key(RAW)
    try:
        with file.open("rb") as read:
            digest = hashlib.file_digest(read, "sha256").hexdigest()
        with open_database() as db:
            with db.reading() as tx:
                need_member(tx, name)
            asyncio.run(storage.put(key, file))
            kept = Kept(key, SLOT, file.stat().st_size, digest)
            try:
                with db.writing() as tx:
                    id_ = begin_import(
                        tx,
                        member_id=need_member(tx, name)[0].id,
                        file=kept,
                        takes_answers=answers,
                        parts=PARTS if everything else (POSTS,),
                    )
            except Refused:
                asyncio.run(storage.delete(key))
                raise
    except Refused as refused:
        raise fail(refused) from None
    except OSError as error:
        raise fail(Invalid(f"{file} cannot be read: {error}")) from None
    if as_json:
        say_json({"import": str(id_), "member": name})
    else:
        say(f"{file} waits to be read for {name}; /settings/import shows them how far it is.")
