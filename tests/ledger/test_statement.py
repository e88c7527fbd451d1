"""Statements: exactly the members of the format, each in its one spelling, the bytes kept as they came."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.statement import (
    MAX_STATEMENT_BYTES,
    Statement,
    check_origin,
    format_statement,
    id_bytes,
    parse_statement,
)
from ledger.times import parse_instant

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
EXAMPLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0199f1c2-7a00-7c3e-8000-000000000001",
    "source": "https://bank.example/pipelines/scoring",
    "type": "org.aims-ledger.evaluation.v1",
    "subject": "credit-scoring",
    "time": "2026-11-23T10:00:00.000000Z",
    "ledger": ORIGIN,
    "datacontenttype": "application/json",
    "dataschema": "urn:aims-ledger:schema:evaluation:v1:sha256:00",
    "data": {"evaluation_id": "e-1"},
}
A, B = "aa" * 32, "bb" * 32


def raw(**changes: Any) -> bytes:
    return json.dumps({**EXAMPLE, **changes}).encode()


def refuse(data: bytes, match: str) -> None:
    with pytest.raises(FormatError, match=match) as caught:
        parse_statement(data)
    assert str(caught.value).isprintable()


def test_the_example_of_the_format_is_read() -> None:
    assert parse_statement(raw()) == Statement(
        raw=raw(),
        id=EXAMPLE["id"],
        source=EXAMPLE["source"],
        kind="evaluation",
        kind_version=1,
        subject="credit-scoring",
        time=parse_instant("2026-11-23T10:00:00.000000Z"),
        ledger=ORIGIN,
        dataschema=EXAMPLE["dataschema"],
        data={"evaluation_id": "e-1"},
    )


@given(
    st.integers(0, 2**52),
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.integers(-5, 5) | st.text("ab€😀"), max_size=5
    ),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}", fullmatch=True),
    st.from_regex(r"[a-z][a-z_]{0,63}", fullmatch=True),
    st.integers(1, 9999),
)
def test_every_statement_comes_back(time: int, data: dict[str, Any], subject: str, kind: str, version: int) -> None:
    written = format_statement(
        id=EXAMPLE["id"], source=EXAMPLE["source"], kind=kind, subject=subject, time=time, ledger=ORIGIN,
        dataschema="urn:x", data=data, kind_version=version,
    )  # fmt: skip

    read = parse_statement(written)

    assert (read.raw, read.time, read.data, read.subject) == (written, time, data, subject)
    assert (read.kind, read.kind_version) == (kind, version)


def test_the_digest_is_that_of_the_bytes_and_not_of_what_they_say() -> None:
    compact, spaced = raw(), json.dumps(EXAMPLE, indent=1).encode()

    first, second = parse_statement(compact), parse_statement(spaced)

    assert first.digest == sha256(compact).digest() != second.digest
    assert second.raw == spaced
    assert first.data == second.data


@pytest.mark.parametrize("name", EXAMPLE)
def test_every_member_is_needed(name: str) -> None:
    refuse(
        json.dumps({k: v for k, v in EXAMPLE.items() if k != name}).encode(),
        f"^statement: found missing {name}, expected exactly the members data, datacontenttype",
    )


@pytest.mark.parametrize("name", ["datacontentencoding", "traceparent", "Subject", "data_base64", "x"])
def test_no_other_member_is_taken(name: str) -> None:
    refuse(raw(**{name: "text"}), f"^statement: found unknown {name}, expected exactly the members")


@pytest.mark.parametrize("name", [name for name in EXAMPLE if name != "data"])
@pytest.mark.parametrize("value", [None, 1, True, ["1.0"], {"a": "b"}])
def test_every_attribute_is_text(name: str, value: object) -> None:
    refuse(raw(**{name: value}), rf"^statement: {name}: found (NoneType|int|bool|list|dict), expected a string$")


@pytest.mark.parametrize("value", [None, "text", [], 1])
def test_the_body_is_an_object(value: object) -> None:
    refuse(raw(data=value), r"^statement: data: found (NoneType|str|list|int), expected an object$")


@pytest.mark.parametrize("value", [[], "text", None, 1])
def test_what_is_no_object_is_refused(value: object) -> None:
    refuse(json.dumps(value).encode(), r"^statement: found a (list|str|NoneType|int), expected exactly the members")


@pytest.mark.parametrize("changes", [{"specversion": "1.1"}, {"specversion": "1"}, {"datacontenttype": "text/json"}])
def test_another_event_version_or_content_type_is_refused(changes: dict[str, str]) -> None:
    refuse(
        raw(**changes), r"^statement: specversion and datacontenttype: found .*, expected 1\.0 and application/json$"
    )


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "evaluation",
            "org.aims-ledger.evaluation",
            "org.aims-ledger.evaluation.v0",
            "org.aims-ledger.evaluation.v01",
        ),
        *("org.aims-ledger.evaluation.v1 ", "org.aims-ledger.evaluation.v1\n", "org.aims-ledger.Evaluation.v1"),
        *("org.aims-ledger..v1", "org.aims-ledger.a.b.v1", "org.aims_ledger.evaluation.v1", "org.aims-ledger.a-b.v1"),
        *("org.aims-ledger.evaluation.v99999", "org.aims-ledger.evaluation.v١", f"org.aims-ledger.{'a' * 65}.v1"),
        *("com.example.evaluation.v1", "org.aims-ledger._a.v1", "org.aims-ledger.évaluation.v1"),
    ],
)
def test_the_type_is_a_kind_and_its_version(kind: str) -> None:
    refuse(raw(type=kind), r"^statement: type: found .*, expected org\.aims-ledger\.<kind>\.v<N>$")


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", "0199F1C2-7A00-7C3E-8000-000000000001", "0199f1c27a007c3e8000000000000001"),
        *("0199f1c2-7a00-4c3e-8000-000000000001", "0199f1c2-7a00-7c3e-c000-000000000001"),
        *("{0199f1c2-7a00-7c3e-8000-000000000001}", "urn:uuid:0199f1c2-7a00-7c3e-8000-000000000001"),
        *("0199f1c2-7a00-7c3e-8000-000000000001\n", "0199f1c2-7a00-7c3e-8000-00000000001", "customer-4711"),
    ],
)
def test_the_id_is_a_lower_case_uuid_of_version_7(text: str) -> None:
    refuse(raw(id=text), r"^statement: id: found .*, expected a lower-case UUIDv7$")


def test_the_bytes_of_an_id_sort_by_its_time() -> None:
    assert id_bytes(EXAMPLE["id"]).hex() == EXAMPLE["id"].replace("-", "")


@pytest.mark.parametrize(
    "source",
    [
        *("", "bank.example/pipeline", "//bank", "https:", "https://a b", "https://bank\n", "https://bänk.example"),
        *("1:x", ":x", "https://bank.example/\x00", "https://" + "a" * 493),
    ],
)
def test_the_source_is_an_ascii_uri(source: str) -> None:
    refuse(raw(source=source), r"^statement: source: found .*, expected an ASCII URI of at most 500 characters$")


def test_the_longest_source_and_subject_are_taken() -> None:
    parse_statement(raw(source="https://" + "a" * 492, subject="s" * 200))


@pytest.mark.parametrize(
    "subject",
    ["", " ", "credit scoring", "credit-scoring\n", "-a", ".a", "a/b", "a@1.1", "é", "a" * 201, "a\x00b", "ａ"],
)
def test_the_subject_is_one_plain_word(subject: str) -> None:
    refuse(raw(subject=subject), r"^statement: subject: found .*, expected 1 to 200 letters, digits and")


@pytest.mark.parametrize("time", ["2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000+00:00", "yesterday", ""])
def test_the_time_is_an_instant_in_utc(time: str) -> None:
    refuse(raw(time=time), r"^statement: time: found .*, expected YYYY-MM-DDTHH:MM:SS\.ffffffZ$")


@pytest.mark.parametrize(
    "origin", ["", "a b", "a+b", "a\nb", "é", "\x7f", "a" * 256, "a\u00a0b", "a\u2028b", 'a"b', "a\\b"]
)
def test_an_origin_can_stand_in_a_checkpoint(origin: str) -> None:
    refuse(raw(ledger=origin), r"^origin: found .*, expected 1 to 255 printable ASCII characters but")
    with pytest.raises(FormatError, match=r"^origin: found"):
        check_origin(origin)


def test_the_longest_origin_is_taken() -> None:
    assert check_origin("o" * 255) == "o" * 255


def test_the_size_limit_is_exact() -> None:
    room = MAX_STATEMENT_BYTES - len(raw(data={"a": ""}))
    assert len(parse_statement(raw(data={"a": "x" * room})).raw) == MAX_STATEMENT_BYTES

    refuse(raw(data={"a": "x" * (room + 1)}), "^statement: found 40961 bytes, expected at most 40960 bytes$")


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ('{"a":NaN}', "found NaN"),
        ('{"a":1e400}', "found 1e400"),
        ('{"a":1,"a":2}', "found member 'a' twice"),
        ('{"a":{"b":{"c":1,"c":1}}}', "found member 'c' twice"),
        (r'{"a":"\ud800"}', "found lone surrogate"),
        ('{"a":9007199254740993}', "found 9007199254740993"),
        ('{"a":' + "[" * 5_000 + "]" * 5_000 + "}", "found nesting deeper than 32"),
    ],
)
def test_a_statement_is_strict_json(body: str, match: str) -> None:
    refuse(raw(data=0)[:-2] + body.encode() + b"}", f"^statement: {match}")


def test_a_member_of_the_statement_twice_is_refused() -> None:
    refuse(raw()[:-1] + b', "ledger": "other.example"}', "^statement: found member 'ledger' twice")


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, "\ud800", {1: 2}, b"bytes", {"a", "b"}, (1, 2), datetime.now(UTC)]
)
def test_a_value_that_would_not_come_back_the_same_is_not_written(value: object) -> None:
    attributes: dict[str, Any] = {k: EXAMPLE[k] for k in ("id", "source", "subject", "ledger", "dataschema")}

    with pytest.raises(FormatError, match=r"^statement(: data)?: found .*, expected "):
        format_statement(**attributes, kind="evaluation", time=0, data={"extra": {"a": value}})


def test_references_are_those_listed_and_the_statement_a_body_is_about() -> None:
    listed = [{"rel": "supersedes", "statement": A}]

    assert parse_statement(raw(data={"references": listed})).references == (("supersedes", bytes.fromhex(A)),)
    assert parse_statement(raw(data={"references": listed, "statement": B})).references == (
        ("supersedes", bytes.fromhex(A)),
        ("about", bytes.fromhex(B)),
    )
    approval = parse_statement(raw(type="org.aims-ledger.approval.v1", data={"statement": B}))
    assert approval.references == (("approves", bytes.fromhex(B)),)
    assert parse_statement(raw()).references == ()
