"""An archive is a parcel of a stranger: nothing of it lands where it likes, or fills the house."""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from microfed import unpacking
from microfed.errors import Invalid
from microfed.unpacking import Parcel, open_parcel, split_outbox
from tests.archives import kept_at, parts, said, tarred, zipped

PAPERS = parts([said(1)], {"media_attachments/files/1/a.png": b"picture"})


def opened(folder: Path, content: bytes) -> Parcel:
    (folder / "unpacked").mkdir()
    return open_parcel(kept_at(folder, content), lambda _name: True, folder / "unpacked")


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_a_file_is_written_where_we_say_whatever_it_is_called(pack, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    parcel = opened(tmp_path, pack(PAPERS))

    name = parcel.find("media_attachments/files/1/a.png")
    assert name is not None
    assert parcel.fetch(name, tmp_path / "here", most=10)
    assert (tmp_path / "here").read_bytes() == b"picture"
    assert not parcel.fetch(name, tmp_path / "there", most=3)
    assert not (tmp_path / "there").exists()
    assert parcel.find("media_attachments/files/2/a.png") is None
    assert parcel.find("a.png") == name
    assert {path.name for path in tmp_path.iterdir()} <= {"archive", "unpacked", "here"}


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", "a\\..\\b"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_what_reaches_out_of_the_archive_is_refused(pack, name: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Invalid, match="unsafe"):
        opened(tmp_path, pack(PAPERS | {name: b"x"}))


def test_links_and_devices_are_no_files(tmp_path: Path) -> None:
    odd = (link("a/link", "/etc/passwd"), link("a/dev", "", tarfile.CHRTYPE))

    parcel = opened(tmp_path, tarred(PAPERS, *odd, link("a/hard", "actor.json", tarfile.LNKTYPE)))

    assert sorted(parcel.names) == sorted(PAPERS)


def test_a_link_in_a_zip_is_no_file(tmp_path: Path) -> None:
    out = io.BytesIO(zipped(PAPERS))
    with zipfile.ZipFile(out, "a") as archive:
        entry = zipfile.ZipInfo("a/link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")

    assert "a/link" not in opened(tmp_path, out.getvalue()).names


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_what_swells_is_refused(
    pack,  # type: ignore[no-untyped-def]
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unpacking, "MOST_UNPACKED", 3_000_000)

    with pytest.raises(Invalid, match="too_large"):
        opened(tmp_path, pack(PAPERS | {"zeros/a.png": bytes(5_000_000)}))


def test_a_head_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    # A description of the next entry that says to be 2 GB long.
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 2_000_000_000
    head = gzip.compress(info.tobuf(tarfile.PAX_FORMAT) + bytes(2_000_000))

    with pytest.raises(Invalid, match="too_large"):
        opened(tmp_path, head)


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    content = bytearray(zipped({"a/film.mp4": bytes(1_000_000)}))
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = (10).to_bytes(4, "little")  # it says it holds ten bytes

    parcel = opened(tmp_path, bytes(content))

    try:
        is_whole = parcel.fetch("a/film.mp4", tmp_path / "film", most=1_000)
    except Invalid as broken:
        assert str(broken) == "broken"
    else:
        assert not is_whole or (tmp_path / "film").stat().st_size <= 1_000


def test_a_list_of_entries_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped(PAPERS))
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = (900_000_000).to_bytes(4, "little")

    with pytest.raises(Invalid, match="too_large"):
        opened(tmp_path, bytes(content))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no_archive"),
        (b"%PDF-1.4", "no_archive"),
        (b"PK\x03\x04 and nothing more", "broken"),
        (zipped(PAPERS)[:-40], "broken"),
        (tarred(PAPERS)[:-400], "broken"),
        (b"\x1f\x8b\x08\x00 no gzip", "broken"),
        (gzip.compress(b"no tar" * 200), "broken"),
    ],
    # The moment of packing is in some of these: their bytes are no names for tests.
    ids=["nothing", "a paper", "cut zip", "short zip", "short tar", "no gzip", "no tar"],
)
def test_what_cannot_be_read_says_so(content: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=why):
        opened(tmp_path, content)


def test_an_outbox_is_read_a_piece_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "_CHUNK", 7)
    items = [said(1, 'é ]} \\ "orderedItems": ['), 12345, "text", None, [], {"a": [1, {"b": 2}]}]
    (tmp_path / "outbox").write_text(json.dumps({"orderedItems": items}, indent=2))

    found = list(split_outbox(tmp_path / "outbox", tmp_path / "items"))

    assert [item for _, item in found] == items
    lines = (tmp_path / "items").read_bytes()
    assert [json.loads(lines[at:].partition(b"\n")[0]) for at, _ in found] == items


@pytest.mark.parametrize(
    "text", ["", "{}", '{"orderedItems": 3}', '{"orderedItems": [', '{"orderedItems": [{"a": 1}, {']
)
def test_an_outbox_without_end_is_broken(text: str, tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text(text)

    with pytest.raises(Invalid, match="broken"):
        list(split_outbox(tmp_path / "outbox", tmp_path / "items"))


def test_a_deep_outbox_is_broken(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text('{"orderedItems": [' + "[" * 200_000)

    with pytest.raises(Invalid, match="broken"):
        list(split_outbox(tmp_path / "outbox", tmp_path / "items"))
