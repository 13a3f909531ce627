"""JSON from strangers: what is ordinary is read, what was made to do harm is refused."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from microfed.errors import Malformed
from microfed.wire import safe_json

NOTE = {
    "@context": ["https://www.w3.org/ns/activitystreams", {"sensitive": "as:sensitive"}],
    "id": "https://r.example/users/bob/statuses/113450000000000001",
    "type": "Note",
    "content": '<p>Bonjour <a href="https://m.example/@ana" class="mention">@ana</a> : "oui"</p>',
    "to": ["https://www.w3.org/ns/activitystreams#Public"],
    "cc": [],
    "summary": None,
    "sensitive": False,
    "replies": {"type": "Collection", "totalItems": 3, "first": {"items": [1.5, -2, 0]}},
}


def nested(levels: int, opening: str = '{"a":', closing: str = "}") -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


def test_a_note_is_read_as_it_is() -> None:
    assert safe_json(json.dumps(NOTE).encode()) == NOTE
    assert safe_json(orjson.dumps(NOTE)) == NOTE
    assert safe_json(json.dumps(NOTE, indent=2).encode()) == NOTE


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"a":1}',
        b' \r\n{"a":1} ',
        b'{"a" : 1}',
        b'{"a"\n:\t1}',
    ],
)
def test_harmless_oddities_are_tolerated(body: bytes) -> None:
    assert safe_json(body) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (nested(32), nested(32)),
        (b'{"a":9223372036854775807}', None),
        (b'{"a":-9223372036854775808}', None),
        (b'{"a":"18446744073709551616000"}', None),
        (b'{"a":"{\\"b\\":1,\\"b\\":2}"}', None),
        (b'{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}', None),
        (b'{"a":{"b":1},"c":{"b":1}}', None),
        (b'{"a":[' + b"1," * 19_900 + b"1]}", None),
        (b'{"a":"' + b"x" * 500_000 + b'"}', None),
        (b'{"a":1e300,"b":0.1,"c":-0}', None),
        (b'{"a":"\\\\u0000"}', None),
    ],
)
def test_what_is_just_within_the_limits_is_read(body: bytes, expected: bytes | None) -> None:
    assert safe_json(body) == json.loads(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"a"',
        b"1",
        b"\xff\xfe{\x00}\x00",
        b'{"a":\xff}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":1}{"a":1}',
        b'{"a":"\x00"}',
        b'\xef\xbb\xbf\xef\xbb\xbf{"a":1}',
    ],
)
def test_what_is_not_a_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        safe_json(body)


@pytest.mark.parametrize(
    "body",
    [
        nested(33),
        nested(500),
        nested(100_000),
        b'{"a":' + nested(32, "[", "]") + b"}",
        b'{"a":' + nested(100_000, "[", "]") + b"}",
        b'{"a":' + b"[" * 100_000,
        b'{"a":[' + b"1," * 20_000 + b"1]}",
        b'{"a":[' + b"[]," * 20_000 + b"1]}",
        b"{" + b",".join(b'"%d":1' % n for n in range(20_001)) + b"}",
        b'{"a":"' + b"x" * 500_001 + b'"}',
        b'{"' + b"x" * 500_001 + b'":1}',
    ],
)
def test_what_is_too_deep_too_many_or_too_long_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        safe_json(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a" :1,"a":2}',
        b'{"a":1,"a" :2}',
        b'{"a"\t:1,"a"\r\n:2}',
        b'{"a":1,"\\u0061":2}',
        b'{"id":"x","actor":"me","actor":"you"}',
        b'{"object":{"id":"x","id":"y"}}',
        b'{"object":[{"id":"x","id":"y"}]}',
        b'{"a" :1,"a":2,"x":"\\":"}',
        b'{"a":1,"a":2,"b":"\\" :"}',
    ],
)
def test_the_same_key_twice_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="twice"):
        safe_json(body)


@pytest.mark.parametrize(
    "number",
    ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" * 300],
)
def test_a_number_no_database_can_hold_is_refused(number: str) -> None:
    with pytest.raises(Malformed, match="64 bits"):
        safe_json(b'{"a":[{"b":' + number.encode() + b"}]}")


def test_nul_is_removed_from_texts_and_refused_in_names() -> None:
    assert safe_json(b'{"content":"a\\u0000b","tag":[{"x":"\\u0000"}]}') == {
        "content": "ab",
        "tag": [{"x": ""}],
    }
    for body in (
        b'{"id":"https://r.example/\\u0000"}',
        b'{"object":{"attributedTo":"https://r.example/\\u0000"}}',
        b'{"to":["https://r.example/\\u0000"]}',
        b'{"a\\u0000":1}',
    ):
        with pytest.raises(Malformed, match="NUL"):
            safe_json(body)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
documents = st.dictionaries(
    names,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=5),
        max_leaves=30,
    ),
    max_size=6,
)


@given(documents, st.sampled_from([None, 1]), st.booleans())
def test_every_ordinary_document_arrives_unchanged(
    document: dict[str, Any], indent: int | None, ascii_only: bool
) -> None:
    body = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()

    assert safe_json(body) == document


def pairs_to_json(pairs: list[tuple[str, int]], colon: str) -> bytes:
    inner = ",".join(f"{json.dumps(name)}{colon}{value}" for name, value in pairs)
    return f"{{{inner}}}".encode()


@given(
    st.lists(st.tuples(names, st.integers(0, 9)), max_size=6),
    st.sampled_from([":", " :", "\n: ", " : "]),
)
@example([("a", 1), ("a", 2), ('":', 1)], " :")
def test_keys_are_either_all_different_or_refused(pairs: list[tuple[str, int]], colon: str) -> None:
    body = pairs_to_json(pairs, colon)

    if len({name for name, _ in pairs}) == len(pairs):
        assert safe_json(body) == dict(pairs)
    else:
        with pytest.raises(Malformed, match="twice"):
            safe_json(body)


@given(st.binary(max_size=200) | st.text('{}[]":,\\u123 eE+-.ab', max_size=60).map(str.encode))
def test_anything_else_is_refused_in_one_way(body: bytes) -> None:
    try:
        found = safe_json(body)
    except Malformed:
        return

    assert found == json.loads(body.decode("utf-8-sig"))
