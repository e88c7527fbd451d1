"""One range as a worker process sees it, and checkpoints held against the keys of the ledger's history."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.authority import CheckpointKey
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.note import VerifierKey, format_vkey
from ledger.store.backend import Backend, open_sqlite
from ledger.store.judging import Judging
from ledger.store.notescan import check_note
from ledger.store.scanning import BlobChecker, Level, RangeScanner
from ledger.verdicts import Verdict
from tests.ledger.attacker import Suspect
from tests.ledger.harness import signer


@pytest.fixture
def backend(suspect: Suspect) -> Iterator[Backend]:
    opened = open_sqlite(suspect.path, read_only=True)
    yield opened
    opened.close()


@pytest.fixture
def judging(suspect: Suspect) -> Judging:
    h = suspect.harness(read_only=True, checkpoint_signer=None)
    judging = Judging(h.ledger.authority, None, (), indexed=22, full=True)
    h.close()
    return judging


def scanner(suspect: Suspect, judging: Judging, level: Level = "full", last_seq: int = 14) -> RangeScanner:
    return RangeScanner(suspect.path, level, judging, last_seq, (10, 20, 999))


def test_what_goes_to_a_process_and_comes_back_survives_the_journey(
    suspect: Suspect, judging: Judging, backend: Backend
) -> None:
    there = pickle.loads(pickle.dumps(scanner(suspect, judging)))
    result = there.scan(backend, (0, 26))
    back = pickle.loads(pickle.dumps(result))

    assert back == result
    assert back.entries.found == {Verdict.ERASED: 1}


def test_a_range_gives_the_edges_of_its_checkpoints_and_of_the_sizes_asked_for(
    suspect: Suspect, judging: Judging, backend: Backend
) -> None:
    result = scanner(suspect, judging).scan(backend, (8, 26))

    checkpoints = [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 21, 22]
    assert [note.size for note in result.notes if note.table == "checkpoint"] == checkpoints
    assert [(note.table, note.seq, note.size) for note in result.notes[len(checkpoints) :]] == [
        (table, seq, 22) for table in ("cosignature", "timestamp") for seq in (0, 1, 2)
    ]
    assert result.hashes.edges.keys() == {10, 20, *(note.size for note in result.notes)}


def test_checkpoints_stored_after_the_beginning_are_left_to_the_next_verification(
    suspect: Suspect, judging: Judging, backend: Backend
) -> None:
    result = scanner(suspect, judging, last_seq=3).scan(backend, (0, 26))

    assert [note.seq for note in result.notes if note.table == "checkpoint"] == [0, 1, 2, 3]


@pytest.mark.parametrize(("level", "looks_at_entries"), [("hashes", False), ("signatures", True), ("full", True)])
def test_only_hashes_are_looked_at_where_only_they_are_asked_for(
    suspect: Suspect, judging: Judging, backend: Backend, level: Level, looks_at_entries: bool
) -> None:
    result = scanner(suspect, judging, level).scan(backend, (0, 26))

    assert (result.entries is not None) == looks_at_entries


def test_without_keys_no_checkpoint_is_looked_at(suspect: Suspect, judging: Judging, backend: Backend) -> None:
    unkeyed = replace(judging, authority=None)

    assert scanner(suspect, unkeyed).scan(backend, (0, 26)).notes == ()


def test_a_worker_opens_the_database_itself(suspect: Suspect, judging: Judging, backend: Backend) -> None:
    from ledger.store import scanning

    try:
        assert scanner(suspect, judging)((0, 26)) == scanner(suspect, judging).scan(backend, (0, 26))
    finally:
        scanning._opened(suspect.path).close()
        scanning._opened.cache_clear()


# Checkpoints


def signed_note(judging: Judging, size: int, by: str = "checkpoint") -> bytes:
    assert judging.authority is not None
    return sign_checkpoint(Checkpoint(judging.authority.origin, size, bytes(32)), signer(by))


def test_a_genuine_note_gives_its_root(judging: Judging) -> None:
    found = check_note(judging, 3, 9, signed_note(judging, 9))

    assert (found.problem, found.root, found.size) == ("", bytes(32), 9)


def test_a_note_by_nobody_known_is_not_permitted(judging: Judging) -> None:
    found = check_note(judging, 3, 9, signed_note(judging, 9, "stranger"))

    assert (found.verdict, found.problem) == (Verdict.NOT_PERMITTED, "no key of this ledger signed it")


def test_a_note_by_nobody_known_after_lost_keys_is_not_checked(judging: Judging) -> None:
    found = check_note(replace(judging, unsure_after=5), 3, 9, signed_note(judging, 9, "stranger"))

    assert found.verdict is Verdict.NOT_CHECKED


@pytest.mark.parametrize("size", ["text", b"blob", 9.0, None])
def test_a_size_that_is_no_number_is_wrong_even_after_lost_keys(judging: Judging, size: object) -> None:
    found = check_note(replace(judging, unsure_after=5), 3, size, signed_note(judging, 9))  # type: ignore[arg-type]

    assert found.verdict is Verdict.INDEX_WRONG


@pytest.mark.parametrize(
    ("start", "end", "verdict"), [(9, 2**62, None), (10, 2**62, Verdict.NOT_PERMITTED), (0, 8, Verdict.NOT_PERMITTED)]
)
def test_a_checkpoint_key_counts_for_the_sizes_it_was_in_force(
    judging: Judging, start: int, end: int, verdict: Verdict | None
) -> None:
    assert judging.authority is not None
    vkey = VerifierKey(judging.authority.origin, signer("other").public_key)
    key = CheckpointKey(vkey, format_vkey(vkey), start, end)
    knowing = replace(judging, authority=replace(judging.authority, checkpoint_keys=(key,)))

    found = check_note(knowing, 3, 9, signed_note(judging, 9, "other"))

    assert (found.verdict if found.problem else None) == verdict


# Attachments


def test_a_blob_is_measured_and_one_that_is_not_there_is_none(suspect: Suspect, backend: Backend) -> None:
    (path,) = (p for p in Path(f"{suspect.path}.blobs").rglob("*") if p.is_file())
    digest = path.parent.name + path.name
    checker = pickle.loads(pickle.dumps(BlobChecker(suspect.path)))

    assert checker.measure(backend, digest) == (digest, len("accuracy 0.76"))
    assert checker.measure(backend, "0" * 64) is None
