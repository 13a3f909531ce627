"""A wrong setting stops the start with one sentence that names it and says what it must be."""

from pathlib import Path

import pytest

from microfed.cli.starting import read_settings
from microfed.keeping.doctor import check_settings
from microfed.settings import Settings


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("URL", "http://lilas.example", "must begin with https://"),
        ("URL", "https://lilas.example/quartier", "without path"),
        ("URL", "lilas.example", "such as https://quartier.example"),
        ("TIMEZONE", "Paris", "such as Europe/Paris"),
        ("FEDERATION", "closd", "'open', 'allowlist', 'ring' or 'closed'"),
        ("REGISTRATION", "maybe", "'closed', 'invite', 'approval' or 'open'"),
        ("LANGUAGE", "de", "'fr' or 'en'"),
        ("DATABASE_URL", "mysql://here/place", "must begin with sqlite:/// or postgresql://"),
        ("STORAGE_URL", "ftp://here/place", "must begin with file:/// or s3://"),
        ("ACCOUNT_DOMAIN", "https://lilas.example", "must be a name alone"),
        ("SMTP_URL", "mail.example:587", "such as smtp://user:password@host:587"),
        ("MAIL_FROM", "Le quartier <q@lilas.example>", "must be a bare e-mail address"),
        ("MEDIA_BUDGET", "a lot", "byte"),
        ("RETRY_FACTOR", "0", "greater than 0"),
        ("METRICS_TOKEN", "short", "at least 16 characters"),
        ("LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_it_is_named_with_what_it_must_be(
    name: str,
    value: str,
    mend: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"MICROFED_{name}", value)

    with pytest.raises(SystemExit) as left:
        read_settings()

    (sentence,) = capsys.readouterr().err.splitlines()
    assert left.value.code == 2
    assert sentence.startswith(f"The setting MICROFED_{name} cannot be used: ")
    assert mend in sentence


def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "microfed.toml").write_text("url = https://lilas.example\n")

    with pytest.raises(SystemExit) as left:
        read_settings()

    (sentence,) = capsys.readouterr().err.splitlines()
    assert left.value.code == 2
    assert sentence.startswith("The file microfed.toml cannot be read")
    assert "line 1" in sentence


def test_a_setting_that_is_misspelt_is_found_by_the_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROFED_FEDERATON", "closed")

    found = list(check_settings(Settings(url="https://lilas.example")))

    assert [each.what for each in found] == [
        "there is no setting MICROFED_FEDERATON, so it changes nothing"
    ]
