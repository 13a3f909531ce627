"""How the place looks: its admin names it, says a sentence about it, gives it a colour, a picture.

The picture is the banner of the actor that speaks for the whole place.
"""

import re

from microfed.errors import Invalid
from microfed.operations.files import Kept
from microfed.operations.journal import need_keeper, note_deed
from microfed.operations.media import remove_picture, set_picture
from microfed.operations.place import keep_setting
from microfed.queries.people import instance_actor
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import clean_text

LONGEST_TITLE, LONGEST_DESCRIPTION = 60, 300
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def dress_place(tx: Tx, *, by: Actor | None, title: str, description: str, accent: str) -> None:
    """An admin says how the place looks; an empty word goes back to what it was at first.

    Raises Invalid with what is too long, or is no colour.
    """
    need_keeper(tx, by)
    said = {
        "title": clean_text(title).strip(),
        "description": clean_text(description).strip(),
        "accent": accent.strip().lower(),
    }
    wrong = {
        name: "too long"
        for name, most in (("title", LONGEST_TITLE), ("description", LONGEST_DESCRIPTION))
        if len(said[name]) > most
    }
    if said["accent"] and not _COLOUR.fullmatch(said["accent"]):
        wrong["accent"] = "no colour"
    if wrong:
        raise Invalid("the place cannot look like this", wrong)
    for name, value in said.items():
        keep_setting(tx, name, value)
    note_deed(tx, by=by, action="dress", target_kind="place", details=said)
    tx.tell("place")


def hang_picture(tx: Tx, *, by: Actor | None, file: Kept) -> None:
    """An admin shows another picture of the place."""
    need_keeper(tx, by)
    set_picture(tx, actor=instance_actor(tx), slot="header", file=file)
    note_deed(tx, by=by, action="hang_picture", target_kind="place")
    tx.tell("place")


def describe_picture(tx: Tx, *, by: Actor | None, description: str) -> None:
    """An admin says what the picture of the place shows."""
    need_keeper(tx, by)
    instance_actor(tx).header_description = clean_text(description).strip()[:1_500] or None
    tx.tell("place")


def take_picture_down(tx: Tx, *, by: Actor | None) -> None:
    """An admin shows no picture of the place any more."""
    need_keeper(tx, by)
    remove_picture(tx, actor=instance_actor(tx), slot="header")
    note_deed(tx, by=by, action="take_picture_down", target_kind="place")
    tx.tell("place")
