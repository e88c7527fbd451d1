"""Strict JSON: everything that other parsers let through, and the canonical form against RFC 8785's own judge."""

from __future__ import annotations

import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.strictjson import MAX_DEPTH, MAX_INTEGER, _as_written, _decode, canonical, check_depth, parse_strict

LIMIT = 40_960

integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
texts = st.text(st.characters(exclude_categories=["Cs"]))
# Leaves hold objects with ASCII names, arrays, strings and integers; not floats.
leaf_values = st.recursive(
    integers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=20,
)
json_values = st.recursive(
    st.none() | st.booleans() | integers | texts | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


def parse(data: bytes) -> Any:
    return parse_strict(data, "text", max_bytes=LIMIT)


@given(json_values)
def test_what_python_writes_comes_back(value: Any) -> None:
    assert parse_strict(json.dumps(value).encode(), max_bytes=10**6) == value
    assert parse_strict(json.dumps(value, ensure_ascii=False).encode(), max_bytes=10**6) == value


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_numbers_are_refused(word: str) -> None:
    for text in (word, f"[{word}]", f'{{"a":{{"b":{word}}}}}'):
        with pytest.raises(FormatError, match=f"^text: found {word}, expected a finite number$"):
            parse(text.encode())


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1e309", "1" + "0" * 400 + ".5", "1E+4000000000"])
def test_a_float_that_overflows_is_refused_and_not_infinite(text: str) -> None:
    with pytest.raises(FormatError, match=r"^text: found -?1.*, expected a finite number$"):
        parse(f'{{"score":{text}}}'.encode())


def test_a_float_too_small_is_zero_as_everywhere() -> None:
    assert parse(b"1e-400") == 0.0


@pytest.mark.parametrize(
    "number", [2**53, -(2**53), 2**63, 2**64, 10**17, -(10**17), 10**4000], ids=lambda n: f"{len(str(n))} digits"
)
def test_an_integer_that_a_double_can_not_hold_is_refused(number: int) -> None:
    with pytest.raises(FormatError, match=rf"^text: found .*, expected an integer within ±{MAX_INTEGER}$"):
        parse(str(number).encode() if number < 10**300 else b"1" + b"0" * 4000)


@pytest.mark.parametrize("number", [MAX_INTEGER, -MAX_INTEGER, 0])
def test_the_largest_integers_are_taken_and_stay_integers(number: int) -> None:
    value = parse(b"%d" % number)

    assert value == number
    assert type(value) is int


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"b":2,"a":3}',
        '{"x":{"y":[{"a":1,"a":2}]}}',
        '[[[{"a":{},"a":{}}]]]',
        r'{"a":1,"\u0061":2}',
        r'{"\u0061":1,"\u0061":2}',
    ],
)
def test_a_member_name_twice_is_refused_at_every_depth_and_in_every_spelling(text: str) -> None:
    with pytest.raises(FormatError, match=r"^text: found member 'a' twice, expected each member name once$"):
        parse(text.encode())


def test_names_that_only_look_equal_are_two_names() -> None:
    composed, decomposed = "\u00e9", "e\u0301"

    assert len(parse(f'{{"{composed}":1,"{decomposed}":2}}'.encode())) == 2


@pytest.mark.parametrize("escape", [r"\ud800", r"\udfff", r"\ude00\ud83d", r"\ud83dx", r"ok \ud83d\ud83d\ude00"])
def test_a_lone_surrogate_in_escapes_is_refused_in_values_and_names(escape: str) -> None:
    for text in (f'"{escape}"', f'{{"a":["{escape}"]}}', f'{{"{escape}":1}}', f'[{{"a":{{"{escape}":[]}}}}]'):
        with pytest.raises(FormatError, match=r"^text: found lone surrogate in .*, expected Unicode text$"):
            parse(text.encode())


def test_an_escaped_pair_of_surrogates_is_one_character() -> None:
    assert parse(rb'"\ud83d\ude00"') == "😀"


def test_a_surrogate_as_raw_bytes_is_not_utf_8() -> None:
    with pytest.raises(FormatError, match=r"^text: found byte 0xed at 1, expected UTF-8$"):
        parse(b'"\xed\xa0\x80"')


