"""What goes on around here: the next dates, what is offered and needed, what is being decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from microfed.queries.aid import board
from microfed.queries.consultations import Line, running
from microfed.queries.events import Entry, agenda
from microfed.queries.visibility import Viewer
from microfed.store.aid import Aid
from microfed.store.database import Tx

MOST = 3


@dataclass(frozen=True, slots=True)
class Happening:
    """A few of each, as a viewer may see them; by time, never by how much they are looked at."""

    dates: Sequence[Entry] = ()
    aid: Sequence[Aid] = ()
    decisions: Sequence[Line] = ()

    def __bool__(self) -> bool:
        return bool(self.dates or self.aid or self.decisions)


def happening(tx: Tx, viewer: Viewer | None) -> Happening:
    """Return what `viewer` (None: anyone) may want to come to, to help with, or to decide."""
    return Happening(
        agenda(tx, viewer, is_on=True, most=MOST),
        [aid for _post, aid in board(tx, viewer, most=MOST)],
        running(tx, viewer, most=MOST),
    )
