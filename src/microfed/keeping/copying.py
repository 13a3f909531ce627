"""Moving a place to another database: from SQLite to PostgreSQL, or back."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from microfed.errors import Invalid
from microfed.keeping.backup import Tell, make_folder
from microfed.keeping.restore import make_findable_again
from microfed.store.database import Database
from microfed.store.dump import Sums, dump, sums_of
from microfed.store.refill import must_be_empty, refill


def copy_database(db: Database, to: str, *, work: Path, tell: Tell) -> Sums:
    """Fill the empty database at `to` with what `db` holds now; Invalid unless both are equal."""
    must_be_empty(to)
    make_folder(work)
    sums = Sums("")
    # Through a file, so that the transaction that reads is a short one.
    with tempfile.TemporaryFile(prefix=".copy-", dir=work) as lines:
        with db.reading() as tx:
            for portion in dump(tx.connection, sums, lambda rows: tell("database", rows, 0)):
                lines.write(portion)
        lines.seek(0)
        refill(to, iter(lines), lambda rows: tell("written", rows, sums.rows))
    there = Database(to, db.here)
    try:
        make_findable_again(there, tell)
        with there.reading() as tx:
            found = sums_of(tx.connection, lambda rows: tell("checked", rows, sums.rows))
    finally:
        there.close()
    differing = list(_differing(sums, found))
    if differing:
        raise Invalid(f"the copy is not equal, do not use it: {', '.join(differing)}")
    return sums


def _differing(one: Sums, other: Sums) -> Iterator[str]:
    for name in sorted(one.tables.keys() | other.tables.keys()):
        if one.tables.get(name) != other.tables.get(name):
            yield name
