"""An upgrade may be killed or fail at any moment: the place is as before, or as after."""

import gzip
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from microfed.errors import Invalid
from microfed.keeping import upgrading
from microfed.keeping.filesystems import filesystem_of
from microfed.keeping.upgrading import must_be_on_this_machine, upgrade
from microfed.settings import Settings
from microfed.store import migrate as migrations
from microfed.store.dump import Sums, read_head, read_tables, sums_of
from microfed.store.engines import for_writing, open_engine
from microfed.store.migrate import HEAD, current_revision, migrate
from microfed.store.refill import refill
from tests.components.processes import ROOT

KILLS = 20
CHILD = """
import sys, time
from alembic import command, config  # what takes long to load is there before it begins
from microfed.store.migrate import migrate
print("ready", flush=True)
sys.stdin.readline()
migrate(sys.argv[1])
print("done", flush=True)
"""


def old_place(url: str) -> None:
    """A database of an earlier version, with something in it."""
    migrate(url, "0001")
    engine = open_engine(url)
    with for_writing(engine).begin() as connection:
        connection.execute(
            text("INSERT INTO seen_activities (uri, seen_at) VALUES (:uri, :at)"),
            [{"uri": f"https://far.test/{n}", "at": n} for n in range(3000)],
        )
    engine.dispose()


def state(url: str) -> tuple[str | None, str]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = current_revision(connection), sums_of(connection).whole()
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    engine.dispose()
    return found


def forget(url: str) -> None:
    """Let the database be empty again."""
    engine = open_engine(url)
    if engine.dialect.name == "sqlite":
        for path in Path(str(engine.url.database)).parent.glob("here.db*"):
            path.unlink()
    else:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()


def begin(url: str) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url],
        env={"PYTHONPATH": str(ROOT / "src")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout and child.stdout.readline() == "ready\n"
    return child


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_twenty_kills_in_the_middle_leave_the_old_or_the_new(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/here.db"
    if engine == "postgresql":
        url = request.getfixturevalue("postgres_url")
    old_place(url)
    before, chance = state(url), random.Random()
    # How long it takes here and now, in a place of its own.
    aside = f"sqlite:///{tmp_path}/aside.db"
    old_place(aside)
    child, began = begin(aside), time.monotonic()
    child.communicate("go\n")
    whole = time.monotonic() - began
    for _ in range(KILLS):
        child = begin(url)
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
        time.sleep(chance.uniform(0, whole * 0.9))  # the moment of the kill is anyone's guess
        child.send_signal(signal.SIGKILL)
        child.communicate()
        revision, sums = state(url)
        assert revision in ("0001", HEAD), "between two versions"
        if revision == "0001":
            assert (revision, sums) == before
            migrate(url)  # the restart
            assert state(url)[0] == HEAD
        forget(url)
        old_place(url)

    migrate(url)

    assert state(url)[0] == HEAD
    database = open_engine(url)
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM seen_activities")).scalar() == 3000
    database.dispose()


def test_what_is_there_is_put_by_before_and_can_be_had_again(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    old_place(settings.database)
    before = state(settings.database)

    upgrade(settings)

    assert state(settings.database)[0] == HEAD
    (kept,) = (tmp_path / "backups").iterdir()
    with gzip.open(kept) as lines:
        again = f"sqlite:///{tmp_path}/again.db"
        refill(again, iter(lines))
    assert state(again) == before
    with gzip.open(kept) as lines:
        sums = Sums(read_head(iter(lines)))
        assert {name for name, _, rows in read_tables(lines, sums) if list(rows)} == {
            "seen_activities"
        }


def test_a_migration_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path / "data")
    settings.data.mkdir()
    migrate(settings.database)
    before = state(settings.database)
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in migrations.migrations_folder().rglob("*.py"):
        target = folder / path.relative_to(migrations.migrations_folder())
        target.write_text(path.read_text())
    (folder / "versions" / "9999_fails.py").write_text(
        f"from alembic import op\nrevision, down_revision = '9999', '{HEAD}'\n"
        "branch_labels = depends_on = None\n"
        "def upgrade():\n    op.execute('DELETE FROM rules')\n    op.execute('DROP TABLE nobody')\n"
    )
    monkeypatch.setattr(migrations, "migrations_folder", lambda: folder)
    for module in (migrations, upgrading):
        monkeypatch.setattr(module, "HEAD", "9999")
    monkeypatch.setattr(migrations.migrate, "__defaults__", ("9999",))

    with pytest.raises(Invalid, match="as it was before"):
        upgrade(settings)

    assert state(settings.database) == before
    assert (settings.data / "backups" / f"before-9999-from-{HEAD}.jsonl.gz").exists()


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    migrate(settings.database)
    engine = open_engine(settings.database)
    with for_writing(engine).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(Invalid, match="later version"):
        upgrade(settings)


def test_network_file_systems_are_known_by_what_is_mounted() -> None:
    mounts = (
        "/dev/vda / ext4 rw 0 0\nnas:/x /srv nfs4 rw 0 0\n/dev/vdb /srv/fast xfs rw 0 0\n"
        "//nas/y /mnt/a\\040b cifs rw 0 0\n"
    )

    assert filesystem_of(Path("/srv/microfed"), mounts) == "nfs4"
    assert filesystem_of(Path("/srv/fast/microfed"), mounts) == "xfs"
    assert filesystem_of(Path("/mnt/a b/c"), mounts) == "cifs"
    assert filesystem_of(Path("/srvice"), mounts) == "ext4"


def test_sqlite_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrading, "network_of", lambda _: "nfs4")

    with pytest.raises(Invalid, match="network file system"):
        must_be_on_this_machine(f"sqlite:///{tmp_path}/here.db")

    must_be_on_this_machine("postgresql://db.test/here")
