"""The migrations make exactly the tables the code expects, on both engines, and can be repeated."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from microfed.store.database import Database
from microfed.store.migrate import HEAD, current_revision, migrate, migrations_folder
from microfed.store.schema import metadata


def test_the_migrated_database_is_what_the_tables_say(db: Database) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)

    # Full-text tables are the engine's own and not ours to declare.
    ours = [d for d in differences if "search" not in str(d)]
    assert ours == []


def test_head_names_the_newest_file(db: Database) -> None:
    newest = max(path.name for path in migrations_folder().glob("versions/0*.py"))

    assert newest.startswith(HEAD)
    with db.engine.connect() as connection:
        assert current_revision(connection) == HEAD


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/twice.db"
    migrate(url)
    before = (tmp_path / "twice.db").read_bytes()

    migrate(url)

    assert (tmp_path / "twice.db").read_bytes() == before


def test_no_migration_imports_our_tables() -> None:
    for path in migrations_folder().glob("versions/*.py"):
        assert "microfed" not in path.read_text(), path.name