@pytest.mark.parametrize(
    ("data", "place"),
    [(b'"\xff"', 1), (b'"\xc0\x80"', 1), (b'"abc\x80"', 4), (b'"\xf4\x90\x80\x80"', 1), (b'"\xe2\x82', 1)],
    ids=["not a start byte", "overlong NUL", "lone continuation", "beyond U+10FFFF", "cut short"],
)
def test_bytes_that_are_not_utf_8_are_refused(data: bytes, place: int) -> None:
    with pytest.raises(FormatError, match=rf"^text: found byte 0x[0-9a-f]{{2}} at {place}, expected UTF-8$"):
        parse(data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_other_encodings_are_refused(encoding: str) -> None:
    with pytest.raises(FormatError, match=r"^text: found .*, expected (UTF-8|one JSON value)$"):
        parse('{"a":1}'.encode(encoding))


def test_a_byte_order_mark_is_refused() -> None:
    with pytest.raises(FormatError, match=r"^text: found .*, expected one JSON value$"):
        parse(b"\xef\xbb\xbf{}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{} {}",
        "{}x",
        "{}\x00",
        "1 2",
        "[1,]",
        '{"a":1,}',
        "{'a':1}",
        "{a:1}",
        "// comment\n{}",
        "01",
        "+1",
        "1.",
        ".5",
        "0x1",
        "1_000",
        "٣",
        "1٣",
        "True",
        "undefined",
        '"a\nb"',
        '"a\x00b"',
        r'"\x41"',
        r'"\u12"',
        '"abc',
        "\u00a0{}",
        "\u2028{}",
        "\x0c{}",
    ],
)
def test_what_is_not_one_json_value_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"^text: found .*, expected one JSON value$") as caught:
        parse(text.encode())
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
@pytest.mark.parametrize("closed", [True, False])
def test_a_nesting_bomb_is_refused_before_it_is_parsed(bracket: str, closed: bool) -> None:
    end = "]" if bracket == "[" else "}"
    bomb = bracket * 5_000 + "1" + (end * 5_000 if closed else "")

    with pytest.raises(FormatError, match=rf"^text: found nesting deeper than {MAX_DEPTH}, expected at most"):
        parse(bomb.encode())


def test_brackets_inside_strings_do_not_count_as_nesting() -> None:
    text = json.dumps({"a": ["[" * 500 + '\\"{' * 500, "[[[" + "\\" * 3 + '"']})

    assert parse(text.encode()) == json.loads(text)


def test_the_depth_limit_is_exact() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH

    assert parse(deepest.encode()) == json.loads(deepest)
    with pytest.raises(FormatError, match="nesting deeper than 32"):
        parse(f"[{deepest}]".encode())
    # Many brackets side by side are no depth.
    assert parse(f"[{deepest[1:-1]},{'[],' * 100}1]".encode())


@pytest.mark.parametrize("text", ['"\\"[[[', "]]]]", "[[[\\", '["\\\\"'])
def test_depth_is_measured_without_a_parser(text: str) -> None:
    check_depth(text, "text", 3)


def test_the_size_limit_is_exact_and_comes_first() -> None:
    assert parse(b'"' + b"x" * (LIMIT - 2) + b'"') == "x" * (LIMIT - 2)
    for data in (b'"' + b"x" * (LIMIT - 1) + b'"', b"\xff" * (LIMIT + 1), b"[" * (LIMIT + 1)):
        with pytest.raises(FormatError, match=rf"^text: found {LIMIT + 1} bytes, expected at most {LIMIT} bytes$"):
            parse(data)


@given(leaf_values)
def test_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(leaf_values)
def test_canonical_form_comes_back(value: Any) -> None:
    assert parse_strict(canonical(value), max_bytes=10**6) == value


def test_canonical_form_escapes_as_rfc_8785_does() -> None:
    hard = {"b": "\u0000\u001f\u007f\u0080\u2028\u2029\ud7ff\ue000\uffff😀\"\\/\b\f\n\r\t<>&'", "a": [1, -0], "": 0}

    assert canonical(hard) == rfc8785.dumps(hard)


@given(
    json_values,
    st.integers(0, 10_000),
    st.sampled_from(["", '"', "0", "9", "-", ".", "e", "E5", " ", "\\", "\\u0041", "é"]),
)
def test_what_is_read_quickly_is_what_the_strict_parser_reads(value: Any, at: int, inserted: str) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text[: at % (len(text) + 1)] + inserted + text[at % (len(text) + 1) :]

    quick = _as_written(text.encode())

    if quick is not None:
        assert repr(quick) == repr(_decode(text))


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b"[9007199254740992]",
        b"[-9007199254740992]",
        b"[123456789012345678901]",
        b"[1e400]",
        b"[NaN]",
        b'["\\ud800"]',
        b'["\xed\xa0\x80"]',
        b"[-0]",
        b"[1.00]",
        b"[1] ",
        b"\xef\xbb\xbf[1]",
    ],
)
def test_what_is_not_strict_is_never_read_quickly(data: bytes) -> None:
    assert _as_written(data) is None


def test_what_pipelines_write_is_read_quickly() -> None:
    assert _as_written(b'{"a":[1,-2,3.5,true,null,"\xc3\xa9"]}') == {"a": [1, -2, 3.5, True, None, "\u00e9"]}
