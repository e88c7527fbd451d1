"""Leaves: one spelling, nothing outside, and no byte that can change unnoticed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ledger.envelope import Envelope, Signature, format_envelope, parse_envelope
from ledger.errors import FormatError
from ledger.leaf import (
    _REST,
    _START,
    MAX_LEAF_BYTES,
    ZERO_HASH,
    Leaf,
    Links,
    UnsupportedVersion,
    _parse_members,
    format_leaf,
    parse_leaf,
    parse_links,
)
from ledger.merkle import leaf_hash
from ledger.strictjson import MAX_INTEGER
from ledger.times import parse_instant

ENVELOPE = Envelope(b'{"a":"\xc3\xa9"}', (Signature("ab" * 32, b"\x01" * 64), Signature("cd" * 32, b"\x02" * 64)))
LINKS = Links(
    index=41,
    ledger="bank.example/aims/4f1d0c9a8b7e6d5c",
    nth=7,
    nth_prev=sha256(b"nth").digest(),
    prev=sha256(b"prev").digest(),
    time=parse_instant("2026-11-23T10:00:00.000000Z"),
)
LEAF = format_leaf(format_envelope(ENVELOPE), LINKS)

hashes = st.binary(min_size=32, max_size=32)
origins = st.from_regex(r"[!#-*,-\[\]-~]{1,255}", fullmatch=True)
links = st.builds(
    Links, st.integers(0, MAX_INTEGER), origins, st.integers(0, MAX_INTEGER), hashes, hashes, st.integers(0, 2**57)
)
envelopes = st.builds(
    lambda payload, sigs: Envelope(payload, tuple(Signature(k, sigs[k]) for k in sorted(sigs))),
    st.binary(max_size=300),
    st.dictionaries(hashes.map(bytes.hex), st.binary(max_size=100), min_size=1, max_size=8),
)


def edited(change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The leaf with its members changed, canonical again."""
    members = json.loads(LEAF)
    change(members)
    return rfc8785.dumps(members)


@given(envelopes, links)
def test_every_leaf_comes_back_and_is_canonical(envelope: Envelope, linked: Links) -> None:
    leaf = format_leaf(format_envelope(envelope), linked)

    assert parse_leaf(leaf) == Leaf(envelope, linked)
    assert parse_links(leaf) == linked
    assert rfc8785.dumps(json.loads(leaf)) == leaf
    assert b"\n" not in leaf


def test_the_first_leaf_points_at_zeros() -> None:
    first = LINKS._replace(index=0, nth=0, prev=ZERO_HASH, nth_prev=ZERO_HASH)

    leaf = format_leaf(format_envelope(ENVELOPE), first)

    assert json.loads(leaf)["prev"] == json.loads(leaf)["nth_prev"] == "0" * 64
    assert parse_leaf(leaf).links == first


def test_the_leaf_hash_is_that_of_sha256sum() -> None:
    printed = subprocess.run(
        ["sh", "-c", "(printf '\\0'; cat) | sha256sum"], input=LEAF, capture_output=True, check=True
    ).stdout

    assert printed.split()[0].decode() == leaf_hash(LEAF).hex() == sha256(b"\x00" + LEAF).hexdigest()


def test_every_byte_changed_gives_another_hash_and_is_refused_or_says_something_else() -> None:
    good = parse_leaf(LEAF)
    for place in range(len(LEAF)):
        for changed_byte in (LEAF[place] ^ 1, LEAF[place] ^ 0x20, LEAF[place] ^ 0x80, 0x22, 0x5C):
            if changed_byte == LEAF[place]:
                continue
            changed = LEAF[:place] + bytes([changed_byte]) + LEAF[place + 1 :]
            assert leaf_hash(changed) != leaf_hash(LEAF)
            try:
                assert parse_leaf(changed) != good, f"byte {place}"
            except FormatError:
                continue


def test_every_byte_taken_out_or_put_in_is_refused_or_says_something_else() -> None:
    good = parse_leaf(LEAF)
    for place in range(len(LEAF) + 1):
        for changed in (LEAF[:place] + LEAF[place + 1 :], LEAF[:place] + b" " + LEAF[place:], LEAF[:place]):
            if changed == LEAF:
                continue
            try:
                assert parse_leaf(changed) != good, f"byte {place}"
            except FormatError:
                continue


def test_links_read_from_the_end_are_those_of_the_whole_leaf_or_it_is_refused() -> None:
    for place in range(len(LEAF)):
        changed = LEAF[:place] + bytes([LEAF[place] ^ 1]) + LEAF[place + 1 :]
        try:
            whole = parse_leaf(changed)
        except FormatError:
            continue
        assert parse_links(changed) == whole.links


