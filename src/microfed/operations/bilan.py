"""A member keeps their own balance: what they write down, and taking it back. Nobody is told."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NoReturn

from sqlalchemy import delete, func, select

from microfed.errors import Invalid, NotFound
from microfed.ids import id_at
from microfed.operations.titled import one_line
from microfed.store.bilan import BilanEntry
from microfed.store.database import Tx
from microfed.text import clean_text

SIDES = ("here", "networks")
BROUGHT = ("meeting", "job", "help", "sale", "smile")
MOST_MINUTES = 7 * 24 * 60
MOST_WORDS = 500
LONGEST_NAME = 60
OLDEST = timedelta(days=366)
MOST_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class Account:
    """What a member writes down: on that day, so many minutes, and what they brought."""

    day: date
    side: str
    minutes: int = 0
    name: str = ""
    brought: tuple[str, ...] = ()
    words: str = ""


def write_down(tx: Tx, *, owner_id: int, account: Account) -> BilanEntry:
    """A member notes time given and what it brought. Raises Invalid with the field that is
    wrong."""
    name, words = one_line(account.name), clean_text(account.words).strip()
    today = tx.now.date()
    if account.side not in SIDES:
        _refuse("side", "it is here, or on the big networks")
    # Where the sun rises first it is tomorrow already.
    if not today - OLDEST <= account.day <= today + timedelta(days=1):
        _refuse("day", "a day of the last year")
    if not 0 <= account.minutes <= MOST_MINUTES:
        _refuse("minutes", "at most the minutes of a week")
    if not set(account.brought) <= set(BROUGHT):
        _refuse("brought", "there is no such thing to bring")
    if len(name) > LONGEST_NAME:
        _refuse("name", f"a name has at most {LONGEST_NAME} characters")
    if len(words) > MOST_WORDS:
        _refuse("words", f"the text has at most {MOST_WORDS} characters")
    if not (account.minutes or account.brought or words):
        _refuse("minutes", "there is nothing in it")
    kept = select(func.count(BilanEntry.id)).where(BilanEntry.owner_id == owner_id)
    if (tx.connection.scalar(kept) or 0) >= MOST_ENTRIES:
        _refuse("base", f"at most {MOST_ENTRIES} lines")
    entry = BilanEntry(
        id=id_at(tx.now),
        owner_id=owner_id,
        day=datetime.combine(account.day, datetime.min.time(), tx.now.tzinfo),
        side=account.side,
        name=name,
        minutes=account.minutes,
        brought=[one for one in BROUGHT if one in account.brought],
        words=words,
    )
    tx.session.add(entry)
    tx.flush()
    return entry


def bring_line(tx: Tx, *, owner_id: int, account: Account) -> bool:
    """A member brings a line that they wrote down elsewhere, however long ago; nothing twice.

    Raises Invalid with the field that is wrong.
    """
    day = datetime.combine(account.day, datetime.min.time(), tx.now.tzinfo)
    name, words = one_line(account.name), clean_text(account.words).strip()
    same = select(BilanEntry.id).where(
        BilanEntry.owner_id == owner_id,
        *(BilanEntry.day == day, BilanEntry.side == account.side, BilanEntry.name == name),
        *(BilanEntry.minutes == account.minutes, BilanEntry.words == words),
    )
    if tx.connection.scalars(same).first() is not None:
        return False
    written = write_down(
        tx, owner_id=owner_id, account=replace(account, day=max(account.day, _oldest(tx)))
    )
    written.day = day
    tx.flush()
    return True


def _oldest(tx: Tx) -> date:
    return tx.now.date() - OLDEST


def strike_out(tx: Tx, *, owner_id: int, id_: int) -> None:
    """A member takes one line back; NotFound for one that is not theirs."""
    gone = tx.connection.execute(
        delete(BilanEntry).where(BilanEntry.id == id_, BilanEntry.owner_id == owner_id)
    )
    if not gone.rowcount:
        raise NotFound("there is no such line")


def forget_balance(tx: Tx, *, owner_id: int) -> int:
    """A member wants none of it kept any more; returns how many lines there were."""
    return tx.connection.execute(delete(BilanEntry).where(BilanEntry.owner_id == owner_id)).rowcount


def _refuse(field: str, why: str) -> NoReturn:
    raise Invalid(why, {field: why})
