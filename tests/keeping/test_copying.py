"""A place moves from SQLite to PostgreSQL and back by command, and nothing is lost."""

from pathlib import Path

from tests.components.server import MicrofedServer
from tests.keeping.test_backup import whole


def test_a_place_moves_there_and_back_and_is_equal(tmp_path: Path, postgres_url: str) -> None:
    here = MicrofedServer(tmp_path)
    here.add_member("ada")
    before = whole(here)

    there = here.cli("database", "copy", "--to", postgres_url, "--json")

    assert there["sha256"] == before
    assert "not empty" in here.run("database", "copy", "--to", postgres_url, status=1).stderr
    moved = MicrofedServer(tmp_path, DATABASE_URL=postgres_url, URL=here.url)
    assert moved.cli("member", "show", "ada", "--json")["username"] == "ada"
    back = f"sqlite:///{tmp_path}/back.db"
    assert moved.cli("database", "copy", "--to", back, "--json")["rows"] == there["rows"]
    assert MicrofedServer(tmp_path, DATABASE_URL=back, URL=here.url).cli("queue", "--json")
