"""Custom emojis: the small pictures with a name that this place gives, and those seen elsewhere."""

import re
from collections.abc import Iterable

from sqlalchemy import delete, select, update

from microfed.errors import Conflict, Invalid, NotFound
from microfed.here import digest_of
from microfed.ids import id_at
from microfed.operations.files import Kept, keep_files
from microfed.operations.journal import need_keeper, note_deed
from microfed.store.database import Tx
from microfed.store.insert import insert_all
from microfed.store.media import CustomEmoji
from microfed.store.people import Actor
from microfed.vocab.objects import EmojiTag

_NAME = re.compile(r"[a-zA-Z0-9_]{2,64}", re.ASCII)


def add_emoji(
    tx: Tx, *, by: Actor | None, shortcode: str, file: Kept, category: str | None = None
) -> CustomEmoji:
    """This place has a new emoji. Invalid for a name peers do not read; Conflict if taken."""
    need_keeper(tx, by)
    name = clean_shortcode(shortcode)
    known = select(CustomEmoji.id).where(CustomEmoji.host == "", CustomEmoji.shortcode == name)
    if tx.connection.scalar(known) is not None:
        raise Conflict(f"there is a :{name}: already")
    url = tx.here.media(file.key)
    emoji = CustomEmoji(
        id=id_at(tx.now),
        shortcode=name,
        url=url,
        digest=digest_of(url),
        file=file.key,
        category=category,
    )
    tx.session.add(emoji)
    tx.flush()
    keep_files(tx, [file], emoji_id=emoji.id)
    note_deed(
        tx,
        by=by,
        action="give_emoji",
        target_kind="emoji",
        target_id=emoji.id,
        target_name=f":{name}:",
    )
    return emoji


def remove_emoji(tx: Tx, *, by: Actor | None, shortcode: str) -> None:
    """This place does not give an emoji any more; posts that use it show its name."""
    need_keeper(tx, by)
    name = clean_shortcode(shortcode)
    gone = tx.connection.execute(
        delete(CustomEmoji).where(CustomEmoji.host == "", CustomEmoji.shortcode == name)
    )
    if gone.rowcount == 0:
        raise NotFound(f"there is no :{shortcode.strip(':')}: here")
    note_deed(tx, by=by, action="remove_emoji", target_kind="emoji", target_name=f":{name}:")
    tx.tell("media")


def remember_emojis(tx: Tx, emojis: Iterable[EmojiTag], *, host: str) -> None:
    """Posts from elsewhere use these: each may be shown from here, and copied by the admin."""
    found = {emoji.shortcode: emoji.url for emoji in emojis if _NAME.fullmatch(emoji.shortcode)}
    if not found:
        return
    rows = [
        {
            "id": id_at(tx.now),
            "host": host,
            "shortcode": shortcode,
            "url": url,
            "digest": digest_of(url),
        }
        for shortcode, url in found.items()
    ]
    insert_all(tx, CustomEmoji, rows)
    for row in rows:
        tx.connection.execute(
            update(CustomEmoji)
            .where(
                CustomEmoji.host == host,
                CustomEmoji.shortcode == row["shortcode"],
                CustomEmoji.digest != row["digest"],
            )
            .values(url=row["url"], digest=row["digest"])
        )


def find_emoji_elsewhere(tx: Tx, *, shortcode: str, host: str) -> str:
    """Return the address of an emoji seen in posts of `host`; NotFound when it was not."""
    url = tx.connection.scalar(
        select(CustomEmoji.url).where(
            CustomEmoji.host == host.lower(), CustomEmoji.shortcode == shortcode.strip(":")
        )
    )
    if url is None:
        raise NotFound(f"no :{shortcode.strip(':')}: of {host} was seen here")
    return url


def clean_shortcode(shortcode: str) -> str:
    """Return the name of an emoji without colons; Invalid for what peers would not read."""
    name = shortcode.strip().strip(":")
    if _NAME.fullmatch(name) is None:
        raise Invalid("an emoji is named with 2 to 64 letters, digits or _, without accents")
    return name