@pytest.mark.parametrize("read", [parse_leaf, parse_links])
@pytest.mark.parametrize(
    "spelling",
    [
        LEAF + b"\n",
        json.dumps(json.loads(LEAF)).encode(),
        json.dumps(json.loads(LEAF), separators=(",", ":"), sort_keys=True).encode().replace(b"41", b"41.0", 1),
        json.dumps(dict(reversed(json.loads(LEAF).items())), separators=(",", ":")).encode(),
        LEAF.replace(b'"v":1', b'"v":1,"v":1'),
        LEAF.replace(b'"v":1', b'"v":1e0'),
        LEAF.replace(b'"index":41', b'"index":041'),
        LEAF.replace(b'"index":41', b'"index":"41"'),
        LEAF.replace(b"bank.example", rb"\u0062ank.example"),
        LEAF.replace(b"/aims/", rb"\/aims\/"),
    ],
)
def test_another_spelling_of_the_same_leaf_is_refused(read: Callable[[bytes], object], spelling: bytes) -> None:
    with pytest.raises(FormatError, match=r"^leaf(: [a-z_, ]+)?: found .*, expected "):
        read(spelling)


@pytest.mark.parametrize("before", [b" ", b"\n", b"\xef\xbb\xbf", b"{}"])
def test_nothing_stands_before_a_leaf(before: bytes) -> None:
    with pytest.raises(FormatError, match=r"^leaf: found .*, expected "):
        parse_leaf(before + LEAF)


def test_a_member_twice_inside_the_envelope_is_refused() -> None:
    with pytest.raises(FormatError, match=r"^leaf: found another order, spacing or escape, expected RFC 8785"):
        parse_leaf(LEAF.replace(b'{"envelope":{', b'{"envelope":{"payload":"e30=",'))


@pytest.mark.parametrize("name", ["envelope", "index", "ledger", "nth", "nth_prev", "prev", "time", "v"])
def test_a_leaf_has_exactly_its_members(name: str) -> None:
    for changed in (edited(lambda m: m.pop(name)), edited(lambda m: m.update({f"{name}2": 1}))):
        with pytest.raises(FormatError, match=r"^leaf: found .*, expected exactly the members envelope, index, ledger"):
            parse_leaf(changed)


@pytest.mark.parametrize("name", ["index", "nth"])
@pytest.mark.parametrize("value", [-1, MAX_INTEGER + 1, True, None, "41", [], 1.5])
def test_positions_are_integers_that_every_reader_can_hold(name: str, value: object) -> None:
    changed = LEAF.replace(b'"%s":%d' % (name.encode(), 41 if name == "index" else 7), _member(name, value))

    with pytest.raises(FormatError, match=r"^leaf(: .*)?: found .*, expected (an? )?(integers?|RFC 8785)"):
        parse_leaf(changed)


@pytest.mark.parametrize("name", ["nth_prev", "prev"])
@pytest.mark.parametrize("value", ["", "00", "AB" * 32, "ab" * 33, "0x" + "ab" * 31, 7, None, ["ab" * 32]])
def test_hashes_are_64_lower_case_hex_digits(name: str, value: object) -> None:
    with pytest.raises(FormatError, match=rf"^leaf: {name}: found .*, expected (64 lower-case hex digits|a string)$"):
        parse_leaf(edited(lambda m: m.update({name: value})))


@pytest.mark.parametrize("time", ["2026-11-23T10:00:00Z", "2026-02-30T10:00:00.000000Z", "", 7])
def test_the_time_is_an_instant(time: object) -> None:
    with pytest.raises(FormatError, match=r"^leaf: time: found .*, expected "):
        parse_leaf(edited(lambda m: m.update(time=time)))


@pytest.mark.parametrize("version", [0, 2, 17])
@pytest.mark.parametrize("read", [parse_leaf, parse_links])
def test_another_version_is_not_taken_for_damage(read: Callable[[bytes], object], version: int) -> None:
    with pytest.raises(UnsupportedVersion, match=rf"^leaf: v: found {version}, expected 1$"):
        read(edited(lambda m: m.update(v=version)))


def test_a_leaf_of_another_version_may_have_other_members() -> None:
    with pytest.raises(UnsupportedVersion, match=r"^leaf: v: found 2, expected 1$"):
        parse_leaf(b'{"everything":"else","v":2}')


@pytest.mark.parametrize("version", [True, 1.0, "1", None])
def test_a_version_that_only_equals_one_is_damage(version: object) -> None:
    changed = LEAF.replace(b'"v":1', _member("v", version))

    with pytest.raises(FormatError) as caught:
        parse_leaf(changed)
    assert type(caught.value) is FormatError


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b"7", b"\xff", b"{", b"[" * 5_000, b'{"a":' * 5_000])
def test_what_is_no_leaf_is_refused(data: bytes) -> None:
    for read in (parse_leaf, parse_links):
        with pytest.raises(FormatError, match=r"^leaf(: .*)?: found .*, expected ") as caught:
            read(data)
        assert str(caught.value).isprintable()


