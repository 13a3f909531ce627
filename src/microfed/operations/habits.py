"""What a member is used to: the language and colours they read in, and whom they write to."""

from microfed.errors import Invalid
from microfed.store.database import Tx
from microfed.store.people import Member
from microfed.vocab.audience import Audience

THEMES = ("", "light", "dark", "contrast")
# Whom somebody may write to unless they say otherwise.
FIRST_AUDIENCES = (
    Audience.LOCAL,
    Audience.RING,
    Audience.FOLLOWERS,
    Audience.PUBLIC,
    Audience.QUIET,
)


def change_reading(tx: Tx, *, member_id: int, language: str, theme: str) -> None:
    """A member reads in another language or other colours; '' follows the device."""
    if theme not in THEMES:
        raise Invalid("there are no such colours", {"theme": "unknown"})
    member = tx.session.get_one(Member, member_id)
    member.language = language
    member.preferences = {**member.preferences, "theme": theme}
    tx.flush()
    tx.tell("actor", member_id)


def change_reminder(tx: Tx, *, member_id: int, is_wanted: bool) -> None:
    """A member is reminded of pictures without a description, or no longer."""
    member = tx.session.get_one(Member, member_id)
    member.preferences = {**member.preferences, "reminds": is_wanted}
    tx.flush()
    tx.tell("actor", member_id)


def change_first_audience(tx: Tx, *, member_id: int, audience: str) -> None:
    """A member's pages offer another audience first."""
    if audience not in FIRST_AUDIENCES:
        raise Invalid("there is no such audience", {"audience": "unknown"})
    member = tx.session.get_one(Member, member_id)
    member.preferences = {**member.preferences, "audience": audience}
    tx.flush()
    tx.tell("actor", member_id)
