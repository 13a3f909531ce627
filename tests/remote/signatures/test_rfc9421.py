"""RFC 9421: what we accept from others, and each thing that we do not."""

from datetime import timedelta
from typing import Any

import pytest

from microfed import keys
from microfed.errors import Unauthorized
from microfed.remote.signatures import Claim, check_digest, parse_signature
from tests.remote.signatures.senders import (
    BASE,
    BODY,
    CREATED,
    ED_PRIVATE,
    ED_PUBLIC,
    HOSTS,
    KEY_ID,
    NOW,
    OTHER_PRIVATE,
    RSA_PUBLIC,
    rfc9421,
    sha256,
)

ALL = '"@method" "@target-uri" "content-digest"'
KEY = f';keyid="{KEY_ID}"'


def parse(headers: dict[str, str], *, method: str = "POST", target: str = "/inbox") -> Claim:
    return parse_signature(
        method=method, target=target, headers=headers, now=NOW, hosts=HOSTS, base_url=BASE
    )


def is_true(claim: Claim, public: str = RSA_PUBLIC) -> bool:
    return claim.verify(keys.load_public(public))


ACCEPTED: dict[str, dict[str, Any]] = {
    "Mastodon": {},
    "no alg": {"parameters": f";created={CREATED}{KEY}"},
    "another label": {"label": "sig-b26"},
    "a nonce and a tag": {"parameters": f';created={CREATED}{KEY};nonce="a\\"b";tag="ap"'},
    "spaces between parameters": {"parameters": f"; created={CREATED}; keyid={KEY[7:]}"},
    "host and date too": {"names": f'{ALL} "host" "date"'},
    "every word we know": {
        "names": f'{ALL} "@authority" "@scheme" "@request-target" "@path" "@query"',
        "values": {
            "@authority": "m.example",
            "@scheme": "https",
            "@request-target": "/inbox",
            "@path": "/inbox",
            "@query": "?",
        },
    },
    "two digests": {
        "headers": {"content-digest": f"md5=:AAAA:, sha-256=:{sha256()}:"},
    },
    "an hour late": {"parameters": f";created={CREATED - 3_840}{KEY}"},
    "an hour early": {"parameters": f";created={CREATED + 3_540}{KEY}"},
    "eleven hours, as it says": {
        "parameters": f";created={CREATED - 36_000};expires={CREATED + 3_600}{KEY}"
    },
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_others_send_is_accepted(case: str) -> None:
    headers = rfc9421(**ACCEPTED[case])

    claim = parse(headers)

    check_digest(headers, BODY)
    assert is_true(claim)
    assert (claim.scheme, claim.key_id) == ("rfc9421", KEY_ID)


def test_an_ed25519_key_may_sign() -> None:
    headers = rfc9421(parameters=f';created={CREATED}{KEY};alg="ed25519"', private=ED_PRIVATE)

    assert is_true(parse(headers), ED_PUBLIC)
    assert not is_true(parse(headers), RSA_PUBLIC)


def test_a_get_needs_no_digest() -> None:
    get = {"method": "GET", "target": "/users/ana?page=1"}

    assert is_true(parse(rfc9421(**get, names='"@method" "@target-uri"'), **get))


def test_what_is_signed_is_our_public_address_and_not_what_a_proxy_says() -> None:
    headers = rfc9421(headers={"host": "localhost:8000", "x-forwarded-proto": "http"})

    claim = parse_signature(
        method="POST",
        target="/inbox",
        headers=headers,
        now=NOW,
        hosts=[*HOSTS, "localhost:8000"],
        base_url=BASE,
    )

    assert is_true(claim)


def changed(**changes: str) -> dict[str, str]:
    return {**rfc9421(), **{name.replace("_", "-"): value for name, value in changes.items()}}


GOOD = rfc9421()
INPUT, SIGNATURE = GOOD["signature-input"], GOOD["signature"]


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in GOOD.items() if key != name}


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "no signature": (without("signature"), "one and the same"),
    "another label": (changed(signature=SIGNATURE.replace("sig1", "sig2")), "one and the same"),
    "two signatures": (changed(signature=f"{SIGNATURE}, sig2=:AAAA:"), "one and the same"),
    "two inputs": (changed(signature_input=f"{INPUT}, sig2=()"), "exactly one"),
    "a signature of cavage": (changed(signature='keyId="x",signature="AAAA"'), "one and the same"),
    "not base64": (changed(signature="sig1=:A:"), "base64"),
    "unreadable": (changed(signature_input="sig1"), "cannot be read"),
    "no list": (changed(signature_input=f"sig1;created={CREATED}"), "cannot be read"),
    "an open list": (changed(signature_input='sig1=("@method"'), "plain names"),
    "too long": (changed(signature_input=INPUT + " " * 9_000), "too long"),
    "method not signed": (rfc9421(names='"@target-uri" "content-digest"'), "@method"),
    "address not signed": (rfc9421(names='"@method" "@path" "content-digest"'), "@target-uri"),
    "digest not signed": (rfc9421(names='"@method" "@target-uri"'), "content-digest"),
    "no digest": (rfc9421(headers={"content-digest": None}), "Content-Digest"),
    "an old digest": (rfc9421(headers={"content-digest": "md5=:AAAA:"}), "Content-Digest"),
    "a digest of cavage": (
        rfc9421(headers={"content-digest": None, "digest": f"SHA-256={sha256()}"}),
        "Content-Digest",
    ),
    "a malformed digest": (rfc9421(headers={"content-digest": "sha-256=AA"}), "Content-Digest"),
    "a component twice": (rfc9421(names=f'{ALL} "@method"'), "twice"),
    "a component with parameters": (rfc9421(names=f'{ALL} "date";req'), "plain names"),
    "a query parameter": (rfc9421(names=f'{ALL} "@query-param";name="a"'), "plain names"),
    "an unknown component": (rfc9421(names=f'{ALL} "@status"'), "@status"),
    "a header that is not there": (rfc9421(names=f'{ALL} "x-a"'), "x-a"),
    "a name in capitals": (rfc9421(names=f'{ALL} "Date"'), "plain names"),
    "no key": (rfc9421(parameters=f";created={CREATED}"), "keyId"),
    "no time": (rfc9421(parameters=KEY), "created"),
    "a time without value": (rfc9421(parameters=f";created{KEY}"), "created"),
    "a negative time": (rfc9421(parameters=f";created=-5{KEY}"), "created"),
    "a fraction of a second": (rfc9421(parameters=f";created={CREATED}.5{KEY}"), "exactly one"),
    "a time beyond time": (rfc9421(parameters=f";created=999999999999{KEY}"), "created"),
    "created twice": (rfc9421(parameters=f";created=1;created={CREATED}{KEY}"), "twice"),
    "another algorithm": (
        rfc9421(parameters=f';created={CREATED}{KEY};alg="rsa-pss-sha512"'),
        "alg",
    ),
    "a shared secret": (rfc9421(parameters=f';created={CREATED}{KEY};alg="hmac-sha256"'), "alg"),
    "too late": (rfc9421(parameters=f";created={CREATED - 3_960}{KEY}"), "expired"),
    "too early": (rfc9421(parameters=f";created={CREATED + 3_660}{KEY}"), "future"),
    "expired": (
        rfc9421(parameters=f";created={CREATED - 300};expires={CREATED - 60}{KEY}"),
        "expired",
    ),
    "longer than twelve hours": (
        rfc9421(parameters=f";created={CREATED - 46_800};expires={CREATED + 60}{KEY}"),
        "expired",
    ),
    "for another server": (rfc9421(headers={"host": "other.example"}), "Host"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_good_enough_is_refused_with_a_reason(case: str) -> None:
    headers, reason = REFUSED[case]

    with pytest.raises(Unauthorized, match=reason):
        parse(headers)


FALSE: dict[str, tuple[dict[str, str], str, str]] = {
    "another key": (rfc9421(private=OTHER_PRIVATE), "POST", "/inbox"),
    "another address": (rfc9421(target="/users/bob/inbox"), "POST", "/inbox"),
    "another query": (rfc9421(), "POST", "/inbox?x=1"),
    "another method": (rfc9421(), "PUT", "/inbox"),
    "another server": (
        rfc9421(values={"@target-uri": "https://other.example/inbox"}),
        "POST",
        "/inbox",
    ),
    "plain http": (rfc9421(values={"@target-uri": "http://m.example/inbox"}), "POST", "/inbox"),
    "another digest": (changed(content_digest="sha-256=:AAAA:"), "POST", "/inbox"),
    "another time": (
        changed(signature_input=INPUT.replace(str(CREATED), str(CREATED + 1))),
        "POST",
        "/inbox",
    ),
    "the algorithm of another key": (
        rfc9421(parameters=f';created={CREATED}{KEY};alg="ed25519"'),
        "POST",
        "/inbox",
    ),
}


@pytest.mark.parametrize("case", FALSE)
def test_what_was_signed_otherwise_is_false(case: str) -> None:
    headers, method, target = FALSE[case]

    assert not is_true(parse(headers, method=method, target=target))


def test_an_hour_of_patience_is_for_clocks_and_not_for_replays() -> None:
    claim = parse(rfc9421(parameters=f";created={CREATED}{KEY}"))

    assert claim.expires_at == NOW + timedelta(hours=1, minutes=5)
