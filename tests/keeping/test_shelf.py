"""Backups in a bucket: sent whole, and the oldest make room."""

from pathlib import Path

from microfed.keeping.shelf import make_room, open_shelf
from tests.media.test_storage import bucket, s3

__all__ = ["bucket", "s3"]


def test_a_bucket_keeps_the_newest(bucket: str, tmp_path: Path) -> None:
    shelf = open_shelf(bucket)
    for day in (1, 2, 3):
        path = tmp_path / f"microfed-lilas.example-2026010{day}T000000Z.tar"
        path.write_bytes(b"all of it")
        assert shelf.put(path).endswith(path.name)

    gone = make_room(shelf, "lilas.example", 2)

    assert gone == ["microfed-lilas.example-20260101T000000Z.tar"]
    assert len(shelf.names()) == 2
    assert make_room(shelf, "other.example", 1) == []
