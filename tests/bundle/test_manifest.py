"""`bundle.json` and the files of lines: read back is exactly what was written, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.bundle.lines import (
    HistoryLine,
    format_disclosures,
    format_history_line,
    join_lines,
    parse_disclosures,
    parse_history_line,
    split_lines,
)
from ledger.bundle.manifest import File, Manifest, Run, Scope, format_manifest, parse_manifest
from ledger.errors import FormatError

MANIFEST = Manifest(
    origin="bank.example/aims/4f1d0c9a8b7e6d5c",
    size=9,
    root=bytes(range(32)),
    entries=(2, 7),
    context=(0, 1, 8),
    scope=Scope("system", subject="credit-scoring", start=0, until=1, complete={"credit-scoring": Run(0, 1)}),
    files={"leaves.jsonl": File(5, "ab" * 32)},
)


def test_a_manifest_reads_back() -> None:
    assert parse_manifest(format_manifest(MANIFEST)) == MANIFEST
    assert MANIFEST.carried == (0, 1, 2, 7, 8)


def test_a_manifest_with_any_byte_changed_is_refused_or_says_something_else() -> None:
    data = format_manifest(MANIFEST)

    for at in range(len(data)):
        for byte in (data[at] ^ 1, 0x20, 0x22):
            changed = data[:at] + bytes([byte]) + data[at + 1 :]
            try:
                assert (parse_manifest(changed) == MANIFEST) is (changed == data), at
            except FormatError:
                continue


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: d + b"\n", lambda d: b" " + d, lambda d: d[::-1]])
def test_a_manifest_in_another_spelling_is_refused(change: object) -> None:
    with pytest.raises(FormatError, match=r"bundle\.json"):
        parse_manifest(change(format_manifest(MANIFEST)))  # type: ignore[operator]


@given(st.lists(st.binary(max_size=9).map(lambda b: b.replace(b"\n", b"")), max_size=5))
def test_lines_read_back(lines: list[bytes]) -> None:
    assert split_lines(join_lines(lines)) == tuple(lines)


def test_a_last_line_without_its_end_is_refused() -> None:
    with pytest.raises(FormatError, match="without its end"):
        split_lines(b"one\ntwo")


@given(st.binary(max_size=40), st.lists(st.binary(min_size=32, max_size=32), max_size=3))
def test_a_line_of_history_reads_back(note: bytes, proof: list[bytes]) -> None:
    line = HistoryLine(note, tuple(proof), ("timestamps/0.tsr",))

    assert parse_history_line(format_history_line(line)) == line


@given(st.sets(st.tuples(st.integers(0, 5), st.text("abcXYZ-_", min_size=1, max_size=4)), max_size=9))
def test_disclosures_read_back_by_entry(given_pairs: set[tuple[int, str]]) -> None:
    read = parse_disclosures(format_disclosures(given_pairs), range(6))

    assert {(entry, text) for entry, texts in read.items() for text in texts} == given_pairs


@pytest.mark.parametrize(
    "data",
    [
        b'{"disclosure":"b","entry":1}\n{"disclosure":"a","entry":1}\n',
        b'{"disclosure":"a","entry":1}\n{"disclosure":"a","entry":1}\n',
        b'{"disclosure":"a","entry":9}\n',
        b'{"disclosure":"a","entry":true}\n',
        b'{"entry":1,"disclosure":"a"}\n',
        '{"disclosure":"é","entry":1}\n'.encode(),
        b"\n",
        b'{"disclosure":"a","entry":1}',
    ],
)
def test_disclosures_in_another_spelling_or_order_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        parse_disclosures(data, range(6))
