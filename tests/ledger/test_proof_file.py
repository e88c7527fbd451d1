"""Proof files: what is written is read again, and nothing else is read."""

from __future__ import annotations

import base64
import textwrap
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.proof_file
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import FormatError
from ledger.merkle import check_consistency, check_inclusion, leaf_hash, node_hash
from ledger.note import MAX_NOTE_SIZE
from ledger.proof_file import (
    MAX_PROOF_FILE_SIZE,
    ConsistencyFile,
    ProofFile,
    format_consistency_file,
    format_proof_file,
    parse_consistency_file,
    parse_proof_file,
)
from ledger.signing import Ed25519Signer
from tests.ledger.harness import signer

NOTE = sign_checkpoint(Checkpoint("log.example/a", 7, leaf_hash(b"root")), signer("log"))
HASHES = tuple(leaf_hash(b"%d" % number) for number in range(3))
RECEIPT = ProofFile(4, HASHES, NOTE, b"the leaf")
GROWTH = ConsistencyFile(5, HASHES, NOTE)
RECEIPT_BYTES, GROWTH_BYTES = format_proof_file(RECEIPT), format_consistency_file(GROWTH)
LINES = [base64.b64encode(value) for value in HASHES]


def test_the_examples_of_the_docstring_are_written_and_hold() -> None:
    _, receipt, growth = (ledger.proof_file.__doc__ or "").split("Examples, ")[1].split("::\n\n")
    one, two, three = map(leaf_hash, (b"one", b"two", b"three"))
    root = node_hash(node_hash(one, two), three)
    log = Ed25519Signer.from_seed(b"an example key, not for real use")
    note = sign_checkpoint(Checkpoint("bank.example/aims/4f1d0c9a8b7e6d5c", 3, root), log)

    first = parse_proof_file(textwrap.dedent(receipt).rstrip("\n").encode() + b"\n")
    second = parse_consistency_file(textwrap.dedent(growth).rstrip("\n").encode() + b"\n")

    assert first == ProofFile(2, (node_hash(one, two),), note, b"three")
    assert second == ConsistencyFile(2, (three,), note)
    check_inclusion(three, 2, 3, first.proof, root)
    check_consistency(2, node_hash(one, two), 3, root, second.proof)


def test_a_receipt_is_written_as_the_specification_says() -> None:
    head = b"c2sp.org/tlog-proof@v1\nextra " + base64.b64encode(b"the leaf") + b"\nindex 4\n"

    assert head + b"\n".join(LINES) + b"\n\n" + NOTE == RECEIPT_BYTES
    assert parse_proof_file(RECEIPT_BYTES) == RECEIPT


def test_a_consistency_proof_is_written_as_witnesses_are_sent_it() -> None:
    assert b"old 5\n" + b"\n".join(LINES) + b"\n\n" + NOTE == GROWTH_BYTES
    assert parse_consistency_file(GROWTH_BYTES) == GROWTH


def test_a_proof_without_extra_or_hashes_is_read() -> None:
    file = ProofFile(0, (), NOTE)

    assert format_proof_file(file) == b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + NOTE
    assert parse_proof_file(format_proof_file(file)) == file
    assert parse_consistency_file(b"old 0\n\n" + NOTE) == ConsistencyFile(0, (), NOTE)


def test_the_checkpoint_is_kept_byte_for_byte() -> None:
    stranger = "— w.example AAAAAAAA\n".encode()

    file = parse_proof_file(RECEIPT_BYTES + stranger)

    assert file.note == NOTE + stranger
    assert file.checkpoint == Checkpoint("log.example/a", 7, leaf_hash(b"root"))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"@v1", b"@v2", "first line: found c2sp.org/tlog-proof@v2"),
        (b"c2sp", b" c2sp", "first line"),
        (b"@v1\n", b"@v1\r\n", r"first line: found c2sp.org/tlog-proof@v1\\u000d"),
        (b"index 4", b"index 04", "index: found 04"),
        (b"index 4", b"index +4", r"index: found \+4"),
        (b"index 4", b"index 4 ", "index: found 4 "),
        (b"index 4", b"index  4", "index: found  4"),
        (b"index 4", b"index -1", "index: found -1"),
        (b"index 4", b"index 7", "index: found 7, expected one below the checkpoint's size, 7"),
        (b"index 4", b"index 9223372036854775808", "index: found 9223372036854775808"),
        (b"index 4\n", b"", "expected 'index' and a number"),
        (b"index 4", b"Index 4", "found Index 4, expected 'index'"),
        (b"extra ", b"extra\t", "expected 'index'"),
        (b"extra ", b"extra  ", "extra: found  "),
        (base64.b64encode(b"the leaf"), b"", "extra: found nothing"),
        (base64.b64encode(b"the leaf"), b"dGhlIGxlYWY", "extra: found dGhlIGxlYWY"),
        (base64.b64encode(b"the leaf"), b"dGhlIGxlYWZ=", "extra: found dGhlIGxlYWZ="),
        (LINES[1], LINES[1][:-1], "hash 1: found"),
        (LINES[1], LINES[1] + b"=", "hash 1: found"),
        (LINES[1], LINES[1] + b" ", "hash 1: found"),
        (LINES[1], b"AAAA", "hash 1: found 3 bytes, expected 32"),
        (LINES[1], LINES[1][:-2] + bytes([LINES[1][-2] + 1]) + b"=", "hash 1: found .*canonical base64"),
        (LINES[1], "é".encode(), "byte 0xc3"),
        (b"\n\nlog.example/a", b"\n\n\nlog.example/a", "checkpoint"),
        (b"\n\nlog.example/a", b"\nlog.example/a", "hash 3: found log.example/a"),
        (b"\n7\n", b"\n07\n", "size: found 07"),
        (b"\n7\n", b"\n7\nmore\n", "extension line"),
        (b"\n\n\xe2\x80\x94", b"\n\xe2\x80\x94", "note: found no empty line|checkpoint"),
    ],
)  # fmt: skip
def test_anything_else_is_refused(old: bytes, new: bytes, found: str) -> None:
    assert RECEIPT_BYTES.count(old) == 1
    with pytest.raises(FormatError, match=found):
        parse_proof_file(RECEIPT_BYTES.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (b"old 5", b"old 05", "old size: found 05"),
        (b"old 5", b"old 5 ", "old size: found 5 "),
        (b"old 5", b"Old 5", "first line: found Old 5"),
        (b"old 5\n", b"", "first line"),
        (b"\n\nlog.example/a", b"\n\n\nlog.example/a", "checkpoint"),
        (LINES[2] + b"\n", LINES[2] + b"\n" + b"\n".join(LINES * 21) + b"\n", "66 hashes, expected at most 63"),
    ],
)
def test_a_consistency_proof_in_another_form_is_refused(old: bytes, new: bytes, found: str) -> None:
    assert GROWTH_BYTES.count(old) == 1
    with pytest.raises(FormatError, match=found):
        parse_consistency_file(GROWTH_BYTES.replace(old, new))


