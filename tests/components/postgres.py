"""A PostgreSQL of our own: one cluster per test process, one fresh database per test."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from tests.components.needed import POSTGRES, ensure
from tests.components.processes import Program, free_port

# Nothing here has to survive a power cut.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Postgres:
    """A cluster in a temporary folder, reachable on the loopback interface alone."""

    def __init__(self) -> None:
        ensure([POSTGRES])
        self.folder = Path(tempfile.mkdtemp(prefix="microfed-postgres-"))
        self.port = free_port()
        self.count = 0
        as_user = _unprivileged()
        if as_user:
            os.chown(self.folder, *as_user)
        initdb, postgres = POSTGRES.find("initdb"), POSTGRES.find("postgres")
        assert initdb and postgres
        data = str(self.folder / "data")
        user, group = as_user or (None, None)
        subprocess.run(
            [initdb, "--pgdata", data, "--username", "microfed", "--auth", "trust"]
            + ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
            user=user,
            group=group,
            extra_groups=[] if as_user else None,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        log = self.folder / "log"
        command = [postgres, "-D", data, "-p", str(self.port), "-k", str(self.folder)]
        command += ["-c", "listen_addresses=127.0.0.1"]
        command += [word for setting in FAST for word in ("-c", setting)]
        self.program = Program("PostgreSQL", command, log=log, cwd=self.folder, as_user=as_user)
        self.program.start()
        self.program.until_ready(self._answers)

    def url(self, database: str) -> str:
        """Return the address of `database`, as MICROFED_DATABASE_URL takes it."""
        return f"postgresql://microfed@127.0.0.1:{self.port}/{database}"

    def create(self, *, like: str = "template1") -> str:
        """Make a database, empty or a copy of another one, and return its name."""
        self.count += 1
        name = f"test_{self.count}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def drop(self, database: str) -> None:
        """Forget `database`, even when someone is still connected to it."""
        self._do(f"DROP DATABASE {database} WITH (FORCE)")

    def stop(self) -> None:
        """End the cluster and remove its folder."""
        self.program.stop(signal.SIGINT)
        shutil.rmtree(self.folder)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def _unprivileged() -> tuple[int, int] | None:
    """Return whom to run as: PostgreSQL refuses to be root. None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user.pw_uid, user.pw_gid
    raise AssertionError("neither a user postgres nor a user nobody on this machine")
