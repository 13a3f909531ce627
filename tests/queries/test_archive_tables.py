"""No table is forgotten in the file that members take along."""

from microfed.queries.archive_parts import PARTS
from microfed.queries.archive_tables import HELD, LEFT_OUT
from microfed.queries.archives import LISTS
from microfed.store.schema import metadata


def test_each_table_is_in_the_file_or_says_why_not() -> None:
    assert set(HELD) | set(LEFT_OUT) == set(metadata.tables)
    assert not set(HELD) & set(LEFT_OUT)
    assert all(len(why.split()) > 3 for why in LEFT_OUT.values())


def test_each_file_that_is_named_is_written() -> None:
    written = {"actor.json", "outbox.json", "media", *PARTS, *(f"{name}.csv" for name in LISTS)}

    assert set(HELD.values()) <= written
    # The one is Mastodon's list again, the others follow but are not answered.
    assert set(PARTS) - set(HELD.values()) == {"silenced_places.json", "follow_requests.json"}
