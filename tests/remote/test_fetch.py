"""Fetching: a document is believed only where its id lives, and asked for in both dialects."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from microfed.errors import (
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    TryLater,
    WrongMediaType,
)
from microfed.remote.fetch import Busy, Document
from microfed.remote.signatures import Scheme
from tests.remote.internet import AP, BOB, PROFILE, Internet


@pytest.fixture
def net() -> Internet:
    return Internet()


async def test_a_document_is_fetched_signed_and_without_its_fragment(net: Internet) -> None:
    net.put(BOB, {"id": BOB, "type": "Person"})

    found = await net.fetch(f"{BOB}#main-key")

    assert found == Document(BOB, {"id": BOB, "type": "Person"})
    [request] = net.requests
    assert request.headers["accept"] == f'{AP}, application/ld+json; profile="{PROFILE}"'
    assert 'headers="(request-target) host date"' in request.headers["signature"]


async def test_another_address_of_the_same_server_leads_to_the_id(net: Internet) -> None:
    net.put("https://r.example/@bob", {"id": BOB, "type": "Person", "name": "not to be believed"})
    net.put(BOB, {"id": BOB, "type": "Person", "name": "Bob"})

    found = await net.fetch("https://r.example/@bob")

    assert found.uri == BOB
    assert found.data["name"] == "Bob"
    assert net.urls == ["https://r.example/@bob", BOB]


async def test_a_bare_key_keeps_the_fragment_of_its_id(net: Internet) -> None:
    net.put(BOB, {"id": f"{BOB}#main-key", "owner": BOB})

    assert (await net.fetch(f"{BOB}#main-key")).uri == f"{BOB}#main-key"
    assert len(net.requests) == 1


async def test_a_server_does_not_speak_for_another(net: Internet) -> None:
    net.put("https://evil.example/bob", {"id": BOB, "type": "Person"})
    net.put(BOB, {"id": BOB, "type": "Person"})

    with pytest.raises(Forbidden, match="own addresses"):
        await net.fetch("https://evil.example/bob")

    assert net.urls == ["https://evil.example/bob"]


async def test_a_document_that_always_lives_elsewhere_is_refused(net: Internet) -> None:
    net.put("https://r.example/1", {"id": "https://r.example/2"})
    net.put("https://r.example/2", {"id": "https://r.example/3"})

    with pytest.raises(Forbidden, match="where its id says"):
        await net.fetch("https://r.example/1")

    assert len(net.requests) == 2


async def test_a_redirect_stays_on_its_server(net: Internet) -> None:
    net.put(BOB, b"", status=302, Location="/u/bob")
    net.put("https://r.example/u/bob", {"id": BOB, "type": "Person"})
    net.put("https://r.example/eve", b"", status=302, Location="https://evil.example/eve")
    net.put("https://evil.example/eve", {"id": "https://r.example/eve"})

    assert (await net.fetch(BOB)).uri == BOB
    with pytest.raises(Forbidden, match="another server"):
        await net.fetch("https://r.example/eve")
    assert "https://evil.example/eve" not in net.urls


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": ""}, {"id": 1}, {"id": [BOB]}])
async def test_a_document_without_id_is_refused(net: Internet, data: dict[str, Any]) -> None:
    net.put(BOB, data)

    with pytest.raises(Malformed):
        await net.fetch(BOB)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"id":"a","id":"b"}'])
async def test_what_is_not_safe_json_is_refused(net: Internet, body: bytes) -> None:
    net.put(BOB, body)

    with pytest.raises(Malformed):
        await net.fetch(BOB)


@pytest.mark.parametrize(
    "kind",
    [
        AP,
        "Application/Activity+JSON; charset=utf-8",
        f'application/ld+json; profile="{PROFILE}"',
        f"application/ld+json;profile={PROFILE}",
        f'application/ld+json; charset=utf-8; Profile="https://x.example {PROFILE}"',
    ],
)
async def test_the_content_types_of_documents_are_taken(net: Internet, kind: str) -> None:
    net.put(BOB, {"id": BOB}, kind=kind)

    assert (await net.fetch(BOB)).uri == BOB


@pytest.mark.parametrize(
    "kind",
    [
        *("", "application/json", "application/ld+json", "text/html", "text/plain", "image/png"),
        *("application/activity+json, text/html", "x/y; a=application/activity+json"),
        'application/ld+json; profile="https://w3id.org/security"',
        'application/octet-stream; profile="https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_an_uploaded_file_does_not_pass_for_a_document(net: Internet, kind: str) -> None:
    net.put(BOB, {"id": BOB}, kind=kind)

    with pytest.raises(WrongMediaType):
        await net.fetch(BOB)


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        *((400, Invalid), (401, Forbidden), (403, Forbidden), (404, NotFound), (410, Gone)),
        *((406, Invalid), (418, Invalid), (304, Invalid), (408, TryLater), (429, TryLater)),
        *((500, TryLater), (502, TryLater), (503, TryLater)),
    ],
)
async def test_each_status_has_its_meaning(
    net: Internet, status: int, refusal: type[Exception]
) -> None:
    net.put(BOB, {"id": BOB}, status=status, **{"Retry-After": "120"})

    with pytest.raises(refusal) as caught:
        await net.fetch(BOB)

    if isinstance(caught.value, Gone):
        assert caught.value.tombstone == BOB
    if isinstance(caught.value, Busy):
        assert caught.value.retry_after == "120"


# Knocking


def dialect(request: httpx.Request) -> str:
    if "signature-input" in request.headers:
        return "rfc9421"
    return "cavage"


def understands(
    only: str, data: Any, status: int = 401
) -> Callable[[httpx.Request], httpx.Response]:
    def page(request: httpx.Request) -> httpx.Response:
        if dialect(request) != only:
            return httpx.Response(status)
        return httpx.Response(200, headers={"Content-Type": AP}, json=data)

    return page


@pytest.mark.parametrize("status", [400, 401])
async def test_who_does_not_understand_cavage_is_asked_in_the_other_dialect(
    net: Internet, status: int
) -> None:
    net.pages[BOB] = understands("rfc9421", {"id": BOB}, status)
    schemes: dict[str, Scheme] = {}

    await net.fetch(BOB, schemes)
    await net.fetch(BOB, schemes)

    assert schemes == {"r.example": "rfc9421"}
    assert [dialect(request) for request in net.requests] == ["cavage", "rfc9421", "rfc9421"]


async def test_what_was_remembered_is_corrected(net: Internet) -> None:
    net.pages[BOB] = understands("cavage", {"id": BOB})
    schemes: dict[str, Scheme] = {"r.example": "rfc9421"}

    await net.fetch(BOB, schemes)

    assert schemes == {"r.example": "cavage"}
    assert [dialect(request) for request in net.requests] == ["rfc9421", "cavage"]


async def test_a_query_may_have_to_be_left_out_of_the_signature(net: Internet) -> None:
    uri = "https://r.example/?p=12"
    seen: list[str] = []

    def page(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["signature"])
        if len(seen) < 2:
            return httpx.Response(401)
        return httpx.Response(200, headers={"Content-Type": AP}, json={"id": uri})

    net.pages[uri] = page

    assert (await net.fetch(uri)).uri == uri
    assert [dialect(request) for request in net.requests] == ["cavage", "cavage"]
    assert seen[0] != seen[1]


@pytest.mark.parametrize(("uri", "requests"), [(BOB, 2), (f"{BOB}?a", 3)])
async def test_a_closed_door_is_knocked_at_three_times_at_most(
    net: Internet, uri: str, requests: int
) -> None:
    net.put(uri, {}, status=401)
    schemes: dict[str, Scheme] = {}

    with pytest.raises(Forbidden):
        await net.fetch(uri, schemes)

    assert (len(net.requests), schemes) == (requests, {})


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500])
async def test_other_answers_are_not_about_the_signature(net: Internet, status: int) -> None:
    net.put(BOB, {}, status=status)

    with pytest.raises((Forbidden, NotFound, Gone, TryLater)):
        await net.fetch(BOB)

    assert len(net.requests) == 1
