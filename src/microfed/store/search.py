"""The words of posts, kept so that they can be found: the one thing the two engines do their way.

SQLite keeps them in an FTS5 table, PostgreSQL in a tsvector. Words are folded before, so that both
find the same: without accents, without case, without punctuation. The table is made by a migration
in raw SQL; no `Row` declares it.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, column, func, literal_column, table, text
from sqlalchemy.sql.expression import TableClause

from microfed.store.database import Tx

# How much of a post is looked through: nobody searches the end of a novel.
MOST_CHARACTERS = 20_000
_WORD = re.compile(r"\w+")
_KEYS = {"sqlite": "rowid", "postgresql": "post_id"}

_REPLACED = text("DELETE FROM search_words WHERE rowid = :id")  # FTS5 has no ON CONFLICT
_KNOWN = {
    "sqlite": text("SELECT 1 FROM search_words WHERE rowid = :id"),
    "postgresql": text("SELECT 1 FROM search_words WHERE post_id = :id"),
}
_KEEP = {
    "sqlite": text("INSERT INTO search_words (rowid, words) VALUES (:id, :words)"),
    "postgresql": text(
        "INSERT INTO search_words (post_id, words) VALUES (:id, to_tsvector('simple', :words))"
        " ON CONFLICT (post_id) DO UPDATE SET words = excluded.words"
    ),
}


def fold(words: str) -> list[str]:
    """Return the words of a text as they are kept: `L'École` is `l` and `ecole`."""
    plain = unicodedata.normalize("NFKD", words[:MOST_CHARACTERS])
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _WORD.findall(bare.casefold())


def keep_words(tx: Tx, post_id: int, words: str, *, is_new: bool = False) -> None:
    """Let a post be found by these words, and by no others it had before."""
    engine = tx.connection.dialect.name
    if engine == "sqlite" and not is_new:
        tx.connection.execute(_REPLACED, {"id": post_id})
    tx.connection.execute(_KEEP[engine], {"id": post_id, "words": " ".join(fold(words))})


def are_words_kept(tx: Tx, post_id: int) -> bool:
    """Say whether a post can be found. Deleted posts are forgotten by the database itself."""
    found = tx.connection.execute(_KNOWN[tx.connection.dialect.name], {"id": post_id})
    return found.first() is not None


def kept_words(tx: Tx) -> tuple[TableClause, Any]:
    """Return the table of words and its column with the post's id."""
    key = _KEYS[tx.connection.dialect.name]
    words = table("search_words", column(key, BigInteger), column("words"))
    return words, words.c[key]


def holds(
    tx: Tx, *, words: Sequence[str], phrases: Sequence[Sequence[str]], without: Sequence[str]
) -> Any:
    """Return the condition that a post holds the beginnings `words`, and each phrase as it stands.

    All are folded words; at least one word or phrase is needed.
    """
    if tx.connection.dialect.name == "sqlite":
        wanted = [f'"{word}"*' for word in words]
        wanted += ['"' + " ".join(phrase) + '"' for phrase in phrases]
        asked = " AND ".join(wanted)
        if without:
            asked = f"({asked}) NOT (" + " OR ".join(f'"{word}"' for word in without) + ")"
        return literal_column("search_words").op("MATCH")(asked)
    wanted = [f"{word}:*" for word in words]
    wanted += ["(" + " <-> ".join(phrase) + ")" for phrase in phrases]
    wanted += [f"!{word}" for word in without]
    query = func.to_tsquery("simple", " & ".join(wanted))
    return literal_column("search_words.words").op("@@")(query)