def test_a_note_that_is_no_checkpoint_is_refused() -> None:
    note = NOTE.replace(b"\n7\n", b"\nseven\n")

    with pytest.raises(FormatError, match="size: found seven"):
        parse_proof_file(RECEIPT_BYTES.replace(NOTE, note))
    with pytest.raises(FormatError, match="size: found seven"):
        parse_consistency_file(GROWTH_BYTES.replace(NOTE, note))


def test_what_could_not_be_read_again_is_not_written() -> None:
    with pytest.raises(FormatError, match="index: found 7"):
        format_proof_file(replace(RECEIPT, index=7))
    with pytest.raises(FormatError, match="hash 0: found 31 bytes"):
        format_proof_file(replace(RECEIPT, proof=(bytes(31),)))
    with pytest.raises(FormatError, match="extra: found nothing"):
        format_proof_file(replace(RECEIPT, extra=b""))
    with pytest.raises(FormatError, match="old size"):
        format_consistency_file(replace(GROWTH, old_size=-1))


def test_large_files_are_refused_before_they_are_taken_apart() -> None:
    with pytest.raises(FormatError, match="no empty line in the first 200000 bytes"):
        parse_proof_file(b"c2sp.org/tlog-proof@v1\nextra " + b"A" * (5_000_000 - 29))
    with pytest.raises(FormatError, match=f"at most {MAX_NOTE_SIZE}"):
        parse_proof_file(b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + b"x" * (MAX_NOTE_SIZE + 1))


def test_the_part_before_the_checkpoint_has_200_000_bytes_at_most() -> None:
    short = len(b"c2sp.org/tlog-proof@v1\nextra \nindex 4")
    extra = bytes((200_000 - short) // 4 * 3)

    assert parse_proof_file(format_proof_file(ProofFile(4, (), NOTE, extra))).extra == extra
    with pytest.raises(FormatError, match="no empty line in the first 200000 bytes"):
        format_proof_file(ProofFile(4, (), NOTE, extra + bytes(3)))


@pytest.mark.parametrize("head", [b"c2sp.org/tlog-proof@v1", b"c2sp.org/tlog-proof@v1\nextra AAAA"])
def test_a_proof_that_ends_before_its_index_is_refused(head: bytes) -> None:
    with pytest.raises(FormatError, match="found no second line, expected 'index' and a number"):
        parse_proof_file(head + b"\n\n" + NOTE)


def test_the_largest_leaf_fits() -> None:
    file = replace(RECEIPT, extra=bytes(65_535), proof=HASHES * 21)

    assert parse_proof_file(format_proof_file(file)) == file
    assert len(format_proof_file(file)) < MAX_PROOF_FILE_SIZE


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)


@given(st.integers(0, 6), hashes, st.none() | st.binary(min_size=1, max_size=300))
def test_every_proof_file_is_read_as_it_was_written(index: int, proof: tuple[bytes, ...], extra: bytes | None) -> None:
    file = ProofFile(index, proof, NOTE, extra)

    assert parse_proof_file(format_proof_file(file)) == file


@given(st.integers(0, 2**63 - 1), hashes)
def test_every_consistency_file_is_read_as_it_was_written(old: int, proof: tuple[bytes, ...]) -> None:
    file = ConsistencyFile(old, proof, NOTE)

    assert parse_consistency_file(format_consistency_file(file)) == file


@given(
    st.integers(0, len(RECEIPT_BYTES) - 1), st.integers(0, 255), st.sampled_from(["replace", "insert", "delete", "cut"])
)
def test_what_is_read_is_what_would_be_written_whatever_was_done_to_it(at: int, octet: int, how: str) -> None:
    kept = {"replace": 1, "insert": 0, "delete": 1, "cut": len(RECEIPT_BYTES)}[how]
    put = bytes([octet]) if how in ("replace", "insert") else b""
    forms: tuple[tuple[bytes, Any, Any], ...] = (
        (RECEIPT_BYTES, parse_proof_file, format_proof_file),
        (GROWTH_BYTES, parse_consistency_file, format_consistency_file),
    )
    for data, parse, write in forms:
        changed = data[:at] + put + data[at + kept :]
        try:
            file = parse(changed)
        except FormatError:
            continue
        assert write(file) == changed
