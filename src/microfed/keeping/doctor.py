"""What may be wrong with a place, looked at one after the other: each finding names the mend.

This part looks at this machine: settings, folder, database, storage, backups. `doctor_outside`
looks at how the rest of the world sees us.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.keeping.upgrading import must_be_on_this_machine
from microfed.queries.files import files_after
from microfed.settings import Settings, is_loopback
from microfed.storage import Storage, new_key, open_storage
from microfed.store.database import Database, Tx
from microfed.store.migrate import HEAD, current_revision

LEAST_FREE = 500_000_000
OLDEST_BACKUP = timedelta(days=8)
LONGEST_WAIT = timedelta(hours=1)
LOOKED_AT = 200
# Touched by each backup: one that went to a bucket leaves no other trace on this machine.
STAMP = "last"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. `is_grave`: the place does not work like this."""

    about: str
    what: str
    mend: str
    is_grave: bool = True


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Look at what was decided before the start."""
    is_public = not is_loopback(settings.host.rpartition(":")[0] or settings.host)
    if not is_public:
        yield Finding(
            "settings",
            f"the address is {settings.url}, which only this machine can reach",
            "set MICROFED_URL to the public address before anybody moves in",
            is_grave=False,
        )
    if settings.insecure_peers and is_public:
        yield Finding(
            "settings",
            f"plain http and private addresses are allowed for {settings.insecure_peers}",
            "remove MICROFED_INSECURE_PEERS: it is for tests and demonstrations",
        )
    if settings.rate_limits == "off" and is_public:
        yield Finding(
            "settings",
            "nobody is asked to slow down",
            "remove MICROFED_RATE_LIMITS=off: it is for measurements",
        )
    if settings.retry_factor != 1 and is_public:
        yield Finding(
            "settings",
            f"waiting between deliveries is scaled by {settings.retry_factor}",
            "remove MICROFED_RETRY_FACTOR: it is for tests",
            is_grave=False,
        )
    for name in sorted(os.environ):
        known = name.removeprefix("MICROFED_").lower()
        if name.startswith("MICROFED_") and known not in Settings.names():
            yield Finding(
                "settings",
                f"there is no setting {name}, so it changes nothing",
                "look for its name among the settings, or remove it",
                is_grave=False,
            )
    if settings.ca_file is not None and not settings.ca_file.is_file():
        yield Finding(
            "settings",
            f"there is no file {settings.ca_file} with further certificates",
            "let MICROFED_CA_FILE name a PEM file, or remove it",
        )


def check_folder(settings: Settings, *, least_free: int = LEAST_FREE) -> Iterator[Finding]:
    """Look at the folder of the data."""
    folder = settings.data.resolve()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x" * 4096)
    except OSError as error:
        yield Finding(
            "folder",
            f"nothing can be written in {folder}: {error.strerror}",
            "let it belong to the user the server runs as, make room on its disk, or set"
            " MICROFED_DATA to another folder",
        )
        if not folder.is_dir():
            return
    if folder.stat().st_mode & 0o007:
        yield Finding(
            "folder",
            f"everyone on this machine can look into {folder}",
            f"chmod 700 {folder}",
        )
    free = shutil.disk_usage(folder).free
    if free < least_free:
        yield Finding(
            "folder",
            f"only {free / 1e6:.0f} MB are free on the disk of {folder}",
            "make room: delete old backups, or lower MICROFED_MEDIA_BUDGET",
        )


def check_database(settings: Settings, db: Database) -> Iterator[Finding]:
    """Look at the database: that it is there, of this version, and whole."""
    try:
        must_be_on_this_machine(settings.database)
    except Invalid as refused:
        yield Finding("database", str(refused), "move MICROFED_DATA to a disk of this machine")
        return
    try:
        with db.reading() as tx:
            yield from _look_into(tx)
    except SQLAlchemyError as error:
        shown = make_url(settings.database).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield Finding(
            "database",
            f"the database {shown} cannot be read: {reason}",
            "start PostgreSQL and check MICROFED_DATABASE_URL; if it is damaged, stop the server"
            " and `microfed restore` the last backup into an empty folder",
        )


def _look_into(tx: Tx) -> Iterator[Finding]:
    restore = "stop the server and `microfed restore` the last backup into an empty folder"
    connection = tx.connection
    revision = current_revision(connection)
    if revision != HEAD:
        later = revision is not None and revision > HEAD
        yield Finding(
            "database",
            f"it is of revision {revision or 'none'}, this program of {HEAD}",
            "install the later version of microfed" if later else "start the server: it upgrades",
        )
        return
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA quick_check(3)").scalars().all()
        if said != ["ok"]:
            yield Finding("database", f"it is damaged: {said[0]}", restore)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            yield Finding("database", f"rows of {broken[0]} refer to what is not there", restore)
    newest = connection.execute(text("SELECT max(id) FROM posts WHERE is_local")).scalar()
    if newest is not None and newest > id_at(tx.now + timedelta(minutes=2)):
        yield Finding(
            "clock",
            "what was said last lies in the future: the clock of this machine went back",
            "let the machine keep time by NTP (`timedatectl set-ntp true`)",
        )
    late = connection.execute(
        text("SELECT count(*) FROM deliveries WHERE due_at < :late"),
        {"late": int((tx.now - LONGEST_WAIT).timestamp() * 1000)},
    ).scalar_one()
    if late:
        yield Finding(
            "deliveries",
            f"{late} have been due for more than an hour, and nobody carries them",
            "start `microfed serve` (or `microfed work`), and look into its log",
        )
    given_up = connection.execute(
        text("SELECT count(*) FROM received WHERE due_at IS NULL AND id > :since"),
        {"since": id_at(tx.now - timedelta(days=7))},
    ).scalar_one()
    if given_up:
        yield Finding(
            "received",
            f"{given_up} activities of this week could not be understood",
            "they are kept with the reason; tell the authors of microfed",
            is_grave=False,
        )


async def check_storage(settings: Settings, db: Database) -> list[Finding]:
    """Look at the media: that they can be written, and that a sample of them is there."""
    try:
        storage = open_storage(settings.storage)
        await _try(storage)
    except Exception as error:  # whatever a storage of somebody else's makes up
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        return [
            Finding(
                "storage",
                f"nothing can be kept at {settings.storage.partition('?')[0]}: {reason}",
                "check MICROFED_STORAGE_URL, who may write there, and for s3:// the extra [s3]"
                " with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            )
        ]
    with db.reading() as tx:
        sample = files_after(tx, "")[:LOOKED_AT]
    lost = [file.key for file in sample if await storage.size(file.key) != file.bytes]
    if not lost:
        return []
    return [
        Finding(
            "storage",
            f"of {len(sample)} files looked at, {len(lost)} are missing or cut off",
            "`microfed media verify` names all of them; take them from a backup",
        )
    ]


async def _try(storage: Storage) -> None:
    key = new_key("png")
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"microfed doctor")
        file.flush()
        await storage.put(key, Path(file.name))
    size = await storage.size(key)
    await storage.delete(key)
    if size != len(b"microfed doctor"):
        raise Invalid("what was written is not what is there")


def check_backups(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Look for a backup that is recent, wherever `microfed backup` put it."""
    made = last_backup(settings)
    how = "let `microfed backup --to …` run every night (docs: Back up)"
    if made is None:
        yield Finding("backup", "there is none that was made from here", how, is_grave=False)
    elif now - made > OLDEST_BACKUP:
        yield Finding(
            "backup", f"the last one is {(now - made).days} days old", how, is_grave=False
        )


def last_backup(settings: Settings) -> datetime | None:
    """Return when everything was put by last: here, or elsewhere by this machine."""
    folder = settings.data.resolve() / "backups"
    made = [
        path.stat().st_mtime
        for path in (*folder.glob("microfed-*.tar*"), folder / STAMP)
        if path.exists()
    ]
    return datetime.fromtimestamp(max(made), UTC) if made else None
