"""What else of an archive is brought along, each part in a transaction of its own.

Killed in between, the parts that are not yet read are still named in the row of the archive.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update

from microfed.operations.bringing import LEASE, check_alone, hold_member, need_import, wish
from microfed.operations.brought_lists import queue_list
from microfed.store.bringing import Import
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.brought_lists import ReadList


def import_is_looked_at(tx: Tx, id_: int, *, whose: str | None, found: Mapping[str, Any]) -> None:
    """What is in it is known: its owner chooses."""
    tx.connection.execute(
        update(Import)
        .where(Import.id == id_, Import.state == "waiting")
        .values(state="found", whose=whose, found=found, claimed_until=None, attempts=0)
    )


def choose_parts(
    tx: Tx, *, member_id: int, id_: int, parts: Sequence[str], takes_answers: bool
) -> None:
    """A member says what of an archive they want; it is read as soon as somebody has time.

    Said twice it is harmless. Raises Conflict while another one is being read.
    """
    need_import(tx, member_id, id_)
    hold_member(tx, member_id)
    row = tx.session.get_one(Import, id_, populate_existing=True)
    if row.state != "found":
        return
    check_alone(tx, row)
    row.parts = wish(parts)
    row.takes_answers, row.state = takes_answers, "waiting"
    tx.flush()
    tx.tell("imports")


def part_is_taken(
    tx: Tx, row: Import, part: str, *, made: int = 0, known: int = 0, bad: int = 0
) -> None:
    """A part that was wanted is read; `row` is held."""
    parts = row.parts or wish(())
    row.parts = {
        **parts,
        "todo": [each for each in parts["todo"] if each != part],
        "done": {**parts["done"], part: [made, known, bad]},
    }
    row.attempts, row.claimed_until = 0, tx.now + LEASE
    tx.flush()


def take_list(tx: Tx, id_: int, *, part: str, read: ReadList | None) -> bool:
    """Have a list of an archive followed; None is no list. False when that is no more wanted."""
    row = need_wanted(tx, id_, part)
    if row is None:
        return False
    if read is not None:
        queue_list(tx, member_id=row.member_id, kind=part, read=read)
    part_is_taken(tx, row, part)
    return True


def need_wanted(tx: Tx, id_: int, part: str) -> Import | None:
    """Return an archive that is being read, held, while `part` of it is still to be read."""
    row = tx.session.get(Import, id_, with_for_update=True, populate_existing=True)
    if row is None or row.state != "reading" or part not in (row.parts or {}).get("todo", ()):
        return None
    member = tx.session.get_one(Actor, row.member_id)
    if member.gone_at is not None or member.suspended_at is not None:
        return None
    return row
