"""The fingerprint of a body, in the old header and in the new."""

import pytest

from microfed.errors import Unauthorized
from microfed.remote.signatures import check_digest, digest_header
from microfed.remote.signatures.digests import content_digest_header

LIKE = b'{"type":"Like"}'
SHA256 = "fQLcyuiC5b53id2wfhThCI+LFjFoCGXZfRwgMiR7Fp0="
SHA512 = "NAXEQDGBSkprjmtC8dU1lrtUmLQdolTcqbFzwT3Tqyf5/E33A5WwxNfFMHUUs1O1G3tHVb6EnOOJRm335AvT9A=="
EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_the_headers_we_send_are_those_of_the_examples() -> None:
    assert digest_header(LIKE) == f"SHA-256={SHA256}"
    assert content_digest_header(LIKE) == f"sha-256=:{SHA256}:"
    assert digest_header(b"") == f"SHA-256={EMPTY}"


@pytest.mark.parametrize(
    "headers",
    [
        {"digest": f"SHA-256={SHA256}"},
        {"digest": f"sha-256={SHA256}"},
        {"digest": f"SHA-512={SHA512}"},
        {"digest": f"SHA-512={SHA512}, SHA-256={SHA256}"},
        {"digest": f"MD5=abc,sha-256={SHA256}"},
        {"content-digest": f"sha-256=:{SHA256}:"},
        {"content-digest": f"sha-512=:{SHA512}:"},
        {"content-digest": f"sha-512=:{SHA512}:, sha-256=:{SHA256}:"},
        {"content-digest": f"sha-256=:{SHA256}:", "digest": f"SHA-256={SHA256}"},
    ],
)
def test_the_right_body_is_recognised(headers: dict[str, str]) -> None:
    check_digest(headers, LIKE)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"digest": ""},
        {"digest": "SHA-256="},
        {"digest": f"SHA-256={EMPTY}"},
        {"digest": f"SHA-256={SHA512}"},
        {"digest": f"SHA-512={SHA256}"},
        {"digest": SHA256},
        {"digest": f"MD5={SHA256}"},
        {"digest": f"SHA-256={SHA256[:-1]}"},
        {"digest": f"SHA-256={SHA256}!"},
        {"digest": "SHA-256=é"},
        {"digest": f"SHA-256={SHA256},SHA-256={EMPTY}"},
        {"digest": f"SHA-256={SHA256},SHA-512={SHA256}"},
        {"content-digest": f"sha-256={SHA256}"},
        {"content-digest": f"sha-256=:{EMPTY}:"},
        {"content-digest": f"sha-256=:{SHA256}:, sha-256=:{EMPTY}:"},
        {"content-digest": f"md5=:{SHA256}:"},
        # One header right, the other wrong: whichever was signed, it must be true.
        {"digest": f"SHA-256={SHA256}", "content-digest": f"sha-256=:{EMPTY}:"},
        {"digest": f"SHA-256={EMPTY}", "content-digest": f"sha-256=:{SHA256}:"},
    ],
)
def test_another_body_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorized):
        check_digest(headers, LIKE)
