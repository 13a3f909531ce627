"""draft-cavage: what we accept from others, and each thing that we do not."""

from datetime import timedelta
from typing import Any

import pytest

from microfed import keys
from microfed.errors import Unauthorized
from microfed.remote.signatures import (
    Claim,
    check_digest,
    parse_signature,
    read_headers,
)
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
    cavage,
    date,
)


def parse(headers: dict[str, str], *, method: str = "POST", target: str = "/inbox") -> Claim:
    return parse_signature(
        method=method, target=target, headers=headers, now=NOW, hosts=HOSTS, base_url=BASE
    )


def is_true(claim: Claim, public: str = RSA_PUBLIC) -> bool:
    return claim.verify(keys.load_public(public))


HS = {"algorithm": "hs2019"}
WITH_CREATED = "(request-target) host (created) digest"

ACCEPTED: dict[str, dict[str, Any]] = {
    "Mastodon": {},
    "GoToSocial": {"algorithm": "hs2019"},
    "no algorithm": {"algorithm": None},
    "content type too": {"names": "(request-target) host date digest content-type"},
    "another order": {"names": "host digest date (request-target)"},
    "capitals": {"names": "(request-target) host date digest", "algorithm": "RSA-SHA256"},
    "port of https": {"headers": {"host": "m.example:443"}},
    "host in capitals": {"headers": {"host": "M.Example"}},
    "two digests": {"headers": {"digest": f"MD5=x,SHA-256={cavage()['digest'][8:]}"}},
    "an hour late": {"headers": {"date": date(timedelta(minutes=-64))}},
    "an hour early": {"headers": {"date": date(timedelta(minutes=59))}},
    "created": {
        **HS,
        "names": WITH_CREATED,
        "parameters": f"created={CREATED},",
        "values": {"(created)": str(CREATED)},
    },
    "created in quotes": {
        **HS,
        "names": WITH_CREATED,
        "parameters": f'created="{CREATED}",',
        "values": {"(created)": str(CREATED)},
    },
    "expires signed, eleven hours on": {
        **HS,
        "names": f"{WITH_CREATED} (expires)",
        "parameters": f"created={CREATED - 36_000},expires={CREATED + 3_600},",
        "values": {"(created)": str(CREATED - 36_000), "(expires)": str(CREATED + 3_600)},
    },
    "unknown parameters": {"parameters": 'opaque="1",'},
    "key with port and query": {"key_id": "https://r.example:8443/?author=0#main-key"},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_what_others_send_is_accepted(case: str) -> None:
    headers = cavage(**ACCEPTED[case])

    claim = parse(headers)

    check_digest(headers, BODY)
    assert is_true(claim)
    assert claim.scheme == "cavage"
    assert claim.key_id.startswith("https://r.example")


def test_an_ed25519_key_signs_under_hs2019() -> None:
    claim = parse(cavage(algorithm="hs2019", private=ED_PRIVATE))

    assert is_true(claim, ED_PUBLIC)
    assert not is_true(claim, RSA_PUBLIC)


def test_the_word_for_the_algorithm_never_chooses_how_a_key_is_used() -> None:
    claim = parse(cavage(algorithm="rsa-sha256", private=ED_PRIVATE))

    assert not is_true(claim, ED_PUBLIC)


def changed(**changes: str) -> dict[str, str]:
    return {**cavage(), **{name.replace("_", "-"): value for name, value in changes.items()}}


SIGNATURE = cavage()["signature"]
EXPIRED = {"parameters": f"created={CREATED - 600},expires={CREATED - 60},"}

REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "not signed": ({"host": "m.example", "date": date()}, "must be signed"),
    "empty": (changed(signature=""), "keyId"),
    "unreadable": (changed(signature="Bearer abc"), "cannot be read"),
    "cut off": (changed(signature=SIGNATURE[:-1]), "cannot be read"),
    "too long": (changed(signature=SIGNATURE + "," + 'a="' + "x" * 9000 + '"'), "too long"),
    "no key": (changed(signature=SIGNATURE.replace("keyId", "key")), "keyId"),
    "key by acct": (cavage(key_id="acct:bob@r.example"), "keyId"),
    "no signature": (changed(signature=SIGNATURE.replace("signature=", "x=")), "needs a signature"),
    "not base64": (changed(signature=SIGNATURE.replace('signature="', 'signature="*')), "base64"),
    "key twice": (changed(signature=f'{SIGNATURE},keyId="{KEY_ID}"'), "twice"),
    "two signatures": (changed(signature=f"{SIGNATURE}, {SIGNATURE}"), "twice"),
    "unknown algorithm": (cavage(algorithm="hmac-sha256"), "algorithm"),
    "weak algorithm": (cavage(algorithm="rsa-sha1"), "algorithm"),
    "target not signed": (cavage(names="host date digest"), "request-target"),
    "host not signed": (cavage(names="(request-target) date digest"), "host"),
    "no time signed": (cavage(names="(request-target) host digest"), "date or"),
    "digest not signed": (cavage(names="(request-target) host date"), "digest"),
    "only the default signed": (changed(signature=SIGNATURE.replace("headers", "h")), "target"),
    "a header twice": (cavage(names="(request-target) host date digest host"), "repeats"),
    "very many headers": (
        cavage(names="(request-target) host date digest " + " ".join(f"x{n}" for n in range(40))),
        "too long",
    ),
    "a header that is not there": (cavage(names="(request-target) host date digest x-a"), "x-a"),
    "no date": (cavage(headers={"date": None}), "Date"),
    "no digest": (cavage(headers={"digest": None}), "Digest"),
    "only an old digest": (cavage(headers={"digest": "MD5=abc"}), "Digest"),
    "another host": (cavage(headers={"host": "other.example"}), "Host"),
    "another port": (cavage(headers={"host": "m.example:8443"}), "Host"),
    "two hosts": (cavage(headers={"host": "m.example, other.example"}), "Host"),
    "no host": (cavage(headers={"host": None}), "Host"),
    "too late": (cavage(headers={"date": date(timedelta(minutes=-66))}), "expired"),
    "too early": (cavage(headers={"date": date(timedelta(minutes=61))}), "future"),
    "years late": (cavage(headers={"date": "Mon, 23 Nov 2020 10:08:46 GMT"}), "expired"),
    "an ISO date": (cavage(headers={"date": "2026-11-23T10:08:46Z"}), "Date"),
    "a date with an offset": (cavage(headers={"date": date()[:-3] + "+0000"}), "Date"),
    "the year 26": (cavage(headers={"date": "Mon, 23 Nov 26 10:08:46 GMT"}), "Date"),
    "the 31st of November": (cavage(headers={"date": "Tue, 31 Nov 2026 10:08:46 GMT"}), "moment"),
    "two dates": (cavage(headers={"date": f"{date()}, {date()}"}), "Date"),
    "created with rsa-sha256": (
        cavage(
            names=WITH_CREATED,
            parameters=f"created={CREATED},",
            values={"(created)": str(CREATED)},
        ),
        "rsa-sha256",
    ),
    "created signed, not given": (cavage(**HS, names=WITH_CREATED), "created"),
    "expires signed, not given": (
        cavage(
            **HS,
            names=f"{WITH_CREATED} (expires)",
            parameters=f"created={CREATED},",
        ),
        "expires",
    ),
    "created not a number": (
        cavage(**HS, names=WITH_CREATED, parameters='created="soon",'),
        "created",
    ),
    "created with a fraction": (
        cavage(**HS, names=WITH_CREATED, parameters="created=1795428526.5,"),
        "cannot be read",
    ),
    "created too late": (
        cavage(**HS, names=WITH_CREATED, parameters=f"created={CREATED - 3_960},"),
        "expired",
    ),
    "created too early": (
        cavage(**HS, names=WITH_CREATED, parameters=f"created={CREATED + 3_660},"),
        "future",
    ),
    "date recent, created old": (
        cavage(**HS, names=f"{WITH_CREATED} date", parameters=f"created={CREATED - 86_400},"),
        "expired",
    ),
    "expired": (cavage(**HS, **EXPIRED, names=f"{WITH_CREATED} (expires)"), "expired"),
    "expired, though that is not signed": (cavage(**HS, **EXPIRED, names=WITH_CREATED), "expired"),
    "prolonged by what is not signed": (
        cavage(
            **HS,
            names=WITH_CREATED,
            parameters=f"created={CREATED - 7_200},expires={CREATED + 3_600},",
        ),
        "expired",
    ),
    "longer than twelve hours": (
        cavage(
            **HS,
            names=f"{WITH_CREATED} (expires)",
            parameters=f"created={CREATED - 46_800},expires={CREATED + 3_600},",
        ),
        "expired",
    ),
    "expires before it begins": (
        cavage(
            **HS,
            names=f"{WITH_CREATED} (expires)",
            parameters=f"created={CREATED},expires={CREATED - 10},",
        ),
        "before",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_good_enough_is_refused_with_a_reason(case: str) -> None:
    headers, reason = REFUSED[case]

    with pytest.raises(Unauthorized, match=reason):
        parse(headers)


FALSE: dict[str, tuple[dict[str, str], str, str]] = {
    "another key": (cavage(private=OTHER_PRIVATE), "POST", "/inbox"),
    "another target": (cavage(target="/users/bob/inbox"), "POST", "/inbox"),
    "another method": (cavage(method="GET", names="(request-target) host date digest"), "", ""),
    "another date": (changed(date=date(timedelta(seconds=1))), "POST", "/inbox"),
    "another digest": (changed(digest="SHA-256=aaaa"), "POST", "/inbox"),
    "the query of a POST": (cavage(target="/inbox"), "POST", "/inbox?x=1"),
    "no bytes": (
        changed(signature=SIGNATURE.partition('signature="')[0] + 'signature="AAAA"'),
        "POST",
        "/inbox",
    ),
}


@pytest.mark.parametrize("case", FALSE)
def test_what_was_signed_otherwise_is_false(case: str) -> None:
    headers, method, target = FALSE[case]
    headers.setdefault("digest", cavage()["digest"])

    claim = parse(headers, method=method or "POST", target=target or "/inbox")

    assert not is_true(claim)


def test_a_get_needs_no_digest_but_a_signed_host() -> None:
    get = {"method": "GET", "target": "/users/ana?page=1"}
    names = "(request-target) host date"

    assert is_true(parse(cavage(**get, names=names), **get))
    assert is_true(parse(cavage(method="GET", target="/users/ana", names=names), **get))
    with pytest.raises(Unauthorized, match="host"):
        parse(cavage(**get, names="(request-target) date"), **get)


def test_another_query_than_the_signed_one_is_false() -> None:
    headers = cavage(method="GET", target="/p?id=1", names="(request-target) host date")

    assert not is_true(parse(headers, method="GET", target="/p?id=2"))
    assert not is_true(parse(headers, method="GET", target="/p"))


def test_repeated_headers_never_pass_for_one() -> None:
    raw = [*((n.encode(), v.encode()) for n, v in cavage().items()), (b"Host", b"m.example")]

    headers = read_headers(raw)

    assert headers["host"] == "m.example, m.example"
    with pytest.raises(Unauthorized, match="Host"):
        parse(headers)