@given(st.binary(max_size=200))
def test_bytes_that_are_no_leaf_never_end_in_anything_but_a_format_error(data: bytes) -> None:
    for damaged in (data, LEAF[:-20] + data, data + LEAF[len(LEAF) // 2 :]):
        for read in (parse_leaf, parse_links):
            try:
                read(damaged)
            except FormatError:
                continue


def test_the_size_limit_is_exact() -> None:
    room = MAX_LEAF_BYTES - len(format_leaf(format_envelope(ENVELOPE), LINKS._replace(ledger="")))
    assert len(format_leaf(format_envelope(ENVELOPE), LINKS._replace(ledger="o" * room))) == MAX_LEAF_BYTES

    too_long = rfc8785.dumps({**json.loads(LEAF), "ledger": "o" * (room + 1)})
    for attempt in (
        lambda: format_leaf(format_envelope(ENVELOPE), LINKS._replace(ledger="o" * (room + 1))),
        lambda: parse_leaf(too_long),
    ):
        with pytest.raises(FormatError, match=r"^leaf: found 65536 bytes, expected at most 65535 bytes$"):
            attempt()


@pytest.mark.parametrize("deep", [b"[" * 300 + b"]" * 300, b'{"a":' * 600 + b"1" + b"}" * 600, b"[" * 30_000])
def test_nesting_that_can_be_read_and_not_written_is_refused_and_no_crash(deep: bytes) -> None:
    for parse in (parse_leaf, parse_links):
        with pytest.raises(FormatError, match=r"^leaf: found "):
            parse(deep)


def test_the_largest_statement_with_the_most_signatures_fits() -> None:
    # 40,960 bytes of statement, 8 signatures of 8,192 characters together, an origin of 255: DESIGN's three limits.
    sigs = tuple(Signature(sha256(bytes([n])).hexdigest(), b"s" * 768) for n in range(8))
    envelope = Envelope(b"x" * 40_960, tuple(sorted(sigs, key=lambda s: s.keyid)))
    assert parse_envelope(format_envelope(envelope)) == envelope
    largest = Links(MAX_INTEGER, "o" * 255, MAX_INTEGER, b"\xff" * 32, b"\xff" * 32, 2**57)

    assert len(format_leaf(format_envelope(envelope), largest)) <= MAX_LEAF_BYTES


def test_the_layout_is_the_documented_one() -> None:
    assert re.fullmatch(
        rb'\{"envelope":\{"payload":"[^"]+","payloadType":"application/cloudevents\+json","signatures":\[.*\]\},'
        rb'"index":41,"ledger":"[^"]+","nth":7,"nth_prev":"[0-9a-f]{64}","prev":"[0-9a-f]{64}",'
        rb'"time":"2026-11-23T10:00:00\.000000Z","v":1\}',
        LEAF,
    )


def _member(name: str, value: object) -> bytes:
    return json.dumps({name: value})[1:-1].replace(": ", ":").encode()


ONE = format_leaf(format_envelope(Envelope(b'{"a":1}' * 20, (Signature("ab" * 32, b"\x01" * 64),))), LINKS)


def _outcome(read: Callable[[bytes], Leaf], leaf: bytes) -> Leaf | str:
    try:
        return read(leaf)
    except FormatError as error:
        return f"{type(error).__name__} {error}"


def _slowly(leaf: bytes) -> Leaf:
    return Leaf(*_parse_members(leaf))


@pytest.mark.parametrize(
    "new", [b"", b'"', b"\\", b"\0", b"\n", b" ", b"0", b"9", b"=", b"A", b"g", b",", b"}", b"\xc3"]
)
def test_the_quick_reading_of_a_leaf_agrees_with_the_whole_one_wherever_a_byte_changes(new: bytes) -> None:
    assert _REST.match(ONE, ONE.find(b'"', len(_START))), "a leaf of one signature is read quickly"
    for at in range(len(ONE)):
        for changed in (ONE[:at] + new + ONE[at + 1 :], ONE[:at] + new + ONE[at:]):
            quick, slow = _outcome(parse_leaf, changed), _outcome(_slowly, changed)
            # Of two faults either may be told; whether there is one may not differ.
            assert type(quick) is type(slow)
            if isinstance(slow, Leaf):
                assert quick == slow


@pytest.mark.parametrize(
    "leaf",
    [
        ONE.replace(b'"index":41', b'"index":9007199254740992'),
        ONE.replace(b'"nth":7', b'"nth":9999999999999999'),
        ONE.replace(b'"v":1', b'"v":2'),
        ONE.replace(b"AQEBAQ==", b"AQEBAR=="),
        ONE.replace(b"2026-11-23T", b"2026-02-30T"),
        ONE + b"\n",
    ],
)
def test_what_the_whole_reading_refuses_the_quick_one_refuses(leaf: bytes) -> None:
    assert leaf != ONE
    assert isinstance(_outcome(_slowly, leaf), str)
    assert isinstance(_outcome(parse_leaf, leaf), str)
