"""How we sign: exactly the texts that the others rebuild."""

import pytest

from microfed import keys
from microfed.remote.signatures import (
    Claim,
    Outgoing,
    Scheme,
    Signer,
    parse_signature,
    read_headers,
    sign,
    sign_here,
)
from tests.remote.signatures.senders import (
    BODY,
    CREATED,
    ED_PRIVATE,
    ED_PUBLIC,
    KEY_ID,
    NOW,
    OTHER_PUBLIC,
    RSA_PRIVATE,
    RSA_PUBLIC,
    date,
)

SIGNER = Signer("https://m.example/users/ana#main-key", RSA_PRIVATE)
POST = Outgoing(
    method="POST",
    scheme="https",
    authority="r.example",
    target="/users/bob/inbox",
    date="Mon, 23 Nov 2026 10:08:46 GMT",
    created=CREATED,
    content_type="application/activity+json",
    body=BODY,
)


def header_bytes(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def arrive(
    headers: dict[str, str], *, method: str = "POST", target: str = "/users/bob/inbox"
) -> Claim:
    raw = [(b"Content-Type", b"application/activity+json"), *header_bytes(headers)]
    return parse_signature(
        method=method,
        target=target,
        headers=read_headers(raw),
        now=NOW,
        hosts=["r.example"],
        base_url="https://r.example",
    )


def test_what_we_sign_is_the_text_that_all_others_expect() -> None:
    headers = sign_here(SIGNER, POST)

    assert headers["Host"] == "r.example"
    assert headers["Digest"] == "SHA-256=fQLcyuiC5b53id2wfhThCI+LFjFoCGXZfRwgMiR7Fp0="
    assert headers["Signature"].startswith(
        'keyId="https://m.example/users/ana#main-key",algorithm="rsa-sha256",'
        'headers="(request-target) host date digest content-type",signature="'
    )
    claim = arrive(headers)
    assert claim.bases == (
        b"(request-target): post /users/bob/inbox\n"
        b"host: r.example\n"
        b"date: Mon, 23 Nov 2026 10:08:46 GMT\n"
        b"digest: SHA-256=fQLcyuiC5b53id2wfhThCI+LFjFoCGXZfRwgMiR7Fp0=\n"
        b"content-type: application/activity+json",
    )
    assert claim.verify(keys.load_public(RSA_PUBLIC))
    assert not claim.verify(keys.load_public(OTHER_PUBLIC))


async def test_signing_in_the_pool_gives_the_same() -> None:
    assert await sign(SIGNER, POST) == sign_here(SIGNER, POST)


@pytest.mark.parametrize("with_query", [True, False])
def test_a_get_is_signed_with_its_query_or_without(with_query: bool) -> None:
    request = Outgoing("GET", "https", "r.example", "/p?id=1", date(), CREATED)

    headers = sign_here(SIGNER.using("cavage", with_query=with_query), request)

    claim = arrive(headers, method="GET", target="/p?id=1")
    assert 'headers="(request-target) host date"' in headers["Signature"]
    assert "Digest" not in headers
    assert claim.verify(keys.load_public(RSA_PUBLIC))
    assert claim.bases[0].startswith(b"(request-target): get /p?id=1\n")
    assert claim.bases[1].startswith(b"(request-target): get /p\n")


def test_an_ed25519_key_says_hs2019() -> None:
    headers = sign_here(Signer(KEY_ID, ED_PRIVATE), POST)

    assert 'algorithm="hs2019"' in headers["Signature"]


def test_a_private_key_is_never_shown() -> None:
    assert "PRIVATE" not in f"{SIGNER!r} {SIGNER}"


def test_rfc9421_signs_the_text_of_fedify_and_mastodon() -> None:
    headers = sign_here(SIGNER.using("rfc9421"), POST)

    parameters = (
        '("@method" "@target-uri" "@authority" "host" "date" "content-digest")'
        ';alg="rsa-v1_5-sha256";keyid="https://m.example/users/ana#main-key";created=1795428526'
    )
    assert headers["Signature-Input"] == f"sig1={parameters}"
    assert headers["Content-Digest"] == ("sha-256=:fQLcyuiC5b53id2wfhThCI+LFjFoCGXZfRwgMiR7Fp0=:")
    assert "Digest" not in headers
    claim = arrive(headers)
    assert claim.bases == (
        b'"@method": POST\n'
        b'"@target-uri": https://r.example/users/bob/inbox\n'
        b'"@authority": r.example\n'
        b'"host": r.example\n'
        b'"date": Mon, 23 Nov 2026 10:08:46 GMT\n'
        b'"content-digest": sha-256=:fQLcyuiC5b53id2wfhThCI+LFjFoCGXZfRwgMiR7Fp0=:\n'
        b'"@signature-params": ' + parameters.encode(),
    )
    assert claim.verify(keys.load_public(RSA_PUBLIC))
    assert not claim.verify(keys.load_public(OTHER_PUBLIC))


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
@pytest.mark.parametrize(
    ("private", "public"),
    [(RSA_PRIVATE, RSA_PUBLIC), (ED_PRIVATE, ED_PUBLIC)],
    ids=["rsa", "ed25519"],
)
@pytest.mark.parametrize("target", ["/users/bob", "/?p=12", "/p?a=b&c=%20d"])
def test_what_we_sign_we_would_accept(
    scheme: Scheme, private: str, public: str, target: str
) -> None:
    get = Outgoing("GET", "https", "r.example", target, date(), CREATED)

    headers = sign_here(Signer(KEY_ID, private, scheme), get)

    claim = arrive(headers, method="GET", target=target)
    assert claim.scheme == scheme
    assert claim.key_id == KEY_ID
    assert claim.verify(keys.load_public(public))
